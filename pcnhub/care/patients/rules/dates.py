"""A day as exports and people write it. The order is British: the day before the month."""

from __future__ import annotations

import re
from datetime import date

DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y", "%d.%m.%Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y")

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NUMBER_OF = {name: number for number, month in enumerate(_MONTHS, 1) for name in (month, month[:3])} | {"sept": 9}
_TIME = re.compile(r"[T ][0-9]{1,2}:[0-9]{2}.*\Z", re.DOTALL)
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<day>[0-9]{1,2})(?P<mark>[/.-])(?P<month>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})",
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        r"(?P<day>[0-9]{1,2})(?P<mark>[ -])(?P<month>[A-Za-z]{3,9})(?P=mark)(?P<year>[0-9]{4})",
    )
)


def as_date(text: str) -> date | None:
    """A day in one of the `DATE_FORMS`, with or without a time behind it; None for any other text."""
    written = _TIME.sub("", text).strip()
    for form in _FORMS:
        if found := form.fullmatch(written):
            month = found["month"]
            number = int(month) if month.isdigit() else _NUMBER_OF.get(month.lower(), 0)
            try:
                return date(int(found["year"]), number, int(found["day"]))
            except ValueError:  # the 31st of February
                return None
    return None
