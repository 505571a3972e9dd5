"""What readiness asks of organisations, groups and staff (`domain.md` 12). Checks read; whatever is unmet names its fix."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import combinations

from pcnhub.care.organisations import queries
from pcnhub.care.organisations.queries import AccountView, GroupView, NetworkView, PositionView, joining_later
from pcnhub.care.organisations.rules import (
    PRACTICE_SWITCHES,
    GroupPurpose,
    OrganisationKind,
    PersonTraits,
    PrescriberCodeKind,
    hub_switches_wrong,
    look_like_one_person,
    missing_activities,
)
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, OdsCode
from pcnhub.foundations.kernel.local_time import london_date

SOON = timedelta(days=30)
UNUSED = timedelta(days=90)
INDEPENDENT_PRESCRIBING = "B0420"


def chk_01(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The hub's National Code and Authentication NACS are the same and have the form of a cost centre."""
    view = queries.organisation(id=hub.hub.id)
    codes = {"National Code": view.national_code, "Authentication NACS": view.authentication_nacs}
    missing = [name for name, code in codes.items() if not code]
    if missing:
        wrong = f"{' and '.join(missing)} not entered"
    elif view.national_code != view.authentication_nacs:
        wrong = f"National Code {view.national_code}, Authentication NACS {view.authentication_nacs}"
    elif not _is_cost_centre(view.national_code):
        wrong = f"{view.national_code} is not a letter and five digits"
    else:
        wrong = ""
    field = "national_code" if not _is_cost_centre(view.national_code) else "authentication_nacs"
    who = f"an administrator of {view.name}"
    fix = Fix("Enter the hub's code in both places.", who, "organisation-edit", (view.id,), field)
    yield _finding("CHK-01", hub.hub, wrong, f"Both are {view.national_code}", fix)


def chk_04(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The hub has a prescribing cost centre, and at least one prescriber code stands under it."""
    view, codes = queries.organisation(id=hub.hub.id), queries.prescriber_codes_of(organisation_id=hub.hub.id)
    fix = Fix("Add the code that NHSBSA issued.", "the ICB, through NHSBSA", "prescriber-code-new", (view.id,), "code")
    lacking = [] if codes else ["No prescriber code is attached"]
    if not view.prescribing_cost_centre:
        lacking.insert(0, "No prescribing cost centre is entered")
        who = f"an administrator of {view.name}, with what the ICB had created"
        what, field = "Enter the hub's prescribing cost centre.", "prescribing_cost_centre"
        fix = Fix(what, who, "organisation-edit", (view.id,), field)
    right = f"{', '.join(code.code for code in codes)} under {view.prescribing_cost_centre}"
    yield _finding("CHK-04", hub.hub, "; ".join(lacking), right, fix)


def chk_10(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each position at the hub holds the activities that its duties need (`domain.md` R8)."""
    short = {
        position: lacking
        for position in _staff(hub.hub, now)
        if (lacking := missing_activities(position.duties, position.activities))
    }
    wrong = [f"{position.name} lacks {', '.join(lacking)}" for position, lacking in short.items()]
    fix = _fix_position("Add the activities to the position.", "the registration authority", short, "activities")
    # one manager alone could make a clinician: so whoever looks at readiness sees who made whom
    given: dict[str, list[str]] = {}
    for position in _staff(hub.hub, now):
        if position.clinical_access_by:
            given.setdefault(position.clinical_access_by, []).append(position.name)
    givers = [f"{giver} gave access to records: {', '.join(names)}" for giver, names in sorted(given.items())]
    right = ". ".join(["Every position holds what its duties need", *givers])
    yield _finding("CHK-10", hub.hub, "; ".join([*wrong, *givers]) if wrong else "", right, fix)


def chk_11(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """No position or contract at the hub ends within 30 days."""
    limit = london_date(now) + SOON
    ending = {
        position: min(ends)
        for position in _staff(hub.hub, now)
        if (ends := [day for day in (position.ends_on, position.contract_ends_on) if day is not None and day <= limit])
    }
    wrong = [f"{position.name}: {day:%-d %B %Y}" for position, day in ending.items()]
    who = "the registration authority and the hub's administrator"
    field = (
        "ends_on" if any(position.ends_on == day for position, day in list(ending.items())[:1]) else "contract_ends_on"
    )
    fix = _fix_position("Renew the position, or plan without it.", who, ending, field)
    yield _finding("CHK-11", hub.hub, "; ".join(wrong), "None ends within 30 days", fix)


def chk_12(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Whoever prescribes holds the activity to prescribe alone (B0420) and a prescriber code (`domain.md` 4). A clinician with
    one of the two can't sign, and finds out at the first prescription."""
    prescribers = [each for each in _staff(hub.hub, now) if each.prescriber_code or (each.consulter and _signs(each))]
    if not prescribers:
        yield Finding("CHK-12", hub.hub.id, State.NOT_APPLICABLE, "Nobody at the hub prescribes.")
        return
    no_code = [each for each in prescribers if not each.prescriber_code]
    no_activity = [each for each in prescribers if not _signs(each)]
    wrong = [f"{each.name} has no prescriber code" for each in no_code]
    wrong += [f"{each.name} lacks activity {INDEPENDENT_PRESCRIBING}" for each in no_activity]
    fix = _fix_position(
        "Enter the code, or add the activity to the position.",
        "the hub’s people manager, with the Registration Authority and the ICB",
        [*no_code, *no_activity],
        "prescriber_code" if no_code else "activities",
    )
    right = f"All {len(prescribers)} prescribers hold {INDEPENDENT_PRESCRIBING} and a code"
    yield _finding("CHK-12", hub.hub, "; ".join(wrong), right, fix)


def chk_33(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each prescriber's code is theirs alone, and one that stands for the hub or for a non-medical prescriber is among those
    that NHSBSA holds under the hub's cost centre: else what they prescribe is charged to nobody (`domain.md` 9)."""
    prescribers = [each for each in _staff(hub.hub, now) if each.prescriber_code]
    if not prescribers:
        yield Finding("CHK-33", hub.hub.id, State.NOT_APPLICABLE, "Nobody at the hub has a prescriber code.")
        return
    under = {each.code for each in queries.prescriber_codes_of(organisation_id=hub.hub.id)}
    unknown = [
        each
        for each in prescribers
        if each.prescriber_code_kind != PrescriberCodeKind.GMP and each.prescriber_code not in under
    ]
    wrong = [f"{each.prescriber_code} of {each.name} is not under the hub’s cost centre" for each in unknown]
    shared = [
        (one, other)
        for one, other in combinations(prescribers, 2)
        if one.prescriber_code == other.prescriber_code
        and one.account_id != other.account_id
        and one.prescriber_code_kind != PrescriberCodeKind.SPURIOUS
    ]
    wrong += [f"{one.name} and {other.name} have one code, {one.prescriber_code}" for one, other in shared]
    what, who = "Tell NHSBSA who prescribes under the cost centre, and enter it.", "the ICB, through NHSBSA"
    fix = Fix(what, who, "prescriber-code-new", (hub.hub.id,), "code")
    if shared and not unknown:
        own = "Enter each prescriber’s own code."
        fix = _fix_position(own, "the hub’s people manager", [shared[0][1]], "prescriber_code")
    yield _finding(
        "CHK-33", hub.hub, "; ".join(wrong), f"The codes of all {len(prescribers)} prescribers are linked", fix
    )


def chk_13(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The hub's GP Connect switches: all on but Access Document (`domain.md` 5)."""
    wrong = hub_switches_wrong(queries.gp_connect_switches(organisation_id=hub.hub.id))
    said = ", ".join(f"{capability} should be {'on' if on else 'off'}" for capability, on in wrong.items())
    fix = Fix("Set the switches.", f"an administrator of {hub.hub.name}", "gp-connect-switches", (hub.hub.id,), "on")
    yield _finding("CHK-13", hub.hub, said, "Every switch is as it must be", fix)


def chk_14(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each practice's GP Connect switches: master, Foundation and Appointments on."""
    everyone = queries.switches_by_organisation(organisation_ids=[practice.id for practice in hub.members])
    for practice in hub.members:
        on = {switch.capability for switch in everyone[practice.id] if switch.is_on}
        off = [capability for capability in PRACTICE_SWITCHES if capability not in on]
        fix = Fix("Turn them on.", f"an administrator of {practice.name}", "gp-connect-switches", (practice.id,), "on")
        yield _finding("CHK-14", practice, f"Off: {', '.join(off)}" if off else "", "All three are on", fix)


def chk_16(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The groups for practice booking hold exactly the hub and the practices of today. One that is to join may be put in before
    (A24), and subscribes on its day: until then it must find nothing."""
    groups = _groups(hub, GroupPurpose.PRACTICE_BOOKING)
    fix = Fix("Bring the group up to date.", f"an administrator of {hub.hub.name}", *_first_page(groups))
    if not groups:
        yield _finding("CHK-16", hub.hub, "There is no group for practice booking", "", fix)
        return
    names = {ref.id: ref.name for ref in (hub.hub, *hub.members)}
    later = joining_later(network=hub, day=london_date(now))
    wrong = []
    for group in groups:
        inside = {member.organisation.id: member.organisation.name for member in group.members}
        wrong += [f"{group.name} lacks {names[each]}" for each in names if each not in inside]
        wrong += [f"{group.name} holds {inside[each]}, no member" for each in inside if each not in names | later]
        wrong += [
            f"{member.organisation.name} finds {group.name}’s slots already, and joins on {joins_on:%-d %B %Y}"
            for member in group.members
            if member.is_subscribed and (joins_on := later.get(member.organisation.id))
        ]
    yield _finding("CHK-16", hub.hub, "; ".join(wrong), f"{len(names)} organisations, as in the network", fix)


def chk_17(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each practice has subscribed to a group for practice booking; the hub too."""
    groups = _groups(hub, GroupPurpose.PRACTICE_BOOKING)
    for organisation in (hub.hub, *hub.members):
        subscribed = [
            group.name for group in groups if (member := group.member(organisation.id)) and member.is_subscribed
        ]
        mine = next((f"group-{group.id}" for group in groups if group.member(organisation.id)), "")
        fix = Fix("Subscribe to the group.", f"an administrator of {organisation.name}", "groups", field=mine)
        if not mine:  # nobody can subscribe to what they are not in
            add, who = (
                "Add it to the group for practice booking, so that it can subscribe.",
                f"an administrator of {hub.hub.name}",
            )
            fix = Fix(add, who, *_first_page(groups))
        wrong = "" if subscribed else "Not subscribed: none of the hub's slots can be seen"
        yield _finding("CHK-17", organisation, wrong, f"Subscribed to {', '.join(subscribed)}", fix)


def chk_18(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The 111 group holds the hub and 111 providers only; a group serves one purpose."""
    groups = _groups(hub, GroupPurpose.NHS_111)
    fix = Fix("Take out who does not belong.", f"an administrator of {hub.hub.name}", *_first_page(groups))
    if not groups:
        yield Finding("CHK-18", hub.hub.id, State.NOT_APPLICABLE, "No group is opened to 111")
        return
    wrong = [
        f"{group.name} holds {member.organisation.name}"
        for group in groups
        for member in group.members
        if member.organisation.id != hub.hub.id and member.organisation.kind != OrganisationKind.NHS_111
    ]
    wrong += [
        f"{group.name} holds no 111 provider"
        for group in groups
        if not any(member.organisation.kind == OrganisationKind.NHS_111 for member in group.members)
    ]
    yield _finding("CHK-18", hub.hub, "; ".join(wrong), "The hub and its 111 provider only", fix)


def chk_43(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """No account with a position at the hub has been unused for 90 days."""
    staff = {position.account_id for position in _staff(hub.hub, now)}
    unused = {
        account.id: f"{account.name}: {f'last on {last:%-d %B %Y}' if account.last_sign_in_at else 'never used'}"
        for account in queries.accounts_at(organisation_id=hub.hub.id)
        if account.id in staff and (last := account.last_sign_in_at or account.created_at) < now - UNUSED
    }
    fix = _fix_person("End the position of whoever has left.", hub.hub, unused)
    yield _finding("CHK-43", hub.hub, "; ".join(unused.values()), "Every account was used within 90 days", fix)


def chk_44(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """One smartcard, one account.

    The table itself refuses one card or one national id on two accounts; what is left to find is one person with two
    accounts (`rules.look_like_one_person`).
    """
    staff = {position.account_id for position in _staff(hub.hub, now)}
    accounts = [account for account in queries.accounts_at(organisation_id=hub.hub.id) if account.id in staff]
    pairs = [
        (one, other) for one, other in combinations(accounts, 2) if look_like_one_person(_traits(one), _traits(other))
    ]
    wrong = [f"{one.username} and {other.username} look like one person" for one, other in pairs]
    fix = _fix_person("Keep one account and move the positions to it.", hub.hub, [other.id for _, other in pairs])
    yield _finding("CHK-44", hub.hub, "; ".join(wrong), "One account each", fix)


def _finding(code: str, organisation: OrganisationRef, wrong: str, right: str, fix: Fix) -> Finding:
    if wrong:
        return Finding(code, organisation.id, State.UNMET, f"{wrong}.", fix)
    return Finding(code, organisation.id, State.MET, f"{right}.")


def _fix_position(what: str, who: str, wrong: Iterable[PositionView], field: str) -> Fix:
    """The very field of the first position that is wrong."""
    first = next(iter(wrong), None)
    return Fix(what, who, "position-edit", (first.id,), field) if first else Fix(what, who, "people")


def _fix_person(what: str, hub: OrganisationRef, account_ids: Iterable[int]) -> Fix:
    """The page of the first person concerned."""
    first, who = next(iter(account_ids), None), f"an administrator of {hub.name}"
    return Fix(what, who, "person", (first,)) if first else Fix(what, who, "people")


def _first_page(groups: list[GroupView]) -> tuple[str, tuple[int, ...]]:
    """The group's own page, or where one can be made."""
    return ("group", (groups[0].id,)) if groups else ("group-new", ())


def _signs(position: PositionView) -> bool:
    return INDEPENDENT_PRESCRIBING in position.activities


def _traits(account: AccountView) -> PersonTraits:
    return PersonTraits(account.name, account.email, account.sds_user_id, account.smartcard_uid)


def _is_cost_centre(code: str) -> bool:
    try:
        return OdsCode(code).is_prescribing_cost_centre_shaped
    except InvalidIdentifier:
        return False


def _staff(hub: OrganisationRef, now: datetime) -> tuple[PositionView, ...]:
    return queries.positions_at(organisation_id=hub.id, day=london_date(now))


def _groups(hub: NetworkView, purpose: GroupPurpose) -> list[GroupView]:
    return [group for group in queries.groups_of(owner_id=hub.hub.id) if group.purpose == purpose]


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {
    "CHK-01": chk_01,
    "CHK-04": chk_04,
    "CHK-10": chk_10,
    "CHK-11": chk_11,
    "CHK-12": chk_12,
    "CHK-13": chk_13,
    "CHK-14": chk_14,
    "CHK-16": chk_16,
    "CHK-17": chk_17,
    "CHK-18": chk_18,
    "CHK-33": chk_33,
    "CHK-43": chk_43,
    "CHK-44": chk_44,
}
