"""The bank holidays of England, from a kept library: any year, no network."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=64)
def _of_year(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("GB", subdiv="ENG", years=year))


def bank_holiday(day: date) -> str:
    """The name of England's bank holiday on that day; empty when it is none.

    A holiday that falls on a weekend is named on its own day and on the weekday that stands in for it: in 2026 Boxing Day is
    Saturday 26 December, and Monday 28 December stands in. A hub is likely to be closed on both, and whoever knows better says
    so in the book.
    """
    return _of_year(day.year).get(day, "").replace("(observed)", "(substitute day)")
