"""Booking, cancelling, rebooking: one hot path, and so a few hand-written statements.

Two bookings of one slot can't both stand, for each of two reasons: the claim (compare-and-set of the slot's state) and,
behind it, the unique index on live bookings (`booking_one_live_a_slot`). `tests/proof/test_booking_race.py` takes each away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from pcnhub.care.appointments.models import BookedSlot, Booking, BookingEvent, Slot
from pcnhub.care.appointments.operations.choosing import refuse_unbookable
from pcnhub.care.appointments.operations.refusals import (
    BookingMoved,
    KeyReused,
    NotAllowedNow,
    SlotTaken,
    SlotUnknown,
)
from pcnhub.care.appointments.queries.bookings import booking, booking_grant, record_booking
from pcnhub.care.appointments.queries.slots import find_slot, nearest_free, slot_with_facts
from pcnhub.care.appointments.queries.views import BookingView, SlotView
from pcnhub.care.appointments.rules import BookingSource, BookingStatus, SlotState
from pcnhub.care.appointments.rules.booking import problems_of_request, refusal_to_cancel
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients import queries as patients
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.sharing.gate import Grant
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput

# The claim and the booking in one statement: no claim, no row. `on conflict do nothing` meets both unique indexes (one live
# booking a slot, one booking a key) without an error that would end the transaction; no row then says that one of them held.
CLAIM_AND_BOOK = """
with claimed as (
  update appointments_slot set state = 'booked'
  where id = %(slot)s and state = 'free' and starts_at > %(now)s
  returning id, hub_id, starts_at, ends_at
)
insert into appointments_booking (
  organisation_id, slot_id, starts_at, ends_at, patient_id, patient_practice_id, booked_by_organisation_id,
  booked_by_ods_code, booked_by_organisation_type, booked_by_contact, booked_by, booked_by_name, source,
  reason, notes, status, version, idempotency_key, replaces_id, booked_at, cancellation_reason)
select hub_id, id, starts_at, ends_at, %(patient)s, %(practice)s, %(organisation)s,
  %(ods)s, '', '{}', %(user)s, %(name)s, %(source)s,
  %(reason)s, %(notes)s, 'booked', 1, %(key)s, %(replaces)s, %(now)s, ''
from claimed
on conflict do nothing
returning id
"""
TAKE_SEAT = """
insert into appointments_bookedslot (organisation_id, booking_id, slot_id, is_live)
select hub_id, %(booking)s, id, true from appointments_slot where id = %(slot)s
on conflict do nothing
returning id
"""


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """Put a patient into a slot. `patient_id` is a row of the actor's own organisation: a practice's registered patient, or
    a patient whom the hub already holds. `idempotency_key` is the caller's own word for this wish: asked again, same answer.
    """

    slot_id: int
    patient_id: int
    idempotency_key: str
    reason: str = ""
    notes: str = ""
    patient_agrees: bool = False


@dataclass(frozen=True, slots=True)
class Booked:
    """The booking's id and version, and the slot. `warnings` are for the person who booked; `was_repeated`: it had been
    made before under this key."""

    booking_id: int
    version: int
    slot: SlotView
    warnings: tuple[str, ...] = ()
    was_repeated: bool = False


def book(*, actor: Actor, now: datetime, request: BookingRequest) -> Booked:
    """Book a slot for a patient, once.

    A practice's patient gets a temporary registration at the hub, never a regular one. Raises InvalidInput (every problem of
    the texts), NotPermitted, NotShared, NotFound, SlotUnavailable (every reason), SlotTaken (with the nearest free
    slots), KeyReused, and what `patients.register_temporarily` raises.
    """
    problems = problems_of_request(
        reason=request.reason,
        notes=request.notes,
        patient_agrees=request.patient_agrees,
        idempotency_key=request.idempotency_key,
    )
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        found = slot_with_facts(slot_id=request.slot_id)
        if found is None:
            raise SlotUnknown
        slot, facts = found
        grant = booking_grant(actor=actor, now=now, hub_id=slot.hub_id)
        earlier = _asked_before(actor, request, slot)
        if earlier is not None:
            return earlier
        refuse_unbookable(actor, now, slot, facts)
        own = patients.open_patient(
            actor=actor, now=now, patient_id=request.patient_id, reason="booking an appointment"
        )
        held = register_temporarily(
            actor=actor, now=now, hub_id=slot.hub_id, practice_patient_id=request.patient_id
        ).patient_id
        at_hub = actor.organisation.id == slot.hub_id
        home = own.registered_practice.id if own.registered_practice else None
        booking_id = _claim_and_book(
            actor,
            now,
            slot,
            patient_id=held,
            practice_id=home if at_hub else actor.organisation.id,
            reason=request.reason,
            notes=request.notes,
            key=request.idempotency_key,
        )
        if booking_id is None:
            return _lost_or_repeated(actor, now, request, slot)
        made = booking(actor=actor, booking_id=booking_id)
        put_on_record(actor, now, "appointments.booked", made, BookingStatus.BOOKED, grant)
        return Booked(booking_id, made.version, slot, _overlaps(held, slot, but=booking_id))


def cancel(*, actor: Actor, now: datetime, booking_id: int, version: int, reason: str = "") -> None:
    """Cancel a booking that is still ahead; its slot is free again.

    A practice cancels its own patients' bookings only. Raises NotFound, NotPermitted, NotShared, BookingMoved (somebody
    changed it since `version`), NotAllowedNow.
    """
    with unit_of_work(actor):
        view = booking(actor=actor, booking_id=booking_id)
        grant = booking_grant(actor=actor, now=now, hub_id=view.hub_id)
        _cancel(actor, now, view, version, grant, reason=reason)


def rebook(
    *,
    actor: Actor,
    now: datetime,
    booking_id: int,
    version: int,
    slot_id: int,
    idempotency_key: str,
    patient_agrees: bool = False,
) -> Booked:
    """Move a booking to another slot of the same hub, in one transaction: either both happen or neither.

    The new booking names the one that it replaces and keeps its reason and notes. Who agreed to one time has not agreed to
    another, so the patient's agreement is asked anew. Raises as `book` and `cancel` do.
    """
    problems = problems_of_request(reason="", notes="", patient_agrees=patient_agrees, idempotency_key=idempotency_key)
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        view = booking(actor=actor, booking_id=booking_id)
        grant = booking_grant(actor=actor, now=now, hub_id=view.hub_id)
        slot = find_slot(slot_id=slot_id)
        if slot is None or slot.hub_id != view.hub_id:
            raise SlotUnknown
        # Both slots, always in the order of their ids: two people who swap two patients' slots don't wait for each other.
        list(Slot.objects.select_for_update().filter(pk__in=[view.slot.id, slot_id]).order_by("pk").values_list("pk"))
        # Looked for behind the lock: of a move that is sent twice at once, the second waits there and finds the first.
        done = _moved_before(actor, idempotency_key, booking_id, slot)
        if done is not None:
            return done
        _refuse_cancelling(view, version, now)
        held = slot_with_facts(slot_id=slot_id)
        if held is None:
            raise SlotUnknown
        refuse_unbookable(actor, now, *held)
        new_id = _claim_and_book(
            actor,
            now,
            slot,
            patient_id=view.patient_id,
            practice_id=view.practice_id,
            reason=view.reason,
            notes=view.notes,
            key=idempotency_key,
            replaces_id=view.id,
        )
        if new_id is None:
            _moved_before(actor, idempotency_key, booking_id, slot)  # the slot was held and free: it was the key
            raise SlotTaken(nearest_free(actor=actor, now=now, slot=slot))
        _cancel(actor, now, view, version, grant, reason="rebooked")
        made = booking(actor=actor, booking_id=new_id)
        put_on_record(actor, now, "appointments.rebooked", made, BookingStatus.BOOKED, grant)
        return Booked(new_id, made.version, slot, _overlaps(view.patient_id, slot, but=new_id))


def _asked_before(actor: Actor, request: BookingRequest, slot: SlotView) -> Booked | None:
    """The booking that this key made, however its status moved since; KeyReused when it was about something else."""
    row = (
        Booking.objects.filter(booked_by_ods_code=actor.organisation.ods_code, idempotency_key=request.idempotency_key)
        .select_related("patient")
        .first()
    )
    if row is None:
        return None
    same_patient = request.patient_id in (row.patient_id, row.patient.registered_patient_id)
    if not same_patient or (row.slot_id, row.reason, row.notes) != (request.slot_id, request.reason, request.notes):
        raise _key_reused()
    return Booked(row.pk, row.version, slot, was_repeated=True)


def _moved_before(actor: Actor, key: str, booking_id: int, slot: SlotView) -> Booked | None:
    """The booking that this key made of that one, however its status moved since; KeyReused when it was of another."""
    row = Booking.objects.filter(booked_by_ods_code=actor.organisation.ods_code, idempotency_key=key).first()
    if row is None:
        return None
    if (row.replaces_id, row.slot_id) != (booking_id, slot.id):
        raise _key_reused()
    return Booked(row.pk, row.version, slot, was_repeated=True)


def _key_reused() -> KeyReused:
    return KeyReused("This request has the key of an earlier one, but asks for something else.")


def _claim_and_book(
    actor: Actor,
    now: datetime,
    slot: SlotView,
    *,
    patient_id: int,
    practice_id: int | None,
    reason: str,
    notes: str,
    key: str,
    replaces_id: int | None = None,
) -> int | None:
    """The new booking's id, or None when somebody else has the slot or the key: then nothing is claimed either."""
    values: dict[str, Any] = {
        "slot": slot.id,
        "now": now,
        "patient": patient_id,
        "practice": practice_id,
        "organisation": actor.organisation.id,
        "ods": actor.organisation.ods_code,
        "user": actor.user,
        "name": actor.name,
        "source": _source(actor),
        "reason": reason,
        "notes": notes,
        "key": key,
        "replaces": replaces_id,
    }
    # A savepoint: when the key is met after the slot was claimed, the slot would stay booked with nobody in it.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM_AND_BOOK, values)
        row = cursor.fetchone()
        if row is not None:
            cursor.execute(TAKE_SEAT, {"booking": row[0], "slot": slot.id})
            row = row if cursor.fetchone() else None
        if row is None:
            transaction.set_rollback(True)
    return row[0] if row else None


def _lost_or_repeated(actor: Actor, now: datetime, request: BookingRequest, slot: SlotView) -> Booked:
    """The claim found no free slot: the same request, sent twice at once, may have taken it; else somebody was faster."""
    earlier = _asked_before(actor, request, slot)
    if earlier is not None:
        return earlier
    raise SlotTaken(nearest_free(actor=actor, now=now, slot=slot))


def _source(actor: Actor) -> BookingSource:
    return BookingSource.HUB if actor.organisation.kind == OrganisationKind.HUB else BookingSource.PRACTICE


def _overlaps(patient_id: int, slot: SlotView, *, but: int) -> tuple[str, ...]:
    """A warning, never a refusal: two short appointments side by side may be meant."""
    others = Booking.objects.filter(
        patient=patient_id, slot__starts_at__lt=slot.ends_at, slot__ends_at__gt=slot.starts_at
    ).exclude(status=BookingStatus.CANCELLED)
    if not others.exclude(pk=but).exists():
        return ()
    return (
        "The patient has another appointment at the hub at this time. Keep the one that is needed, cancel the other.",
    )


def _refuse_cancelling(view: BookingView, version: int, now: datetime) -> None:
    if view.version != version:
        raise BookingMoved("This appointment has changed since you looked at it.")
    why_not = refusal_to_cancel(status=view.status, starts_at=view.slot.starts_at, now=now)
    if why_not:
        raise NotAllowedNow(
            why_not, remedy="Look at the appointment again.", who_can="the hub's reception, on the clinic list"
        )


def _cancel(actor: Actor, now: datetime, view: BookingView, version: int, grant: Grant, *, reason: str) -> None:
    """The slot back, and compare-and-set on version and status; a slot that was cancelled or blocked since stays so.

    First the slot, then its booking, as everybody takes them (`rebook`, `cancel_session`): nobody waits for each other.
    """
    _refuse_cancelling(view, version, now)
    Slot.objects.filter(pk=view.slot.id, state=SlotState.BOOKED).update(state=SlotState.FREE)
    moved = Booking.objects.filter(pk=view.id, version=version, status=BookingStatus.BOOKED).update(
        status=BookingStatus.CANCELLED, version=version + 1, cancelled_at=now, cancellation_reason=reason
    )
    if moved != 1:
        raise BookingMoved("This appointment has changed since you looked at it.")
    BookedSlot.objects.filter(booking=view.id, is_live=True).update(is_live=False)
    put_on_record(
        actor, now, "appointments.cancelled", view, BookingStatus.CANCELLED, grant, reason=reason, version=version + 1
    )


def put_on_record(
    actor: Actor,
    now: datetime,
    fact: str,
    view: BookingView,
    status: BookingStatus,
    grant: Grant,
    *,
    reason: str = "",
    version: int = 1,
) -> None:
    """What follows from every change of a booking, in its transaction: its event, the audit, the news.

    Handlers of the news act for the hub, whose book it is.
    """
    BookingEvent.objects.create(
        organisation_id=view.hub_id,
        booking_id=view.id,
        status=status,
        at=now,
        by=actor.user,
        by_name=actor.name,
        reason=reason,
    )
    record_booking(actor=actor, now=now, action=fact, view=view, grant=grant, reason=reason, status=status)
    publish(
        actor=actor,
        now=now,
        fact=fact,
        key=f"{view.id}:{version}",
        payload={"booking_id": view.id},
        organisation_id=view.hub_id,
        ordering_key=f"booking:{view.id}",
    )
