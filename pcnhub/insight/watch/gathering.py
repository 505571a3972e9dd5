"""What the rooms say about a day of a hub, read once each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from pcnhub.care.appointments import queries as appointments
from pcnhub.care.appointments.queries import HolderView, SessionView
from pcnhub.care.appointments.queries.coming import coming_bookings, offers
from pcnhub.care.appointments.queries.telling import number_to_tell
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.appointments.rules.capacity import (
    CoveringSlot,
    could_be_booked,
    days_without_slots,
    gp_cover_gaps,
    offered_minutes,
    required_minutes,
    standard_hours,
)
from pcnhub.care.investigations.queries import asked_between
from pcnhub.care.investigations.rules import OPEN as OPEN_TESTS
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import NetworkView, PositionView
from pcnhub.care.organisations.queries.sign_in import SignInState, sign_in_states
from pcnhub.care.sharing import queries as sharing
from pcnhub.care.sharing.queries import AgreementView
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.care.tasks.queries import falling_due
from pcnhub.care.tasks.rules import is_working_day
from pcnhub.care.writeback.queries import outstanding
from pcnhub.care.writeback.rules import Alarm
from pcnhub.foundations.database.reading import reading_only
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.queries import backlog, workers
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import day_bounds, london_date, week_start
from pcnhub.insight.readiness.queries import changes, grid
from pcnhub.insight.readiness.rules import Cell, CellState
from pcnhub.insight.watch.rules import Change, Evening, Waiting, Week

HORIZON = 14  # D5: bookable at least two weeks ahead
ACUTE = "General Consultation Acute"  # 12C: seen on the day of booking
CONTINUITY = "CHK-D12"
RIGHT = (CellState.MET, CellState.ATTESTED, CellState.WAIVED)


def gather(*, actor: Actor, network: NetworkView, day: date, now: datetime) -> Evening:
    """Everything that `rules.foresee` asks about a day that is not over; `actor` is a system of the hub."""
    hub_id = network.hub.id
    with unit_of_work(actor), reading_only():
        found = appointments.sessions(hub_id=hub_id, from_on=day, to_on=day)
        sessions = tuple(each for each in found if each.ends_at > now)
        holder_ids = {holder_id for each in sessions for holder_id in each.holder_ids}
        clinicians = {each.id: each for each in organisations.positions(ids=holder_ids, day=day)}
        holders = appointments.holders_of(hub_id=hub_id)
        accounts = {held.account.id: held.account for held in holders.values()}
        agreements = sharing.matrix(actor=actor, hub_id=hub_id, day=day)
        first_at = min((each.starts_at for each in sessions if each.starts_at > now), default=now)
        continuity, turned = _readiness(actor, hub_id, now)
        return Evening(
            network=network,
            day=day,
            now=now,
            sessions=sessions,
            clinicians=clinicians,
            accounts=accounts,
            signing_in=_signing_in(sessions, clinicians, now),
            sites={each.id: each for each in organisations.sites_of(organisation_id=hub_id)},
            closure=next(iter(appointments.closures(hub_id=hub_id, from_on=day, to_on=day)), None),
            allowed=_allowed(agreements.agreements),
            agreements=agreements,
            bookings=coming_bookings(hub_id=hub_id, from_on=day, to_on=day),
            offers=offers(hub_id=hub_id, day=day, practices=_open_practices(network), now=now),
            waiting=_waiting(actor, now, first_at, until=day_bounds(day)[1]),
            week=_week(
                network,
                day,
                now,
                holders={key: _as_if_there(key, held, holder_ids) for key, held in holders.items()},
                told=[each for each in sessions if each.holder_id is None or each.state == SessionState.DRAFT],
            ),
            is_worker_alive=any(each.is_alive for each in workers(now=now)),
            failed_jobs=backlog(actor=actor, now=now).failed,
            continuity=continuity,
            changes=turned,
        )


def _open_practices(network: NetworkView) -> list[OrganisationRef]:
    """Once the hub is live, a practice that waits to go live finds nothing yet, and readiness says why."""
    return [each for each in network.members if each.is_live or not network.hub.is_live]


def _signing_in(
    sessions: Iterable[SessionView], clinicians: Mapping[int, PositionView], now: datetime
) -> dict[int, SignInState]:
    """Each account before the sign-in page when its first session begins: a lock that has run out by then locks nobody out."""
    first: dict[int, datetime] = {}
    for session in sorted(sessions, key=lambda each: each.starts_at):
        for holder_id in session.holder_ids:
            if holder_id in clinicians:
                first.setdefault(clinicians[holder_id].account_id, max(session.starts_at, now))
    found: dict[int, SignInState] = {}
    for instant in sorted(set(first.values())):
        found |= sign_in_states(account_ids=[each for each, at in first.items() if at == instant], now=instant)
    return found


def _allowed(agreements: Iterable[AgreementView]) -> frozenset[str] | None:
    care_record = next((each for each in agreements if each.kind == AgreementKind.CARE_RECORD), None)
    return frozenset(care_record.allowed_job_categories) if care_record else None


def _waiting(actor: Actor, now: datetime, first_at: datetime, *, until: datetime) -> Waiting:
    today = london_date(now)
    tests = asked_between(actor=actor, now=now, day_from=today, day_to=today)
    copies = outstanding(actor=actor)
    to_tell, told_by = number_to_tell(actor=actor)
    is_soon = told_by is not None and told_by < until
    return Waiting(
        tasks=falling_due(actor=actor, before=first_at),
        tests=tuple(each for each in tests if each.state in OPEN_TESTS and each.owed_by < first_at),
        copies=tuple(each for each in copies if each.needs_person or each.alarm(first_at) is Alarm.PASSED),
        to_tell=to_tell if is_soon else 0,
        told_by=told_by if is_soon else None,
    )


def _as_if_there(position_id: int, held: HolderView, watched: set[int]) -> HolderView:
    """Who holds a session of the day and can't work has a line of their own: the minutes that they leave are no second fault."""
    if position_id not in watched:
        return held
    position = replace(held.position, starts_on=date.min, ends_on=None)
    return replace(held, account=replace(held.account, is_active=True), position=position)


def _week(
    network: NetworkView, day: date, now: datetime, *, holders: dict[int, HolderView], told: Iterable[SessionView]
) -> Week:
    """`told` are sessions that have a line of their own: what they were to cover counts as covered."""
    hub_id, first = network.hub.id, week_start(day)
    sunday = first + timedelta(days=6)
    today = london_date(now)
    ahead = [each for n in range(7) if today <= (each := first + timedelta(days=n))]
    horizon = [max(day, today) + timedelta(days=n) for n in range(1, HORIZON + 1)]
    slots = appointments.capacity_slots(hub_id=hub_id, from_on=min(first, horizon[0]), to_on=max(sunday, horizon[-1]))
    covering = appointments.covering_slots(hub_id=hub_id, from_on=first, to_on=sunday, holders=holders)
    meant = [CoveringSlot(each.starts_at, each.ends_at, each.practitioner_role) for each in told]
    gaps = gp_cover_gaps([*covering, *meant], days=ahead)
    open_slots = [each for each in slots if could_be_booked(each, now=now)]
    acute = [
        each for each in coming_bookings(hub_id=hub_id, from_on=first, to_on=day) if each.national_category == ACUTE
    ]
    return Week(
        starts_on=first,
        required=required_minutes(network.adjusted_population),
        offered=offered_minutes(slots, week_from=first),
        gp_gaps=tuple((max(start, now), end) for start, end in gaps if end > now),
        bare_days=days_without_slots(open_slots, days=[each for each in horizon if standard_hours(each)]),
        acute=len(acute),
        acute_same_day=sum(london_date(each.booked_at) == london_date(each.starts_at) for each in acute),
    )


def _readiness(actor: Actor, hub_id: int, now: datetime) -> tuple[Cell | None, tuple[Change, ...]]:
    """Whether the continuity pack is open, and what turned open since the last working day: of what is still open, once."""
    cells = {
        (each.requirement.id, each.organisation.id): each
        for each in grid(actor=actor, now=now, hub_id=hub_id).open_cells
    }
    today = london_date(now)
    last = next(each for n in range(1, 10) if is_working_day(each := today - timedelta(days=n)))
    since = day_bounds(last)[0]
    turned: dict[tuple[str, int], Change] = {}
    for change in changes(actor=actor, now=now, hub_id=hub_id, days=(today - last).days + 1):
        key = (change.check_id, change.organisation_id)
        if change.opened and change.was in RIGHT and change.at >= since and key in cells:
            turned.setdefault(key, Change(cells[key], change.at))
    pack = cells.get((CONTINUITY, hub_id))
    return pack if pack is not None and pack.as_of is not None else None, tuple(turned.values())
