"""Why an organisation does not see a slot (`domain.md` 12.1). Search, booking and explanations ask this one function.

The search statement in `queries/slots.py` decides the same in SQL; a property test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.appointments.rules.words import SessionState, SlotState


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A slot with what its session and its type say."""

    hub_id: int
    state: str
    starts_at: datetime
    ends_at: datetime
    session_state: str
    session_group_ids: frozenset[int]
    type_bookable: bool


@dataclass(frozen=True, slots=True)
class Viewer:
    """The organisation that looks: which groups it is in, which of those it has subscribed to, and whether the
    appointments agreement with the slot's hub is effective (`agreement_says`: why not, when it is not)."""

    organisation_id: int
    member_of: frozenset[int]
    subscribed_to: frozenset[int]
    agreement_effective: bool
    agreement_says: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    message: str
    remedy: str
    who_can: str


ROTA_MANAGER = "the hub's rota manager"


def reasons_unseen(slot: SlotFacts, viewer: Viewer, *, now: datetime) -> tuple[Reason, ...]:
    """Every reason, in the order of `domain.md` 12.1. None: the slot is found and can be booked."""
    return (*_between_organisations(slot, viewer), *reasons_unbookable(slot, now=now))


def _between_organisations(slot: SlotFacts, viewer: Viewer) -> Iterator[Reason]:
    if viewer.organisation_id == slot.hub_id:  # the hub's own staff book into every session of theirs
        return
    if not viewer.member_of & slot.session_group_ids:
        yield Reason(
            "not-in-group",
            "Your organisation is in none of the groups that this session is open to.",
            "Ask to be added to the group.",
            "the hub's configuration manager",
        )
    elif not viewer.subscribed_to & viewer.member_of & slot.session_group_ids:
        yield Reason(
            "not-subscribed",
            "Your organisation has not subscribed to the group that this session is open to.",
            "Subscribe on the groups page.",
            "an administrator of your organisation",
        )
    if not viewer.agreement_effective:
        yield Reason(
            "no-agreement",
            viewer.agreement_says or "The appointments agreement with this hub is not effective.",
            "Activate it on the agreements page.",
            "the agreement managers of both organisations",
        )


def reasons_unbookable(slot: SlotFacts, *, now: datetime) -> Iterator[Reason]:
    """What keeps everyone from booking it, the hub too."""
    if slot.session_state == SessionState.DRAFT:
        yield Reason("not-published", "The session is not published yet.", "Publish it.", ROTA_MANAGER)
    elif slot.session_state == SessionState.CANCELLED:
        yield Reason("session-cancelled", "The session has been cancelled.", "Choose another slot.", "")
    if not slot.type_bookable:
        yield Reason("not-bookable", "Slots of this type are not for patients.", "Choose another slot.", ROTA_MANAGER)
    if slot.starts_at <= now:
        yield Reason("started", "The slot has started already.", "Choose a later slot.", "")
    if slot.state == SlotState.BOOKED:
        yield Reason("taken", "Somebody has booked this slot.", "Choose another slot.", "")
    elif slot.state == SlotState.BLOCKED:
        yield Reason("blocked", "The hub has blocked this slot.", "Choose another slot.", ROTA_MANAGER)
    elif slot.state == SlotState.CANCELLED and slot.session_state != SessionState.CANCELLED:
        yield Reason("cancelled", "The slot has been cancelled.", "Choose another slot.", "")
