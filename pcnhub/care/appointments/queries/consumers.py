"""Who looks at a hub's book, as `rules.visibility` asks it."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.models import OwnLink
from pcnhub.care.appointments.queries.standing import standing_of
from pcnhub.care.appointments.rules.own_links import LinkLimits
from pcnhub.care.appointments.rules.visibility import Consumer, Route
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import PRACTICE_SWITCHES, OrganisationKind, Permission
from pcnhub.care.sharing.gate import effective_agreement
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.foundations.database import prepared
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared

# GP Connect's organisation types (its value set has these two), for whom nobody sends one.
ORGANISATION_TYPES: dict[str, str] = {
    OrganisationKind.PRACTICE: "gp-practice",
    OrganisationKind.NHS_111: "urgent-care",
}

# All that is known of an organisation here, in one statement: this is asked with every GP Connect search.
_KNOWN = """
select organisation.id, organisation.ods_code, organisation.kind,
  array(select member.group_id from organisations_groupmember member where member.organisation_id = organisation.id),
  array(select member.group_id from organisations_groupmember member
        where member.organisation_id = organisation.id and member.subscribed_at is not null),
  (select count(*) from organisations_gpconnectswitch switch where switch.organisation_id = organisation.id),
  (select count(*) from organisations_gpconnectswitch switch
   where switch.organisation_id = organisation.id and switch.is_on and switch.capability = any(%(needed)s)),
  (select count(*) from organisations_gpconnectswitch switch
   where switch.organisation_id = %(hub)s and switch.is_on and switch.capability = any(%(needed)s))
from (select 1) one left join organisations_organisation organisation
  on organisation.ods_code = %(ods)s or organisation.id = %(organisation)s
"""
_TYPES = {"ods": "text", "organisation": "bigint", "hub": "bigint", "needed": "text[]"}


def consumer_of(
    *,
    ods_code: str | None = None,
    organisation_id: int | None = None,
    organisation_type: str = "",
    route: Route,
    hub_id: int,
    now: datetime,
    username: str = "",
) -> Consumer:
    """The organisation of a code or an id before a hub's book; one that is not on this platform has only its code, in no
    group. Over GP Connect `organisation_type` is what was sent (none: only what restricts no type is seen); on the pages here
    it follows from the organisation's kind. By the staff route this says whether the appointments agreement is effective.
    `username`: a person of this platform who looks on the pages here, judged by their positions there.

    Neither code nor id: nobody in particular, as a search without a filter (GP Connect 1.2.7, searchFilter).
    """
    needed = [capability.value for capability in PRACTICE_SWITCHES]
    code = ods_code.strip().upper() if ods_code else None
    values = {"ods": code, "organisation": organisation_id, "hub": hub_id, "needed": needed}
    [row] = prepared.rows(_KNOWN, _TYPES, values)
    found, its_code, kind, member_of, subscribed_to, switches, own_on, hub_on = row
    is_effective, says = (False, "")
    if route is not Route.GP_CONNECT and found is not None and found != hub_id:
        is_effective, says = _agreement(found, hub_id, now)
    return Consumer(
        route=route,
        organisation_id=found,
        ods_code=its_code or code or "",
        organisation_type=ORGANISATION_TYPES.get(kind or "", "")
        if route is not Route.GP_CONNECT
        else organisation_type,
        member_of=frozenset(member_of),
        subscribed_to=frozenset(subscribed_to),
        agreement_effective=is_effective,
        agreement_says=says,
        is_switched_on=own_on == len(needed) if switches else None,
        hub_endpoint_is_on=hub_on == len(needed),
        user_says=_why_not_this_person(username, found, now) if username and route is Route.STAFF else "",
    )


def staff_consumer(*, actor: Actor, agreement_effective: bool, agreement_says: str = "") -> Consumer:
    """The actor's own organisation on the pages here, or the patient to whom it gave a link; whether the agreement is
    effective, the gate has said."""
    mine = actor.organisation.id
    [row] = prepared.rows(_KNOWN, _TYPES, {"ods": None, "organisation": mine, "hub": mine, "needed": []})
    _, _, _, member_of, subscribed_to, *_ = row
    return Consumer(
        route=Route.PATIENT if actor.patient else Route.STAFF,
        organisation_id=actor.organisation.id,
        ods_code=actor.organisation.ods_code,
        organisation_type=ORGANISATION_TYPES.get(actor.organisation.kind, ""),
        member_of=frozenset(member_of),
        subscribed_to=frozenset(subscribed_to),
        agreement_effective=agreement_effective,
        agreement_says=agreement_says,
        holds_as=holder_of(actor),
        limits=limits_of(actor) if actor.patient else None,
    )


def limits_of(actor: Actor) -> LinkLimits:
    """What the link by which a patient comes is for: to move an appointment, slots of its own type."""
    row = OwnLink.objects.get(pk=link_id_of(actor))
    standing, types = standing_of(row), row.slot_type_ids
    if row.booking_id is not None:  # not shown while no agreement does: then nothing is in reach
        types = [standing.slot.slot_type_id if standing else 0]
    return LinkLimits(row.days_ahead, frozenset(types))


def link_id_of(actor: Actor) -> int:
    """The link by which a patient comes. Raises ValueError for anybody else's actor."""
    kind, _, number = actor.user.partition(":")
    if kind != "patient" or actor.patient is None:
        raise ValueError("only a patient comes by a link of their own")
    return int(number)


def holder_of(actor: Actor) -> str:
    """As whom a person holds a slot: at this organisation, no other."""
    return f"{actor.organisation.id}:{actor.user}"


def _why_not_this_person(username: str, organisation_id: int | None, now: datetime) -> str:
    """Why somebody can't book for that organisation, in a sentence; empty when they can (`domain.md` 12.1 #1)."""
    person = organisations.find_account(username=username)
    if person is None:
        return f"Nobody signs in here as {username}."
    held = organisations.positions_of(account_id=person.id, day=london_date(now))
    there = [position for position in held if position.organisation.id == organisation_id]
    if not any(position.is_active for position in there):
        return f"{username} has no position at this organisation that holds today, or can't sign in."
    if not any(position.is_active and Permission.BOOK_APPOINTMENTS in position.permissions for position in there):
        return f"No position of {username} at this organisation may book appointments."
    return ""


def _agreement(mine: int, hub_id: int, now: datetime) -> tuple[bool, str]:
    try:
        effective_agreement(
            kind=AgreementKind.APPOINTMENTS, mine=mine, theirs=hub_id, side=Side.USES, day=london_date(now)
        )
    except NotShared as refusal:
        return False, refusal.message
    return True, ""
