"""From when, and until when, a slot can be booked: window, embargo, closing, and release to another group."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from pcnhub.foundations.kernel.local_time import day_bounds, in_london, london_date


def opens_by_window_at(starts_at: datetime, window_days: int | None) -> datetime | None:
    """The first moment of the London day that is so many days before the slot's; None without a window."""
    if window_days is None:
        return None
    return day_bounds(london_date(starts_at) - timedelta(days=window_days))[0]


def opens_by_embargo_at(starts_at: datetime, embargo_minutes: int | None) -> datetime | None:
    """So long before the start, elapsed; None without an embargo."""
    return None if embargo_minutes is None else starts_at - timedelta(minutes=embargo_minutes)


def closes_at(starts_at: datetime, closes_minutes: int | None) -> datetime | None:
    """From then on it is too late; None: it stays open until it starts."""
    return None if closes_minutes is None else starts_at - timedelta(minutes=closes_minutes)


def is_released(starts_at: datetime, release_at: time | None, *, now: datetime) -> bool:
    """Whether a slot of today is open to the release group: the London clock shows `release_at` or later (`domain.md`
    12A.1: unused on-the-day slots)."""
    if release_at is None:
        return False
    here = in_london(now)
    return london_date(starts_at) == here.date() and here.time() >= release_at
