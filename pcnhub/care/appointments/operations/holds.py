"""A hold keeps slots free for one person for the few minutes of booking. It ends by itself, by the clock: no job takes it
away, and whoever comes after it has ended claims the slot as if it had never been.

GP Connect knows no hold: its consumers meet one as a slot that is not free (1.2.7, "no tentative hold").
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from pcnhub.care.appointments.operations import claiming
from pcnhub.care.appointments.operations.choosing import known_slot, longest, refuse_unbookable, run_of
from pcnhub.care.appointments.operations.refusals import SlotTaken
from pcnhub.care.appointments.queries.bookings import booking_grant
from pcnhub.care.appointments.queries.consumers import holder_of, staff_consumer
from pcnhub.care.appointments.queries.slots import nearest_free
from pcnhub.care.appointments.queries.views import SlotView
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

HELD_FOR = timedelta(minutes=5)

# Compare-and-set: free, and held by nobody else any more.
HOLD = """
update appointments_slot set held_until = %(until)s, held_by = %(holds_as)s
where id = any(%(slots)s) and state = 'free' and starts_at > %(now)s
  and (held_until is null or held_until <= %(now)s or held_by = %(holds_as)s)
returning id
"""
LET_GO = """
update appointments_slot set held_until = null, held_by = ''
where id = any(%(slots)s) and held_by = %(holds_as)s and held_until is not null
"""


def hold(*, actor: Actor, now: datetime, slot_id: int, slots: int = 1) -> tuple[tuple[SlotView, ...], datetime]:
    """Keep a slot, and those after it, for the actor: what is held, and until when. Held again, it is held for longer.

    Raises as `slot_to_book`; SlotTaken when somebody was faster.
    """
    with unit_of_work(actor):
        first = known_slot(slot_id)
        booking_grant(actor=actor, now=now, hub_id=first.slot.hub_id)
        consumer = staff_consumer(actor=actor, agreement_effective=True)  # else the gate has refused already
        chosen = run_of(first, slots)
        refuse_unbookable(actor, now, chosen, consumer)
        ids = [each.slot.id for each in chosen]
        rest = [each.slot.id for each in longest(first) if each.slot.id not in ids]  # held before, for a longer one
        until = now + HELD_FOR
        if len(ids) + len(rest) > 1:
            claiming.lock_slots([*ids, *rest])
        with connection.cursor() as cursor:
            cursor.execute(LET_GO, {"slots": rest, "holds_as": holder_of(actor)})
            cursor.execute(HOLD, {"slots": ids, "until": until, "holds_as": holder_of(actor), "now": now})
            held = len(cursor.fetchall())
        if held != len(ids):
            raise SlotTaken(nearest_free(actor=actor, now=now, slot=first.slot))
        record(
            actor=actor,
            now=now,
            action="appointments.slot-held",
            subject=Subject("slot", slot_id),
            data_organisation_id=first.slot.hub_id,
            detail={"slots": ids, "until": until.isoformat()},
        )
        return tuple(each.slot for each in chosen), until


def let_go(*, actor: Actor, now: datetime, slot_id: int, slots: int = 1) -> None:
    """Give up the actor's own hold, before it ends by itself; nothing when there is none. Raises SlotUnknown."""
    with unit_of_work(actor):
        ids = [each.slot.id for each in run_of(known_slot(slot_id), slots)]
        if len(ids) > 1:
            claiming.lock_slots(ids)
        with connection.cursor() as cursor:
            cursor.execute(LET_GO, {"slots": ids, "holds_as": holder_of(actor)})
            if cursor.rowcount:
                record(
                    actor=actor, now=now, action="appointments.slot-let-go", subject=Subject("slot", slot_id),
                    detail={"slots": ids},
                )  # fmt: skip
