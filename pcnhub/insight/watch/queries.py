"""Asking the rooms about a day, and telling each reader what is theirs of it.

The rooms are asked as a system of the hub, in a unit of work of its own: the answer is the same whoever looks. Then a practice
is told of its own lines alone, and names go to those only who may read the list that they stand on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pcnhub.care.appointments import queries as appointments
from pcnhub.care.appointments.queries import SessionView
from pcnhub.care.appointments.queries.coming import NamedPatient, patients_named
from pcnhub.care.appointments.rules.capacity import standard_hours
from pcnhub.care.organisations.queries import network_of_hub, system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import day_bounds, london_date
from pcnhub.foundations.kernel.refusals import NotFound
from pcnhub.insight.readiness.queries import hub_seen_by
from pcnhub.insight.watch import gathering
from pcnhub.insight.watch.rules import Line, Severity, foresee, seen_by


@dataclass(frozen=True, slots=True)
class Watch:
    """What a reader is told of a day at a hub, the worst first. `sessions` counts those that are not over; `holiday` names the
    bank holiday, `hours` is the length of the day (23 or 25 where the clocks change), `is_over` a day that is past."""

    hub: OrganisationRef
    network: str
    day: date
    as_of: datetime
    lines: tuple[Line, ...]
    sessions: int
    holiday: str
    hours: int
    is_over: bool

    def of(self, severity: Severity) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.severity is severity)

    @property
    def stops(self) -> bool:
        """Whether a session will not take place as it stands."""
        return bool(self.of(Severity.STOPS))


def watch(*, actor: Actor, now: datetime, hub_id: int, day: date | None = None) -> Watch:
    """What will go wrong on a London day (default: today) at the actor's hub, or at a hub that works for their practice.

    Opens a unit of work as a system of the hub: not to be called inside anyone else's, but for that of `actor` when it is
    such a system (the worker's). Names nobody but staff. Raises NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        hub = hub_seen_by(actor=actor, now=now, hub_id=hub_id)
    if not hub.runs_here:
        raise NotFound(
            f"{hub.name} keeps its appointment book in another system: what will go wrong there can’t be seen from here.",
            remedy="Look at the evening there, and at readiness here.",
            who_can="the hub’s manager",
        )
    asked = day or london_date(now)
    first, after = day_bounds(asked)
    is_over = after <= now
    sessions: tuple[SessionView, ...] = ()
    lines: tuple[Line, ...] = ()
    network = network_of_hub(hub_id=hub.id, day=asked)
    if not is_over:
        asks_itself = actor.is_system and actor.organisation.id == hub.id
        asking = actor if asks_itself else system_actor_for(organisation_id=hub.id, name="watch")
        evening = gathering.gather(actor=asking, network=network, day=asked, now=now)
        sessions = evening.sessions
        lines = seen_by(foresee(evening), organisation_id=actor.organisation.id, hub_id=hub.id)
    return Watch(
        hub=hub,
        network=network.name,
        day=asked,
        as_of=now,
        lines=lines,
        sessions=len(sessions),
        holiday=bank_holiday(asked),
        hours=(after.astimezone(UTC) - first.astimezone(UTC)) // timedelta(hours=1),  # clocks change by the wall
        is_over=is_over,
    )


def names_for(*, actor: Actor, now: datetime, lines: Iterable[Line]) -> dict[int, NamedPatient]:
    """The patients whom these lines are about, by appointment, as far as the actor may read their names. Audited. In the
    actor's own unit of work."""
    wanted = sorted({booking_id for line in lines for booking_id in line.booking_ids})
    return patients_named(actor=actor, now=now, booking_ids=wanted)


def days_to_tell_of(*, hub_id: int, now: datetime, next_at: datetime) -> tuple[date, ...]:
    """Of which days to write now, when the next letter goes at `next_at`: today while a session of it is still to end, and
    tomorrow when one begins before that letter (a Saturday morning's is told of on Friday). Of a live hub the network standard
    hours count as a session: that nobody made one is no reason to be silent."""
    today = london_date(now)
    days = (today, today + timedelta(days=1))
    periods = [
        (each.starts_at, each.ends_at) for each in appointments.sessions(hub_id=hub_id, from_on=days[0], to_on=days[1])
    ]
    if network_of_hub(hub_id=hub_id, day=today).hub.is_live:
        periods += [hours for day in days if (hours := standard_hours(day))]
    return tuple(sorted({london_date(start) for start, end in periods if now < end and start < next_at}))
