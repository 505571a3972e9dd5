"""What the appointment book can say about a hub's readiness (`domain.md` 12). Nothing to look at is never called met."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

from pcnhub.care.appointments.queries import (
    SessionView,
    covering_sessions,
    last_published_day,
    offered_slots,
    sessions,
)
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.appointments.rules.capacity import gp_cover_gaps, offered_minutes, required_minutes
from pcnhub.care.appointments.rules.timetable import Period
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.care.sharing import queries as sharing
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london, london_date, week_start

ROTA_MANAGER = "the hub's rota manager"
HORIZON_DAYS = 14  # D5: bookable at least two weeks ahead
WEEKS_AHEAD = 2  # the whole weeks that the horizon reaches into
NAMED_AT_MOST = 3  # evidence names the first few and counts the rest


def chk_19(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each bookable slot has at least one group."""
    found = [session for session in _ahead(hub, now) if session.state == SessionState.PUBLISHED]
    faults = [_named(session) for session in found if not session.group_ids]
    yield _judge("CHK-19", hub, found, faults, "open to no group", "Cancel each, and make it anew with a group.")


def chk_20(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each session of the next 14 days has holder, location, role and channel; a draft is not open to anybody."""
    found = _ahead(hub, now)
    faults = [f"{_named(session)}: {', '.join(lacks)}" for session in found if (lacks := list(_lacks(session)))]
    yield _judge("CHK-20", hub, found, faults, "incomplete", "Complete and publish each session.")


def chk_21(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Offered minutes cover what the contract requires, in each of the next whole weeks."""
    required = required_minutes(hub.adjusted_population)
    first = week_start(london_date(now)) + timedelta(days=7)
    last = first + timedelta(days=7 * WEEKS_AHEAD - 1)
    slots = offered_slots(hub_id=hub.hub.id, from_on=first, to_on=last)
    weeks = [first + timedelta(days=7 * n) for n in range(WEEKS_AHEAD)]
    offered = [(week, offered_minutes(slots, week_from=week)) for week in weeks]
    evidence = "; ".join(f"week of {_day(week)}: {minutes} of {required} minutes" for week, minutes in offered)
    short = [week for week, minutes in offered if minutes < required]
    yield _finding(
        "CHK-21",
        hub,
        met=not short,
        evidence=f"{evidence} (60 minutes for each 1,000 of {hub.adjusted_population:,} adjusted patients)",
        what="Publish more sessions in the weeks that fall short.",
    )


def chk_22(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Slots are published for the next 14 days."""
    last = last_published_day(hub_id=hub.hub.id)
    wanted = london_date(now) + timedelta(days=HORIZON_DAYS)
    until = london_date(last) if last else None
    yield _finding(
        "CHK-22",
        hub,
        met=until is not None and until >= wanted,
        evidence=(
            f"The last published slot is on {_day(until)}; it should be on {_day(wanted)} or later."
            if until
            else "No slot is published."
        ),
        what=f"Make and publish sessions to {_day(wanted)} at least.",
    )


def chk_24(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """A GP holds a session in every minute of network standard hours of the next 14 days."""
    days = [london_date(now) + timedelta(days=n) for n in range(1, HORIZON_DAYS + 1)]
    covering = covering_sessions(hub_id=hub.hub.id, from_on=days[0], to_on=days[-1])
    gaps = gp_cover_gaps(covering, days=days)
    minutes = sum((end - start for start, end in gaps), timedelta()) // timedelta(minutes=1)
    evidence = (
        f"{minutes} minutes without a GP in the next {HORIZON_DAYS} days: {_few([_span(gap) for gap in gaps])}"
        if gaps
        else f"A GP holds a session in every minute of network standard hours of the next {HORIZON_DAYS} days."
    )
    yield _finding("CHK-24", hub, met=not gaps, evidence=evidence, what="Publish sessions of GPs that fill the gaps.")


def chk_25(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Session names follow the network's pattern."""
    found = _ahead(hub, now)
    pattern = hub.session_name_pattern
    if not pattern:
        yield Finding("CHK-25", hub.hub.id, State.NOT_APPLICABLE, "The network has set no pattern for session names.")
        return
    faults = [_named(session) for session in found if not re.fullmatch(pattern, session.name)]
    yield _judge("CHK-25", hub, found, faults, f"named otherwise than {pattern}", "Rename the weekly sessions.")


def chk_42(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Every clinician on the rota of the next 7 days can work: account, card, position, duties, care record."""
    today = london_date(now)
    found = [
        session
        for session in sessions(hub_id=hub.hub.id, from_on=today, to_on=today + timedelta(days=7))
        if session.state == SessionState.PUBLISHED and session.holder_id and session.ends_at > now
    ]
    last_day = {session.holder_id: london_date(session.starts_at) for session in found if session.holder_id}
    allowed = _allowed_categories(hub, today)
    faults = []
    for holder_id, day in last_day.items():
        reasons = list(_unready(holder_id, day, allowed))
        if reasons:
            held = organisations.position(id=holder_id, day=day)
            faults.append(f"{held.name} ({_day(day)}): {', '.join(reasons)}")
    evidence = _few(faults) or f"All {len(last_day)} clinicians on the rota of the next 7 days are ready."
    if not found:
        yield _nothing("CHK-42", hub, "Nobody is on the rota of the next 7 days.")
        return
    fix = Fix("Mend each person's account and position.", "the hub's people manager", "people")
    yield Finding("CHK-42", hub.hub.id, State.UNMET if faults else State.MET, evidence, fix if faults else None)


def _unready(position_id: int, day: date, allowed: frozenset[str] | None) -> Iterator[str]:
    held = organisations.position(id=position_id, day=day)
    account = organisations.account(id=held.account_id)
    if held.why_inactive:
        yield held.why_inactive.rstrip(".")
    if not account.smartcard_uid:
        yield "no smartcard associated"
    if not held.consulter:
        yield "not marked as consulter"
    if not held.session_holder:
        yield "not marked as session holder"
    if allowed is None:
        yield "no care record agreement to see records under"
    elif allowed and held.job_category not in allowed:
        yield f"job category {held.job_category or 'none'} not in the care record agreement"


def _allowed_categories(hub: NetworkView, day: date) -> frozenset[str] | None:
    """Job categories of the care record agreement; empty: any; None: there is no such agreement."""
    for agreement in sharing.agreements_of(hub_id=hub.hub.id, day=day):
        if agreement.kind == AgreementKind.CARE_RECORD:
            return frozenset(agreement.allowed_job_categories)
    return None


def _ahead(hub: NetworkView, now: datetime) -> list[SessionView]:
    """Sessions of the next 14 days that have not begun, drafts too."""
    today = london_date(now)
    found = sessions(hub_id=hub.hub.id, from_on=today, to_on=today + timedelta(days=HORIZON_DAYS))
    return [session for session in found if session.starts_at > now]


def _lacks(session: SessionView) -> Iterator[str]:
    if session.holder_id is None:
        yield "no holder"
    else:
        held = organisations.position(id=session.holder_id, day=london_date(session.starts_at))
        if not held.is_active:
            yield f"{held.name} has no active position then"
    if session.site_id is None:
        yield "no site"
    if not session.practitioner_role:
        yield "no practitioner role"
    if not session.delivery_channel:
        yield "no delivery channel"
    if session.state == SessionState.DRAFT:
        yield "not published"


def _judge(
    code: str, hub: NetworkView, found: list[SessionView], faults: list[str], what_is_wrong: str, what: str
) -> Finding:
    if not found:
        return _nothing(code, hub, f"There is no session in the next {HORIZON_DAYS} days.")
    evidence = (
        f"{len(faults)} of {len(found)} sessions {what_is_wrong}: {_few(faults)}"
        if faults
        else f"All {len(found)} sessions of the next {HORIZON_DAYS} days are in order."
    )
    return _finding(code, hub, met=not faults, evidence=evidence, what=what)


def _finding(code: str, hub: NetworkView, *, met: bool, evidence: str, what: str) -> Finding:
    fix = None if met else Fix(what, ROTA_MANAGER, "rota")
    return Finding(code, hub.hub.id, State.MET if met else State.UNMET, evidence, fix)


def _nothing(code: str, hub: NetworkView, evidence: str) -> Finding:
    fix = Fix("Make and publish sessions.", ROTA_MANAGER, "rota")
    return Finding(code, hub.hub.id, State.UNKNOWN, evidence, fix)


def _few(items: list[str]) -> str:
    more = len(items) - NAMED_AT_MOST
    return "; ".join(items[:NAMED_AT_MOST]) + (f"; and {more} more" if more > 0 else "")


def _day(day: date) -> str:
    return f"{day:%a %-d %b %Y}"


def _named(session: SessionView) -> str:
    return f"{session.name}, {in_london(session.starts_at):%a %-d %b %H:%M}"


def _span(gap: Period) -> str:
    start, end = (in_london(instant) for instant in gap)
    return f"{start:%a %-d %b %H:%M} to {end:%H:%M}"


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {
    "CHK-19": chk_19,
    "CHK-20": chk_20,
    "CHK-21": chk_21,
    "CHK-22": chk_22,
    "CHK-24": chk_24,
    "CHK-25": chk_25,
    "CHK-42": chk_42,
}
