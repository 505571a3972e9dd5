"""Search parameters as GP Connect narrows FHIR's grammar: tokens with a system, and dates with a prefix (1.2.7)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

_DATE = re.compile(
    r"(?P<prefix>[a-z]{0,2})(?P<day>\d{4}-\d{2}-\d{2})(?P<time>T\d{2}:\d{2}:\d{2}(?P<offset>[+ -]\d{2}:\d{2}))?",
    re.ASCII,
)


class InvalidParameter(InvalidInput):
    """A search parameter that can't be used (GP Connect: 422 INVALID_PARAMETER)."""

    code = "search-parameter"


CODE = InvalidParameter.code


@dataclass(frozen=True, slots=True)
class Token:
    """`system|value`."""

    system: str
    value: str


def parse_token(name: str, text: str) -> Token:
    """Raises InvalidParameter where system or value is missing or blank."""
    system, bar, value = text.partition("|")
    system, value = system.strip(), value.strip()
    problems = []
    if not bar or not system:
        problems.append(Problem(name, CODE, "The system before the | is missing", "Write system|value.", text[:80]))
    if bar and not value:
        problems.append(Problem(name, CODE, "The value after the | is missing", "Write system|value.", text[:80]))
    if problems:
        raise InvalidParameter(problems)
    return Token(system, value)


class Precision(Enum):
    DAY = "day"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class PrefixedDate:
    """`ge2026-03-29`, or with time and offset. `value` is a date, or an aware datetime; `offset` is as written."""

    prefix: str
    value: date | datetime
    precision: Precision
    offset: timedelta | None

    @property
    def first_instant(self) -> datetime:
        """Where it begins: of a day, its midnight in London."""
        return self.value if isinstance(self.value, datetime) else day_bounds(self.value)[0]

    @property
    def end_instant(self) -> datetime:
        """Where it is over: of a day, the next midnight in London, so that `le` of a day covers the whole of it."""
        return self.value if isinstance(self.value, datetime) else day_bounds(self.value)[1]

    @property
    def day(self) -> date:
        """The day as written, without regard to an offset."""
        return self.value.date() if isinstance(self.value, datetime) else self.value


def parse_prefixed_date(name: str, text: str, *, prefixes: Collection[str], allow_time: bool = True) -> PrefixedDate:
    """Raises InvalidParameter: another prefix or none, a partial date, no offset, Z, fractions, no such day."""
    forms = "YYYY-MM-DD" + (" or YYYY-MM-DDThh:mm:ss+hh:mm" if allow_time else "")
    remedy = f"Write {' or '.join(sorted(prefixes))} and {forms}."
    found = _DATE.fullmatch(text)
    if found is None or (found["time"] and not allow_time):
        raise InvalidParameter([Problem(name, CODE, "This is not a date with a prefix", remedy, text[:80])])
    if found["prefix"] not in prefixes:
        raise InvalidParameter([Problem(name, CODE, "This prefix is not allowed here", remedy, text[:80])])
    try:
        if not found["time"]:
            return PrefixedDate(found["prefix"], date.fromisoformat(found["day"]), Precision.DAY, None)
        # A plus sign that was not escaped arrives as a space
        moment = datetime.fromisoformat((found["day"] + found["time"]).replace(" ", "+"))
        moment.astimezone(UTC)  # a year at the edge of the calendar can't be moved
    except (ValueError, OverflowError):
        raise InvalidParameter([Problem(name, CODE, "There is no such day or time", remedy, text[:80])]) from None
    return PrefixedDate(found["prefix"], moment, Precision.SECOND, moment.utcoffset())
