"""What took place while the system was away, entered afterwards: who may, for how long, and what stays on record of it.

A slot that has begun can't be booked, by anybody. But an evening on paper did happen, and its patients' appointments belong in
the book: the desk of the hub enters them into its own book, with the reason, for two weeks.
"""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.operations.refusals import NotAllowedNow, SlotUnknown
from pcnhub.care.appointments.queries.bookings import OnRecord, record_booking
from pcnhub.care.appointments.queries.views import SlotView
from pcnhub.care.appointments.rules.paper import refusal_to_enter_late
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

LONGEST_REASON = 200  # characters


def is_entered_late(actor: Actor, now: datetime, slot: SlotView, why: str) -> bool:
    """Whether the slot has begun and may be entered all the same. A slot to come is booked like any other, and without a reason
    one that has begun is refused like any other. Raises NotPermitted (B8013, run the clinic list, is the activity), SlotUnknown
    (another hub's), NotAllowedNow (too long ago), InvalidInput."""
    if not why.strip() or slot.starts_at > now:
        return False
    permit(actor=actor, permission=Permission.RUN_CLINIC_LIST, now=now)
    if slot.hub_id != actor.organisation.id:
        raise SlotUnknown
    if len(why) > LONGEST_REASON:
        problem = f"This has {len(why)} characters; at most {LONGEST_REASON} are kept"
        raise InvalidInput([Problem("entered_late", "too-long", problem, "Say it in fewer words.")])
    refusal = refusal_to_enter_late(starts_at=slot.starts_at, now=now)
    if refusal:
        raise NotAllowedNow(refusal, remedy="Keep the paper with the hub’s records of that day.", who_can="nobody")
    return True


def record_entered_late(actor: Actor, now: datetime, made: OnRecord, grant: Grant, why: str) -> None:
    """Besides the booking itself: an appointment that is older than its booking must be found by whoever looks for such."""
    record_booking(actor=actor, now=now, action="appointments.entered-late", view=made, grant=grant, reason=why)
