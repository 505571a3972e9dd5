"""Which slots a request means, and whether they may be booked at all: asked alike when somebody looks and when they book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pcnhub.care.appointments.operations.refusals import NotAdjacent, SlotTaken, SlotUnavailable, SlotUnknown
from pcnhub.care.appointments.queries.bookings import booking_grant
from pcnhub.care.appointments.queries.consumers import staff_consumer
from pcnhub.care.appointments.queries.judging import JudgedSlot, judged_session, judged_slots
from pcnhub.care.appointments.queries.slots import nearest_free
from pcnhub.care.appointments.queries.views import SlotView
from pcnhub.care.appointments.rules.adjacency import MOST_SLOTS, chain_from, why_not_adjacent
from pcnhub.care.appointments.rules.visibility import Consumer, Route, reasons_unseen
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

# What another organisation may not even know of; and, of a slot that is there, that somebody else has it.
_HIDDEN = frozenset({"not-in-group", "not-on-list", "not-published"})
_NOT_FREE = frozenset({"taken", "held", "blocked", "cancelled", "extra-seat"})
# What only asks whether it is still, or already, time to book.
_OF_TIME = frozenset({"started", "closed", "too-far-ahead", "embargoed"})


def slot_to_book(*, actor: Actor, now: datetime, slot_id: int, slots: int = 1) -> tuple[SlotView, ...]:
    """A slot that the actor could book now, and as many as asked after it, for the page on which they do.

    Raises NotPermitted, NotShared, SlotUnknown, NotAdjacent, SlotUnavailable (every reason), SlotTaken (with the nearest
    free slots).
    """
    with unit_of_work(actor):
        first = known_slot(slot_id)
        booking_grant(actor=actor, now=now, hub_id=first.slot.hub_id)
        consumer = staff_consumer(actor=actor, agreement_effective=True)  # else the gate has refused already
        chosen = run_of(first, slots)
        refuse_unbookable(actor, now, chosen, consumer)
        return tuple(each.slot for each in chosen)


def longest_run(*, actor: Actor, now: datetime, slot_id: int) -> int:
    """How many slots from this one on the actor could book as one appointment now, at most `MOST_SLOTS`."""
    with unit_of_work(actor):
        consumer = staff_consumer(actor=actor, agreement_effective=True)
        run = longest(known_slot(slot_id))
        free = [not reasons_unseen(each.facts, consumer, now=now) for each in run]
        return free.index(False) if False in free else len(free)


def known_slot(slot_id: int) -> JudgedSlot:
    """Raises SlotUnknown."""
    found = judged_slots(slot_ids=[slot_id])
    if not found:
        raise SlotUnknown
    return found[0]


def longest(first: JudgedSlot) -> list[JudgedSlot]:
    """The slot and those that follow on it, as many as one appointment may take, whatever their state."""
    return chain_from(judged_session(slot_id=first.slot.id), first.slot.id, MOST_SLOTS)


def run_of(first: JudgedSlot, slots: int) -> list[JudgedSlot]:
    """The slot and those that follow on it, so many together. Raises NotAdjacent when the session has not so many."""
    if slots == 1:
        return [first]
    run = chain_from(judged_session(slot_id=first.slot.id), first.slot.id, slots)
    if len(run) < slots:
        raise NotAdjacent(
            f"Only {len(run)} slot{'' if len(run) == 1 else 's'} of this session and type touch one another from here."
        )
    return run


def these_slots(slot_ids: Sequence[int], *, hub_id: int) -> list[JudgedSlot]:
    """The slots of one hub that make up one appointment, in order of time. Raises SlotUnknown, NotAdjacent."""
    chosen = judged_slots(slot_ids=list(slot_ids))
    if not chosen or len(chosen) != len(slot_ids) or any(each.slot.hub_id != hub_id for each in chosen):
        raise SlotUnknown
    why_not = why_not_adjacent([each.slot for each in chosen])
    if why_not:
        raise NotAdjacent(why_not)
    return chosen


def refuse_unbookable(
    actor: Actor, now: datetime, chosen: Sequence[JudgedSlot], consumer: Consumer, *, is_late: bool = False
) -> None:
    """As the search decides: what it would not find can't be booked, for all the same reasons. `is_late`: it took place, and is
    entered afterwards, so that the time of booking is no reason."""
    reasons = {
        reason.code: reason
        for each in chosen
        for reason in reasons_unseen(each.facts, consumer, now=now)
        if not (is_late and reason.code in _OF_TIME)
    }.values()
    codes = {reason.code for reason in reasons}
    over_gp_connect = consumer.route is Route.GP_CONNECT
    if over_gp_connect and "not-published" in codes:
        raise SlotUnknown  # a draft is the hub's own affair: to everybody outside there is no such slot yet
    if codes & _HIDDEN and not over_gp_connect and actor.organisation.id != chosen[0].slot.hub_id:
        raise SlotUnknown  # nothing that this organisation may know about
    if "taken" in codes or (over_gp_connect and codes & _NOT_FREE):
        raise SlotTaken(() if over_gp_connect else nearest_free(actor=actor, now=now, slot=chosen[0].slot))
    if reasons:
        raise SlotUnavailable(tuple(reasons))
