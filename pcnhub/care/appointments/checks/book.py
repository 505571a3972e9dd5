"""Sessions, slots and who holds them: what is bookable, by whom, and who can work (`domain.md` 7, 12B)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pcnhub.care.appointments.queries import (
    HolderView,
    SessionView,
    booked_count,
    capacity_slots,
    contract_weeks,
    covering_slots,
    holders_of,
    sessions,
    unlinked_count,
)
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.appointments.rules.capacity import (
    could_be_booked,
    days_without_slots,
    gp_cover_gaps,
    standard_hours,
)
from pcnhub.care.appointments.rules.publishing import role_words
from pcnhub.care.appointments.rules.timetable import Period
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.care.organisations.queries.sign_in import SignInState, sign_in_states
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing import queries as sharing
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london, london_date

CUT_OFF = timedelta(hours=24)
ROTA_AHEAD = timedelta(days=7)
TRACERS = "whoever traces patients at the hub"
ROTA_MANAGER = "the hub's rota manager"
HORIZON_DAYS = 14  # D5: bookable at least two weeks ahead
NAMED_AT_MOST = 3  # evidence names the first few and counts the rest


class _Fault(NamedTuple):
    """A session with something wrong, and the field that mends it."""

    session: SessionView
    words: str
    field: str


def chk_19(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each bookable slot has at least one group, or its session says otherwise who may book it: ODS codes, or all over GP
    Connect."""
    found = [session for session in _ahead(hub, now) if session.state == SessionState.PUBLISHED]
    closed = [one for one in found if not (one.group_ids or one.organisation_ods_codes or one.open_to_all)]
    faults = [_Fault(one, _named(one), "group_ids") for one in closed]
    what = "Change each: choose a group, give ODS codes, or open it to every organisation over GP Connect."
    yield _judge("CHK-19", hub, found, faults, "open to no group and no other organisation", what)


def chk_20(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each session of the next 14 days has holder, location, role and channel; a draft is not open to anybody."""
    found = _ahead(hub, now)
    holders = holders_of(hub_id=hub.hub.id)
    lacking = [(one, lacks) for one in found if (lacks := list(_lacks(one, holders)))]
    faults = [_Fault(one, f"{_named(one)}: {', '.join(lacks)}", _field_of(one)) for one, lacks in lacking]
    yield _judge("CHK-20", hub, found, faults, "incomplete", "Complete and publish each session.")


def chk_21(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Offered minutes cover what the contract requires, in each of the next whole weeks.

    A catalogue item has one gate, and this one's is a warning; a shortfall in the very next week is more than that
    (`domain.md` 12: S for week+1), so the evidence says so.
    """
    weeks = contract_weeks(hub_id=hub.hub.id, adjusted_population=hub.adjusted_population, now=now)
    evidence = "; ".join(f"week of {_day(week.begins_on)}: {week.offered} of {week.required} minutes" for week in weeks)
    short = [week for week in weeks if week.short]
    urgent = "The coming week falls short: mend this before its shifts. " if weeks[0].short else ""
    yield _finding(
        "CHK-21",
        hub,
        met=not short,
        evidence=f"{urgent}{evidence} (60 minutes for each 1,000 of {hub.adjusted_population:,} adjusted patients)",
        what="Publish more sessions in the weeks that fall short.",
    )


def chk_22(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Every day with network standard hours of the next 14 has a published slot that can be booked now, or was: one that opens
    later, by its window or embargo, is not bookable in advance. Bank holidays have no such hours."""
    days = _days_ahead(now)
    found = capacity_slots(hub_id=hub.hub.id, from_on=days[0], to_on=days[-1])
    slots = [slot for slot in found if could_be_booked(slot, now=now)]
    bare = days_without_slots(slots, days=days)
    open_days = [day for day in days if standard_hours(day)]
    yield _finding(
        "CHK-22",
        hub,
        met=not bare,
        evidence=(
            f"{len(bare)} of {len(open_days)} days with network standard hours, to {_day(days[-1])}, have no slot that "
            f"can be booked in them: {_few([_day(day) for day in bare])}"
            if bare
            else f"Each of the {len(open_days)} days with network standard hours to {_day(days[-1])} has slots."
        ),
        what="Make and publish sessions on these days, open blocked slots again, or let some be booked earlier.",
    )


def chk_24(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """A GP, by their own position, has open slots in every minute of network standard hours of the next 14 days."""
    days = _days_ahead(now)
    covering = covering_slots(hub_id=hub.hub.id, from_on=days[0], to_on=days[-1])
    gaps = gp_cover_gaps(covering, days=days)
    minutes = sum((end - start for start, end in gaps), timedelta()) // timedelta(minutes=1)
    evidence = (
        f"{minutes} minutes without a GP in the next {HORIZON_DAYS} days: {_few([_span(gap) for gap in gaps])}"
        if gaps
        else f"A GP has slots in every minute of network standard hours of the next {HORIZON_DAYS} days."
    )
    what = "Publish sessions of GPs that fill the gaps, or open GPs' blocked slots again."
    yield _finding("CHK-24", hub, met=not gaps, evidence=evidence, what=what)


def chk_25(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Session names follow the network's pattern."""
    found = _ahead(hub, now)
    pattern = hub.session_name_pattern
    if not pattern:
        yield Finding("CHK-25", hub.hub.id, State.NOT_APPLICABLE, "The network has set no pattern for session names.")
        return
    unlike = [session for session in found if not re.fullmatch(pattern, session.name)]
    faults = [_Fault(session, _named(session), "name") for session in unlike]
    yield _judge("CHK-25", hub, found, faults, f"named otherwise than {pattern}", "Rename the weekly sessions.")


def chk_26(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Nobody comes in the next 24 hours of whom it isn't known who they are (`domain.md` 8.3)."""
    until = now + CUT_OFF
    number, first = unlinked_count(hub_id=hub.hub.id, starts_from=now, starts_before=until)
    if first is not None:
        evidence = (
            f"{number} appointment{'' if number == 1 else 's'} of the next 24 hours {'is' if number == 1 else 'are'} of people "
            f"who have not been traced; the first begins {in_london(first):%a %-d %b %H:%M}."
        )
        fix = Fix("Trace everybody on the list before the clinic begins.", TRACERS, "tracing")
        yield Finding("CHK-26", hub.hub.id, State.UNMET, evidence, fix)
    elif booked_count(hub_id=hub.hub.id, starts_from=now, starts_before=until) == 0:
        yield Finding("CHK-26", hub.hub.id, State.NOT_APPLICABLE, "Nobody is booked in the next 24 hours.")
    else:
        yield Finding("CHK-26", hub.hub.id, State.MET, "Everybody who is booked in the next 24 hours is known.")


def chk_42(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Every clinician on the rota of the next 7 days can work: account, card, position, duties, care record."""
    today = london_date(now)
    found = [
        session
        for session in _fortnight(hub, now)
        if session.state == SessionState.PUBLISHED
        and session.holder_id
        and session.ends_at > now
        and london_date(session.starts_at) <= today + ROTA_AHEAD
    ]
    if not found:
        yield _nothing("CHK-42", hub, "Nobody is on the rota of the next 7 days.")
        return
    days: dict[int, list[date]] = {}
    for session in found:
        for holder_id in session.holder_ids:
            days.setdefault(holder_id, []).append(london_date(session.starts_at))
    holders = holders_of(hub_id=hub.hub.id)
    signing_in = sign_in_states(
        account_ids={held.account.id for held in holders.values() if held.position.id in days}, now=now
    )
    allowed = _allowed_categories(hub, today)
    faults = []
    unready: list[int] = []
    for holder_id, of_holder in days.items():
        held = holders.get(holder_id)
        if held is None:
            faults.append(f"The holder of {len(of_holder)} sessions has no position at the hub")
        elif reasons := list(_unready(held, of_holder, allowed, signing_in[held.account.id])):
            faults.append(f"{held.position.name} ({_day(of_holder[-1])}): {', '.join(reasons)}")
            unready.append(held.account.id)
    evidence = _few(faults) or f"All {len(days)} clinicians on the rota of the next 7 days are ready."
    what, who = "Mend each person's account and position.", "the hub's people manager"
    fix = Fix(what, who, "person", (unready[0],)) if unready else Fix(what, who, "people")
    yield Finding("CHK-42", hub.hub.id, State.UNMET if faults else State.MET, evidence, fix if faults else None)


def _unready(
    held: HolderView, days: list[date], allowed: frozenset[str] | None, signing_in: SignInState
) -> Iterator[str]:
    position = held.position
    if inactive := next((why for day in days if (why := held.why_inactive_on(day))), ""):
        yield inactive.rstrip(".")
    if signing_in.is_locked:
        yield "sign-in locked after wrong tries"
    if not signing_in.has_code:
        yield "sign-in code never set up"
    if not held.account.smartcard_uid:
        yield "no smartcard associated"
    if not position.consulter:
        yield "not marked as consulter"
    if not position.session_holder:
        yield "not marked as session holder"
    if Permission.CONSULT not in position.permissions:
        yield "no activity that lets them consult"
    if allowed is None:
        yield "no care record agreement to see records under"
    elif allowed and position.job_category not in allowed:
        yield f"job category {position.job_category or 'none'} not in the care record agreement"


def _allowed_categories(hub: NetworkView, day: date) -> frozenset[str] | None:
    """Job categories of the care record agreement; empty: any; None: there is no such agreement."""
    for agreement in sharing.agreements_of(hub_id=hub.hub.id, day=day):
        if agreement.kind == AgreementKind.CARE_RECORD:
            return frozenset(agreement.allowed_job_categories)
    return None


def _days_ahead(now: datetime) -> list[date]:
    """The 14 days that begin tomorrow."""
    return [london_date(now) + timedelta(days=n) for n in range(1, HORIZON_DAYS + 1)]


def _ahead(hub: NetworkView, now: datetime) -> list[SessionView]:
    """Sessions of the next 14 days that have not begun, drafts too."""
    return [session for session in _fortnight(hub, now) if session.starts_at > now]


def _fortnight(hub: NetworkView, now: datetime) -> tuple[SessionView, ...]:
    """Asked alike by all, so that it is read once."""
    today = london_date(now)
    return sessions(hub_id=hub.hub.id, from_on=today, to_on=today + timedelta(days=HORIZON_DAYS))


def _lacks(session: SessionView, holders: dict[int, HolderView]) -> Iterator[str]:
    if session.holder_id is None:
        yield "no holder"
    for holder_id in session.holder_ids:
        yield from _lacks_of_holder(session, holders.get(holder_id))
    if session.site_id is None:
        yield "no site"
    if not session.practitioner_role:
        yield "no practitioner role"
    if not session.delivery_channel:
        yield "no delivery channel"
    if session.state == SessionState.DRAFT:
        yield "not published"


def _lacks_of_holder(session: SessionView, held: HolderView | None) -> Iterator[str]:
    if held is None or held.why_inactive_on(london_date(session.starts_at)):
        yield f"{held.account.name if held else session.holder} has no active position then"
    elif session.practitioner_role and held.position.job_role_code != session.practitioner_role:
        own, offered = role_words(held.position.job_role_code), role_words(session.practitioner_role)
        yield f"offered as {offered}, but {held.account.name}'s own position says {own}"


def _field_of(session: SessionView) -> str:
    """Where the form asks for what is missing first; none, where it is complete and waits to be published."""
    if not session.site_id:
        return "site_id"
    if not session.delivery_channel:
        return "delivery_channel"
    if not session.practitioner_role:
        return "practitioner_role"
    return "" if session.state == SessionState.DRAFT and session.holder_id else "holder_id"


def _judge(
    code: str, hub: NetworkView, found: list[SessionView], faults: list[_Fault], what_is_wrong: str, what: str
) -> Finding:
    if not found:
        return _nothing(code, hub, f"There is no session in the next {HORIZON_DAYS} days.")
    if not faults:
        evidence = f"All {len(found)} sessions of the next {HORIZON_DAYS} days are in order."
        return _finding(code, hub, met=True, evidence=evidence, what=what)
    first = faults[0]
    page = "session-edit" if first.field else "session"
    fix = Fix(what, ROTA_MANAGER, page, (first.session.id,), first.field)
    named = _few([fault.words for fault in faults])
    evidence = f"{len(faults)} of {len(found)} sessions {what_is_wrong}: {named}"
    return Finding(code, hub.hub.id, State.UNMET, evidence, fix)


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
    "CHK-26": chk_26,
    "CHK-42": chk_42,
}
