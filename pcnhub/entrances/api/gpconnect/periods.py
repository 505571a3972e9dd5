"""The two ends of a period in a query, as GP Connect writes them: a prefix, then a UK day or a UK instant.

Source: GP Connect 1.2.7, search for free slots and retrieve a patient's appointments. Forms that FHIR knows beside these
(months, years, Z, fractions of a second, no offset) are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine
from pcnhub.foundations.kernel.local_time import day_bounds, in_london

# A plus sign in a query reads as a space where the consumer left it unescaped.
_OFFSET = r"(?:[+ ]0[01]:00)"
_DATE = r"\d{4}-\d{2}-\d{2}"
EARLIEST, LATEST = 1900, 8999  # years: at the ends of the calendar a day has no bounds, and a time no other offset
_FORM = re.compile(
    rf"(?P<prefix>[a-z]{{2}})(?P<day>{_DATE})(?:T(?P<clock>\d{{2}}:\d{{2}}:\d{{2}})(?P<offset>{_OFFSET}))?"
)


@dataclass(frozen=True, slots=True)
class End:
    """One end: the London day, and the instant when one was given (None: the whole day counts)."""

    day: date
    instant: datetime | None = None

    @property
    def opens_at(self) -> datetime:
        return self.instant or day_bounds(self.day)[0]

    @property
    def closes_at(self) -> datetime:
        return self.instant or day_bounds(self.day)[1]


def end_of_period(name: str, value: str, prefix: str) -> End:
    """Reads one value. Raises Refused (INVALID_PARAMETER) with the form that it should have."""
    found = _FORM.fullmatch(value)
    if not found or found["prefix"] != prefix:
        raise Refused(
            Spine.INVALID_PARAMETER,
            f"{name} must be {prefix} and a date (yyyy-mm-dd), or a date and UK time with its offset "
            "(yyyy-mm-ddThh:mm:ss+00:00 or +01:00).",
        )
    try:
        day = date.fromisoformat(found["day"])
        if not EARLIEST <= day.year <= LATEST:
            raise ValueError
        if not found["clock"]:
            return End(day)
        instant = datetime.fromisoformat(f"{found['day']}T{found['clock']}{found['offset'].replace(' ', '+')}")
    except ValueError:
        raise Refused(Spine.INVALID_PARAMETER, f"{name} is no day or time that exists.") from None
    return End(in_london(instant).date(), instant)


def one(name: str, values: Sequence[str]) -> str:
    """The value of a parameter that must come exactly once. Raises Refused (BAD_REQUEST)."""
    if not values:
        raise Refused(Spine.BAD_REQUEST, f"The parameter {name} is missing.")
    if len(values) > 1:
        raise Refused(Spine.BAD_REQUEST, f"The parameter {name} must come once.")
    return values[0]
