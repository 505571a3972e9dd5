"""From a weekly template to instants: London's wall clock, on the two odd days of the year too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from pcnhub.foundations.kernel.local_time import london_instant

Period = tuple[datetime, datetime]
"""Two instants, half-open."""


def period_on(day: date, starts: time, ends: time) -> Period | None:
    """The instants between two wall-clock times of a London day, in UTC; None when the clock jumps over all of it.

    What is longer or shorter on the day of a clock change is the elapsed time, never the times on the wall.
    """
    start, end = london_instant(day, starts).astimezone(UTC), london_instant(day, ends).astimezone(UTC)
    return (start, end) if start < end else None


def slots_of(period: Period, minutes: int) -> tuple[Period, ...]:
    """As many whole slots of `minutes` as fit, one after the other from the start. The rest stays empty.

    Counted in elapsed time: adding to a London time would repeat or skip an hour of slots when the clocks change.
    """
    start, end = (instant.astimezone(UTC) for instant in period)
    length = timedelta(minutes=minutes)
    return tuple((start + n * length, start + (n + 1) * length) for n in range((end - start) // length))


def weekdays_between(weekday: int, first: date, last: date) -> Iterator[date]:
    """Every day of an ISO weekday (1 Monday) from `first` to `last`, both included."""
    day = first + timedelta(days=(weekday - first.isoweekday()) % 7)
    while day <= last:
        yield day
        day += timedelta(days=7)


def overlap(one: Period, other: Period) -> bool:
    """Half-open: touching is not overlapping."""
    return one[0] < other[1] and other[0] < one[1]
