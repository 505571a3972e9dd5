"""Whether a slot may be booked at all, asked alike when somebody looks at it and when they book it."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.operations.refusals import SlotTaken, SlotUnavailable, SlotUnknown
from pcnhub.care.appointments.queries.bookings import booking_grant
from pcnhub.care.appointments.queries.slots import nearest_free, slot_with_facts
from pcnhub.care.appointments.queries.views import SlotView
from pcnhub.care.appointments.queries.visibility import viewer_of
from pcnhub.care.appointments.rules.visibility import SlotFacts, reasons_unseen
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def slot_to_book(*, actor: Actor, now: datetime, slot_id: int) -> SlotView:
    """A slot that the actor could book now, for the page on which they do.

    Raises NotPermitted, NotShared, SlotUnknown, SlotUnavailable (every reason), SlotTaken (with the nearest free slots).
    """
    with unit_of_work(actor):
        found = slot_with_facts(slot_id=slot_id)
        if found is None:
            raise SlotUnknown
        slot, facts = found
        booking_grant(actor=actor, now=now, hub_id=slot.hub_id)
        refuse_unbookable(actor, now, slot, facts)
        return slot


def refuse_unbookable(actor: Actor, now: datetime, slot: SlotView, facts: SlotFacts) -> None:
    """As the search decides: what it would not find can't be booked, for all the same reasons."""
    viewer = viewer_of(actor=actor, hub_id=slot.hub_id, agreement_effective=True)  # else the gate has refused already
    reasons = reasons_unseen(facts, viewer, now=now)
    codes = {reason.code for reason in reasons}
    if codes == {"taken"}:
        raise SlotTaken(nearest_free(actor=actor, now=now, slot=slot))
    if codes & {"not-in-group", "not-published"} and actor.organisation.id != slot.hub_id:
        raise SlotUnknown  # nothing that this organisation may know about
    if reasons:
        raise SlotUnavailable(reasons)
