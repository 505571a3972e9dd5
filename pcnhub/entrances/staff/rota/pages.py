"""What the rota shows: a week of sessions, with the minutes that it offers and owes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pcnhub.care.appointments.queries import SessionView, capacity_slots, covering_slots, sessions
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.appointments.rules.capacity import gp_cover_gaps, offered_minutes, required_minutes
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.foundations.kernel.local_time import in_london, london_date, week_start


@dataclass(frozen=True, slots=True)
class Entry:
    session: SessionView
    time: str


@dataclass(frozen=True, slots=True)
class RotaDay:
    day: date
    words: str
    entries: tuple[Entry, ...]
    may_add: bool  # nobody makes a session in the past


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday. Minutes are of the contract's counting; `gaps` are standard hours without a GP, in words."""

    first: date
    words: str
    previous: date
    next: date
    days: tuple[RotaDay, ...]
    offered: int
    required: int
    gaps: tuple[str, ...]


def day_of(text: str, *, otherwise: date) -> date:
    """The day written as YYYY-MM-DD; the other one when it is none."""
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        return otherwise


def week_of(text: str, *, hub_id: int, today: date) -> Week:
    """The week with the day asked for as YYYY-MM-DD; this week when it is none."""
    first = week_start(day_of(text, otherwise=today))
    last = first + timedelta(days=6)
    days = [first + timedelta(days=n) for n in range(7)]
    found = sessions(hub_id=hub_id, from_on=first, to_on=last)
    gaps = gp_cover_gaps(covering_slots(hub_id=hub_id, from_on=first, to_on=last), days=days)
    return Week(
        first=first,
        words=f"{first:%-d %B} to {last:%-d %B %Y}",
        previous=first - timedelta(days=7),
        next=first + timedelta(days=7),
        days=tuple(
            RotaDay(
                each,
                f"{each:%A %-d %B}",
                tuple(_entry(one) for one in found if london_date(one.starts_at) == each),
                may_add=each >= today,
            )
            for each in days
        ),
        offered=offered_minutes(capacity_slots(hub_id=hub_id, from_on=first, to_on=last), week_from=first),
        required=required_minutes(network_of_hub(hub_id=hub_id, day=today).adjusted_population),
        gaps=tuple(f"{in_london(start):%A %H:%M} to {in_london(end):%H:%M}" for start, end in gaps),
    )


def _entry(session: SessionView) -> Entry:
    return Entry(session, times(session))


def times(session: SessionView) -> str:
    return f"{in_london(session.starts_at):%H:%M} to {in_london(session.ends_at):%H:%M}"


def state_colour(state: str) -> str:
    return {SessionState.DRAFT: "yellow", SessionState.PUBLISHED: "green"}.get(SessionState(state), "grey")
