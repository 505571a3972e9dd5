"""People and protocols see Europe/London; the database keeps instants."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def in_london(instant: datetime) -> datetime:
    return instant.astimezone(LONDON)


def london_date(instant: datetime) -> date:
    return in_london(instant).date()


def london_instant(day: date, clock: time) -> datetime:
    """The instant of a wall-clock time. The hour that autumn repeats is taken the first time round."""
    return datetime.combine(day, clock, tzinfo=LONDON)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The half-open period of a London day: 23, 24 or 25 hours."""
    return london_instant(day, time.min), london_instant(day + timedelta(days=1), time.min)


def week_start(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())
