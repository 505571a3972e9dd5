"""What goes to the nation: how slot types are mapped, how appointments ended, and what is released to 111 (`domain.md` 12A)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from pcnhub.care.appointments.queries import SlotTypeView, booked_count, national_words, sessions, slot_types
from pcnhub.care.appointments.queries.national import left_as_booked, slot_types_used
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.appointments.rules.capacity import is_within_standard_hours
from pcnhub.care.appointments.rules.mapping import NationalMapping, is_mapped
from pcnhub.care.appointments.rules.national import faults_for_enhanced_access, is_not_for_patients
from pcnhub.care.organisations.queries import NetworkView, groups_of
from pcnhub.care.organisations.rules import GroupPurpose
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import day_bounds, in_london, london_date

USED_WITHIN = timedelta(days=90)
AHEAD = timedelta(days=14)
NAMED_AT_MOST = 3  # evidence names the first few and counts the rest
ROTA_MANAGER = "the hub's rota manager"
CONFIGURATION = "whoever looks after the hub's slot types"


def chk_56(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """What is unused of network standard hours opens to 111 by itself on the day (`domain.md` 12A.1). The rule is read with
    each search, so that it has run wherever it is set."""
    groups = {group.id: group.name for group in groups_of(owner_id=hub.hub.id) if group.purpose == GroupPurpose.NHS_111}
    if not groups:
        yield Finding("CHK-56", hub.hub.id, State.NOT_APPLICABLE, "No group is opened to 111.")
        return
    today = london_date(now)
    found = [
        session
        for session in sessions(hub_id=hub.hub.id, from_on=today, to_on=today + AHEAD)
        if session.state == SessionState.PUBLISHED
        and session.starts_at > now
        and is_within_standard_hours(session.starts_at, session.ends_at)
    ]
    if not found:
        make = Fix("Make and publish sessions.", ROTA_MANAGER, "rota")
        evidence = "There is no session in network standard hours of the next 14 days."
        yield Finding("CHK-56", hub.hub.id, State.UNKNOWN, evidence, make)
        return
    shut = [
        session for session in found if not (session.release_group_id in groups or session.group_ids & groups.keys())
    ]
    what = "Say in each when its unused slots open to 111."
    fix = Fix(what, ROTA_MANAGER, "session-edit", (shut[0].id,), "release_group_id") if shut else None
    named = _few([f"{each.name}, {in_london(each.starts_at):%a %-d %b %H:%M}" for each in shut])
    wrong = f"{len(shut)} of {len(found)} sessions never open to 111: {named}" if shut else ""
    yield _finding("CHK-56", hub, wrong, f"Unused slots of all {len(found)} sessions open to 111 on the day", fix)


def chk_57(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Every slot type that was used within 90 days, or will be within 14, is mapped to the national categories."""
    used = _used(hub, now)
    if not used:
        yield _nothing_used("CHK-57", hub)
        return
    words = national_words()
    bare = [each for each in used if not is_mapped(_mapping(each), words)]
    wrong = f"{len(bare)} of {len(used)} slot types in use are not mapped: {_names(bare)}" if bare else ""
    fix = _fix_of("Map each to setting, context and category.", bare, "service_setting")
    yield _finding("CHK-57", hub, wrong, f"All {len(used)} slot types in use are mapped", fix)


def chk_58(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Every slot type of enhanced access that patients are booked into is mapped as such."""
    used = [each for each in _used(hub, now, only_enhanced_access=True) if each.bookable]
    if not used:
        yield _nothing_used("CHK-58", hub)
        return
    words = national_words()
    faults = {each: list(faults_for_enhanced_access(_mapping(each), each.mode, words)) for each in used}
    bad = [each for each, found in faults.items() if found]
    wrong = _few([f"{each.name}: {', '.join(faults[each])}" for each in bad])
    fix = _fix_of("Map each as enhanced access.", bad, "service_setting")
    yield _finding("CHK-58", hub, wrong, f"All {len(used)} slot types of enhanced access are mapped as such", fix)


def chk_59(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """No appointment of the day before yesterday, or earlier, still says "booked": it was attended, missed or cancelled."""
    until = day_bounds(london_date(now) - timedelta(days=1))[0]
    left = left_as_booked(hub_id=hub.hub.id, starts_before=until)  # none grows so old that it is forgotten
    if not left and not booked_count(hub_id=hub.hub.id, starts_from=until - USED_WITHIN, starts_before=until):
        yield Finding("CHK-59", hub.hub.id, State.NOT_APPLICABLE, "Nobody was booked within 90 days.")
        return
    who = "whoever runs the clinic list at the hub"
    fix = Fix("Say of each what became of it.", who, "clinic-on", (min(left).isoformat(),)) if left else None
    days = _few([f"{number} on {day:%a %-d %b %Y}" for day, number in left.items()])
    wrong = f"{sum(left.values())} past appointments still say booked: {days}" if left else ""
    yield _finding("CHK-59", hub, wrong, "Every past appointment says what became of it", fix)


def chk_61(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """What is not for patients is not bookable: it would be counted as offered and unused."""
    kinds = slot_types(hub_id=hub.hub.id)
    if not kinds:
        fix = Fix("Say what slots are for.", CONFIGURATION, "slot-types")
        yield Finding("CHK-61", hub.hub.id, State.UNKNOWN, "There is no slot type yet.", fix)
        return
    bad = [each for each in kinds if each.bookable and is_not_for_patients(_mapping(each), each.mode)]
    wrong = f"Not for patients, and bookable: {_names(bad)}" if bad else ""
    fix = _fix_of("Take the booking away, or change mode or context.", bad, "bookable")
    yield _finding("CHK-61", hub, wrong, "Slot types that are not for patients can't be booked", fix)


def _used(hub: NetworkView, now: datetime, *, only_enhanced_access: bool = False) -> list[SlotTypeView]:
    ids = slot_types_used(
        hub_id=hub.hub.id,
        starts_from=now - USED_WITHIN,
        starts_before=now + AHEAD,
        only_enhanced_access=only_enhanced_access,
    )
    return [each for each in slot_types(hub_id=hub.hub.id, include_retired=True) if each.id in ids]


def _mapping(kind: SlotTypeView) -> NationalMapping:
    return NationalMapping(kind.service_setting, kind.context_type, kind.national_category)


def _fix_of(what: str, bad: list[SlotTypeView], field: str) -> Fix:
    """The very field of the first of them; where there are several, the list shows the others."""
    if not bad:
        return Fix(what, CONFIGURATION)
    return Fix(what, CONFIGURATION, "slot-type", (bad[0].id,), field)


def _nothing_used(code: str, hub: NetworkView) -> Finding:
    fix = Fix("Make and publish sessions.", ROTA_MANAGER, "rota")
    evidence = "No slot type was used within 90 days, nor will be within 14."
    return Finding(code, hub.hub.id, State.UNKNOWN, evidence, fix)


def _finding(code: str, hub: NetworkView, wrong: str, right: str, fix: Fix | None) -> Finding:
    if wrong:
        return Finding(code, hub.hub.id, State.UNMET, f"{wrong}.", fix)
    return Finding(code, hub.hub.id, State.MET, f"{right}.")


def _names(kinds: list[SlotTypeView]) -> str:
    return _few([each.name for each in kinds])


def _few(items: list[str]) -> str:
    more = len(items) - NAMED_AT_MOST
    return "; ".join(items[:NAMED_AT_MOST]) + (f"; and {more} more" if more > 0 else "")


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {
    "CHK-56": chk_56,
    "CHK-57": chk_57,
    "CHK-58": chk_58,
    "CHK-59": chk_59,
    "CHK-61": chk_61,
}
