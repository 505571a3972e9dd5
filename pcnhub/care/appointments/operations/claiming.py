"""Taking seats and giving them back: the statements on which "one slot, one booking" rests, each a guard of its own.

- `LOCK_SLOTS`: who needs several slots takes them in the order of their ids, so that nobody waits for each other.
- `CLAIM_AND_BOOK`: compare-and-set of every slot's state; no claim of all of them, no booking.
- `booking_one_live_a_slot`, the unique index that `TAKE_SEATS` meets; `booking_asked_once`, the one that a key meets.
- `COUNT_QUOTAS`: compare-and-set of what a share has left.

Everybody takes them in this order: slots, the new booking, its seats, quotas, then bookings that are there already.
`tests/proof` takes each guard away: whoever changes a statement here keeps its name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from pcnhub.care.appointments.operations.refusals import QuotaUsed
from pcnhub.care.appointments.queries.consumers import holder_of
from pcnhub.care.appointments.rules import BookingSource
from pcnhub.care.appointments.rules.visibility import Consumer, QuotaFacts, Route
from pcnhub.foundations.database import prepared
from pcnhub.foundations.kernel.actors import Actor

LOCK_SLOTS = "select id from appointments_slot where id = any(%(slots)s) order by id for update"

# The claim and the booking in one statement. `on conflict do nothing` meets the unique index of keys without an error that
# would end the transaction; no row says that a slot was gone, or that the key was there. That the slots still touch is asked
# here once more: one of them may have been split since it was looked at.
CLAIM_AND_BOOK = """
with claimed as (
  update appointments_slot set state = 'booked', held_until = null, held_by = ''
  where id = any(%(slots)s) and state = 'free' and starts_at > %(now)s
    and (held_until is null or held_until <= %(now)s or (held_by = %(holds_as)s and %(holds_as)s <> ''))
  returning id, hub_id, starts_at, ends_at
)
insert into appointments_booking (
  organisation_id, slot_id, starts_at, ends_at, patient_id, patient_practice_id, booked_by_organisation_id,
  booked_by_ods_code, booked_by_organisation_type, booked_by_contact, booked_by, booked_by_name, source,
  reason, notes, status, version, idempotency_key, counted_quota_ids, replaces_id, booked_at, asked_at,
  cancellation_reason)
select min(hub_id), (array_agg(id order by starts_at))[1], min(starts_at), max(ends_at), %(patient)s, %(practice)s,
  %(organisation)s, %(ods)s, %(type)s, %(contact)s, %(user)s, %(name)s, %(source)s,
  %(reason)s, %(notes)s, 'booked', 1, %(key)s, %(quotas)s, %(replaces)s, %(now)s, %(asked_at)s, ''
from claimed
having count(*) = cardinality(%(slots)s::bigint[]) and sum(ends_at - starts_at) = max(ends_at) - min(starts_at)
on conflict do nothing
returning id
"""

# For what took place and is entered afterwards (`entering`): the same guards, but that it must not have begun.
CLAIM_LATE = CLAIM_AND_BOOK.replace(" and starts_at > %(now)s", "")

TAKE_SEATS = """
insert into appointments_bookedslot (organisation_id, booking_id, slot_id, is_live)
select hub_id, %(booking)s, id, true from appointments_slot where id = any(%(slots)s) order by id
on conflict do nothing
returning id
"""

# Raised (`by` above nought) only as far as there is something left; lowered always, never below nought.
COUNT_QUOTAS = """
with change as (select * from unnest(%(ids)s::bigint[], %(by)s::int[]) as change (id, by)),
held as (
  select quota.id from appointments_sessionquota quota join change on change.id = quota.id order by quota.id for update of quota)
update appointments_sessionquota quota set used = greatest(quota.used + change.by, 0)
from held join change on change.id = held.id
where quota.id = held.id and (change.by <= 0 or quota.used + change.by <= quota.at_most)
returning quota.id
"""

# Of a slot that was cancelled or blocked since, nothing is given back; an extra seat was made for one patient and goes.
FREE_SEATS = """
update appointments_slot slot set state = case when slot.extra_seat_of_id is null then 'free' else 'cancelled' end
from appointments_bookedslot seat
where seat.booking_id = %(booking)s and seat.is_live and slot.id = seat.slot_id and slot.state = 'booked'
"""
END_SEATS = "update appointments_bookedslot set is_live = false where booking_id = %(booking)s and is_live"

TYPES = {
    "slots": "bigint[]", "now": "timestamptz", "holds_as": "text", "patient": "bigint", "practice": "bigint",
    "organisation": "bigint", "ods": "text", "type": "text", "contact": "jsonb", "user": "text", "name": "text",
    "source": "text", "reason": "text", "notes": "text", "key": "text", "quotas": "bigint[]", "replaces": "bigint",
    "asked_at": "timestamptz", "booking": "bigint", "ids": "bigint[]", "by": "int[]",
}  # fmt: skip
"""Of the statements' places, for their preparation."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is written down of a booking. `slot_ids` touch one another; `patient_id` is the hub's own row. `is_late`: the slot
    has begun, and the caller has asked whether it may be entered all the same."""

    slot_ids: tuple[int, ...]
    patient_id: int
    practice_id: int | None
    source: BookingSource
    key: str
    reason: str = ""
    notes: str = ""
    quotas: tuple[QuotaFacts, ...] = ()
    replaces_id: int | None = None
    asked_at: datetime | None = None
    contact: Mapping[str, Any] = field(default_factory=dict)
    booked_by: str = ""
    booked_by_name: str = ""
    is_late: bool = False


def claim_and_book(*, actor: Actor, now: datetime, consumer: Consumer, claim: Claim) -> int | None:
    """The new booking's id, or None when somebody else has a slot or the key: then nothing is claimed either.

    Counting the booking against its quotas is the caller's, right afterwards (`count_quotas`).
    """
    slots = list(claim.slot_ids)
    values: dict[str, Any] = {
        "slots": slots,
        "now": now,
        "holds_as": holder_of(actor),
        "patient": claim.patient_id,
        "practice": claim.practice_id,
        "organisation": consumer.organisation_id,
        "ods": consumer.ods_code,
        "type": consumer.organisation_type if consumer.route is Route.GP_CONNECT else "",
        "contact": json.dumps(dict(claim.contact)),
        "user": claim.booked_by or actor.user,
        "name": claim.booked_by_name or actor.name,
        "source": claim.source,
        "reason": claim.reason,
        "notes": claim.notes,
        "key": claim.key,
        "quotas": [quota.id for quota in claim.quotas],
        "replaces": claim.replaces_id,
        "asked_at": claim.asked_at,
    }
    if len(slots) > 1:
        lock_slots(slots)
    # A savepoint: when the key is met after the slots were claimed, they would stay booked with nobody in them.
    with transaction.atomic():
        row = next(iter(prepared.rows(CLAIM_LATE if claim.is_late else CLAIM_AND_BOOK, TYPES, values)), None)
        if row is not None:
            taken = prepared.rows(TAKE_SEATS, TYPES, {"booking": row[0], "slots": slots})
            row = row if len(taken) == len(slots) else None
        if row is None:
            transaction.set_rollback(True)
    return row[0] if row else None


def lock_slots(slot_ids: Sequence[int]) -> None:
    """Hold these slots until the transaction ends: two people who swap two patients' slots don't wait for each other."""
    prepared.rows(LOCK_SLOTS, TYPES, {"slots": sorted(slot_ids)})


def count_quotas(change: Mapping[int, int], quotas: Sequence[QuotaFacts] = ()) -> None:
    """Change what these shares (by id) have used, by so many seats each. Raises QuotaUsed when one has not so much left."""
    by = {id_: seats for id_, seats in sorted(change.items()) if seats}
    if not by:
        return
    counted = {id_ for (id_,) in prepared.rows(COUNT_QUOTAS, TYPES, {"ids": list(by), "by": list(by.values())})}
    lacking = {id_ for id_, seats in by.items() if seats > 0} - counted
    if lacking:
        raise QuotaUsed(tuple(quota for quota in quotas if quota.id in lacking))


def give_back(booking_id: int) -> None:
    """The seats of a booking that is being cancelled. Which they are, its live seats say: what has been booked anew since is
    somebody else's."""
    for statement in (FREE_SEATS, END_SEATS):
        prepared.rows(statement, TYPES, {"booking": booking_id})
