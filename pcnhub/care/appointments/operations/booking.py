"""Booking a slot, or several that touch, for a patient; and moving a booking to another time.

How seats are taken, and what stands behind "one slot, one booking", is in `claiming.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from pcnhub.care.appointments.models import BookedSlot, Booking
from pcnhub.care.appointments.operations import claiming
from pcnhub.care.appointments.operations.choosing import known_slot, refuse_unbookable, run_of
from pcnhub.care.appointments.operations.entering import is_entered_late, record_entered_late
from pcnhub.care.appointments.operations.overriding import make_extra_seat
from pcnhub.care.appointments.operations.recording import put_on_record
from pcnhub.care.appointments.operations.refusals import (
    KeyReused,
    NotAdjacent,
    QuotaUsed,
    SlotTaken,
    SlotUnavailable,
    SlotUnknown,
)
from pcnhub.care.appointments.operations.withdrawing import cancel_view, refuse_cancelling
from pcnhub.care.appointments.queries.bookings import booking, booking_grant
from pcnhub.care.appointments.queries.consumers import staff_consumer
from pcnhub.care.appointments.queries.judging import JudgedSlot
from pcnhub.care.appointments.queries.slots import alike, nearest_free
from pcnhub.care.appointments.queries.views import BookingView, SlotView
from pcnhub.care.appointments.rules import BookingSource, BookingStatus
from pcnhub.care.appointments.rules.adjacency import MOST_SLOTS
from pcnhub.care.appointments.rules.booking import problems_of_request
from pcnhub.care.appointments.rules.visibility import Consumer, counted_quotas
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients import queries as patients
from pcnhub.care.patients.operations import NotRegistrable, register_temporarily
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """Put a patient into a slot. `patient_id` is a row of the actor's own organisation: a practice's registered patient, or
    a patient whom the hub already holds. `idempotency_key` is the caller's own word for this wish: asked again, same answer.

    `slots`: so many that touch, from `slot_id` on, as one appointment. `any_clinician`: another slot of the same time, type
    and channel will do when this one is gone. `override_reason`: an extra seat beside the slot, whatever its state; for
    whoever manages the rota. `entered_late`: why it is booked only now that it has begun or is over (`entering`).
    """

    slot_id: int
    patient_id: int
    idempotency_key: str
    reason: str = ""
    notes: str = ""
    patient_agrees: bool = False
    slots: int = 1
    any_clinician: bool = False
    override_reason: str = ""
    entered_late: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """The booking's id and version, and its first slot. `warnings` are for the person who booked; `was_repeated`: it had
    been made before under this key."""

    booking_id: int
    version: int
    slot: SlotView
    warnings: tuple[str, ...] = ()
    was_repeated: bool = False


def book(*, actor: Actor, now: datetime, request: BookingRequest) -> Booked:
    """Book a slot for a patient, once.

    A practice's patient gets a temporary registration at the hub, never a regular one. Raises InvalidInput (every problem of
    the texts), NotPermitted, NotShared, NotFound, NotAdjacent, SlotUnavailable (every reason), SlotTaken (with the nearest
    free slots), QuotaUsed, KeyReused, and what `patients.register_temporarily` raises.
    """
    problems = _problems_of(request)
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        wanted = known_slot(request.slot_id)
        grant = booking_grant(actor=actor, now=now, hub_id=wanted.slot.hub_id)
        earlier = _asked_before(actor, request, wanted.slot)
        if earlier is not None:
            return earlier
        consumer = staff_consumer(actor=actor, agreement_effective=True)  # else the gate has refused already
        is_late = is_entered_late(actor, now, wanted.slot, request.entered_late)
        if not request.any_clinician and not request.override_reason:
            try:
                refuse_unbookable(actor, now, run_of(wanted, request.slots), consumer, is_late=is_late)
            except SlotTaken:  # perhaps by this very request, sent twice and done since the key was looked for
                return _lost_or_repeated(actor, now, request, wanted.slot)
        own = patients.open_patient(
            actor=actor, now=now, patient_id=request.patient_id, reason="booking an appointment"
        )
        held = register_temporarily(
            actor=actor, now=now, hub_id=wanted.slot.hub_id, practice_patient_id=request.patient_id
        ).patient_id
        at_hub = actor.organisation.id == wanted.slot.hub_id
        home = own.registered_practice.id if own.registered_practice else None
        claim = claiming.Claim(
            slot_ids=(),
            patient_id=held,
            practice_id=home if at_hub else actor.organisation.id,
            source=source_of(actor),
            key=request.idempotency_key,
            reason=request.reason,
            notes=request.notes,
            is_late=is_late,
        )
        booking_id = _first_that_is_free(actor, now, request, wanted, consumer, claim)
        if booking_id is None:
            return _lost_or_repeated(actor, now, request, wanted.slot)
        made = booking(actor=actor, booking_id=booking_id)
        why = request.entered_late if is_late else ""
        put_on_record(actor, now, "appointments.booked", made, BookingStatus.BOOKED, grant, reason=why)
        if is_late:
            record_entered_late(actor, now, made, grant, why)
        return Booked(booking_id, made.version, made.slot, overlaps(made))


def rebook(
    *,
    actor: Actor,
    now: datetime,
    booking_id: int,
    version: int,
    slot_id: int,
    idempotency_key: str,
    patient_agrees: bool = False,
    slots: int | None = None,
) -> Booked:
    """Move a booking to another slot of the same hub, in one transaction: either both happen or neither.

    It takes as many slots there as here, unless `slots` says how many. The new booking names the one that it replaces and
    keeps its reason and notes. Who agreed to one time has not agreed to another, so the patient's agreement is asked anew.
    Raises as `book` and `cancel` do.
    """
    problems = problems_of_request(reason="", notes="", patient_agrees=patient_agrees, idempotency_key=idempotency_key)
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        view = booking(actor=actor, booking_id=booking_id)
        grant = booking_grant(actor=actor, now=now, hub_id=view.hub_id)
        wanted = known_slot(slot_id)
        if wanted.slot.hub_id != view.hub_id:
            raise SlotUnknown
        run = run_of(wanted, slots or len(view.slot_ids) or 1)
        # Old and new, always in the order of their ids: two people who swap two patients' slots don't wait for each other.
        claiming.lock_slots([*view.slot_ids, *(each.slot.id for each in run)])
        view = booking(actor=actor, booking_id=booking_id)  # behind the lock: a share may count it since
        # Looked for behind the lock: of a move that is sent twice at once, the second waits there and finds the first.
        done = _moved_before(actor, idempotency_key, booking_id, wanted.slot)
        if done is not None:
            return done
        refuse_cancelling(view, version, now)
        _refuse_the_dead(view)
        consumer = staff_consumer(actor=actor, agreement_effective=True)
        # The old seats first: an appointment of two slots may move by one.
        cancel_view(actor, now, view, grant, reason="rebooked", quotas_are_counted=True)
        try:
            new_id = _take_instead(actor, now, view, slot_id, len(run), idempotency_key, consumer)
        except SlotTaken as taken:  # what is given back here is given back for this move alone
            raise SlotTaken(tuple(slot for slot in taken.alternatives if slot.id not in view.slot_ids)) from taken
        made = booking(actor=actor, booking_id=new_id)
        put_on_record(actor, now, "appointments.rebooked", made, BookingStatus.BOOKED, grant)
        return Booked(new_id, made.version, made.slot, overlaps(made))


def _refuse_the_dead(view: BookingView) -> None:
    """A new time for somebody who has died would reach their family."""
    if view.registration == RegistrationState.DECEASED:
        raise NotRegistrable(
            "This person is recorded as deceased: their appointment can be cancelled, not moved.",
            code="deceased",
            remedy="If that is wrong, have it corrected in the practice's system and imported again.",
            who_can=f"the practice ({view.practice})",
        )


def _take_instead(
    actor: Actor, now: datetime, view: BookingView, slot_id: int, slots: int, key: str, consumer: Consumer
) -> int:
    """The new booking of one that moves; its share is counted in one step with what the old one gives back."""
    run = [_without(each, view) for each in run_of(known_slot(slot_id), slots)]
    refuse_unbookable(actor, now, run, consumer)
    quotas = counted_quotas(run[0].facts.quotas, consumer)
    claim = claiming.Claim(
        slot_ids=tuple(each.slot.id for each in run),
        patient_id=view.patient_id,
        practice_id=view.practice_id,
        source=source_of(actor),
        key=key,
        reason=view.reason,
        notes=view.notes,
        quotas=quotas,
        replaces_id=view.id,
    )
    new_id = claiming.claim_and_book(actor=actor, now=now, consumer=consumer, claim=claim)
    if new_id is None:
        _moved_before(actor, key, view.id, run[0].slot)  # the slots were held and free: it was the key
        raise SlotTaken(nearest_free(actor=actor, now=now, slot=run[0].slot))
    change = Counter({quota.id: len(run) for quota in quotas})
    change.subtract(dict.fromkeys(view.counted_quota_ids, len(view.slot_ids)))
    claiming.count_quotas(change, quotas)
    return new_id


def _without(judged: JudgedSlot, leaving: BookingView) -> JudgedSlot:
    """The slot as it is judged for a booking that leaves a place of the same share."""
    back = dict.fromkeys(leaving.counted_quota_ids, len(leaving.slot_ids))
    quotas = tuple(replace(quota, used=quota.used - back.get(quota.id, 0)) for quota in judged.facts.quotas)
    return replace(judged, facts=replace(judged.facts, quotas=quotas))


def claim_run(
    actor: Actor, now: datetime, run: Sequence[JudgedSlot], consumer: Consumer, claim: claiming.Claim
) -> int | None:
    """Take these seats and count them: the booking's id, or None when somebody else has a slot or the key. Raises
    QuotaUsed."""
    quotas = counted_quotas(run[0].facts.quotas, consumer)
    asked = replace(claim, slot_ids=tuple(each.slot.id for each in run), quotas=quotas)
    booking_id = claiming.claim_and_book(actor=actor, now=now, consumer=consumer, claim=asked)
    if booking_id is not None:
        claiming.count_quotas({quota.id: len(run) for quota in quotas}, quotas)
    return booking_id


def source_of(actor: Actor) -> BookingSource:
    if actor.patient:
        return BookingSource.ONLINE
    return BookingSource.HUB if actor.organisation.kind == OrganisationKind.HUB else BookingSource.PRACTICE


def overlaps(made: BookingView) -> tuple[str, ...]:
    """A warning, never a refusal: two short appointments side by side may be meant."""
    others = Booking.objects.filter(
        patient=made.patient_id, starts_at__lt=made.slot.ends_at, ends_at__gt=made.slot.starts_at
    ).exclude(status=BookingStatus.CANCELLED)
    if not others.exclude(pk=made.id).exists():
        return ()
    return (
        "The patient has another appointment at the hub at this time. Keep the one that is needed, cancel the other.",
    )


def _problems_of(request: BookingRequest) -> list[Problem]:
    problems = problems_of_request(
        reason=request.reason,
        notes=request.notes,
        patient_agrees=request.patient_agrees,
        idempotency_key=request.idempotency_key,
    )
    if not 1 <= request.slots <= MOST_SLOTS:
        problems.append(
            Problem(
                "slots",
                "out-of-range",
                f"An appointment takes 1 to {MOST_SLOTS} slots",
                "Choose how long it is to be.",
                str(request.slots),
            )
        )
    return problems


def _first_that_is_free(
    actor: Actor,
    now: datetime,
    request: BookingRequest,
    wanted: JudgedSlot,
    consumer: Consumer,
    claim: claiming.Claim,
) -> int | None:
    """The slot that was asked for; an extra seat beside it; or, with any clinician, the first of its kind that is not lost."""
    if request.override_reason:
        return _extra_seat(actor, now, request, wanted, consumer, claim)
    if not request.any_clinician:
        return claim_run(actor, now, run_of(wanted, request.slots), consumer, claim)
    for other in [wanted.slot, *alike(actor=actor, now=now, slot=wanted.slot)]:
        try:
            with transaction.atomic():
                run = run_of(known_slot(other.id), request.slots)
                refuse_unbookable(actor, now, run, consumer)
                booking_id = claim_run(actor, now, run, consumer, claim)
        except (SlotTaken, SlotUnavailable, NotAdjacent, QuotaUsed):
            continue  # lost, or not for this organisation: the next clinician
        if booking_id is not None or row_of_key(actor, request.idempotency_key):
            return booking_id
    return None


def _extra_seat(
    actor: Actor,
    now: datetime,
    request: BookingRequest,
    wanted: JudgedSlot,
    consumer: Consumer,
    claim: claiming.Claim,
) -> int | None:
    """When the key is met, the seat is not made, nor put on record: it would stand there for nobody."""
    try:
        with unit_of_work(actor):
            seat = make_extra_seat(
                actor, now, wanted, reason=request.override_reason, patient_id=claim.patient_id, is_late=claim.is_late
            )
            booking_id = claim_run(actor, now, [seat], consumer, claim)
            if booking_id is None:
                raise _KeyMet
    except _KeyMet:
        return None
    return booking_id


class _KeyMet(Exception):
    """The same request was done meanwhile."""


def _asked_before(actor: Actor, request: BookingRequest, slot: SlotView) -> Booked | None:
    """The booking that this key made, however its status moved since; KeyReused when it was about something else."""
    row = row_of_key(actor, request.idempotency_key)
    if row is None:
        return None
    same_patient = request.patient_id in (row.patient_id, row.patient.registered_patient_id)
    asked_for = {row.slot_id, row.slot.extra_seat_of_id}
    same_slot = request.slot_id in asked_for or (request.any_clinician and row.starts_at == slot.starts_at)
    same_length = BookedSlot.objects.filter(booking=row.pk).count() == request.slots
    same_words = (row.reason, row.notes) == (request.reason, request.notes)
    if not (same_patient and same_slot and same_length and same_words):
        raise key_reused()
    return Booked(row.pk, row.version, slot, was_repeated=True)


def _moved_before(actor: Actor, key: str, booking_id: int, slot: SlotView) -> Booked | None:
    """The booking that this key made of that one, however its status moved since; KeyReused when it was of another."""
    row = row_of_key(actor, key)
    if row is None:
        return None
    if (row.replaces_id, row.slot_id) != (booking_id, slot.id):
        raise key_reused()
    return Booked(row.pk, row.version, slot, was_repeated=True)


def row_of_key(actor: Actor, key: str) -> Booking | None:
    rows = Booking.objects.filter(booked_by_ods_code=actor.organisation.ods_code, idempotency_key=key)
    return rows.select_related("patient", "slot").first()


def key_reused() -> KeyReused:
    return KeyReused("This request has the key of an earlier one, but asks for something else.")


def _lost_or_repeated(actor: Actor, now: datetime, request: BookingRequest, slot: SlotView) -> Booked:
    """The claim found no free slot: the same request, sent twice at once, may have taken it; else somebody was faster."""
    earlier = _asked_before(actor, request, slot)
    if earlier is not None:
        return earlier
    raise SlotTaken(nearest_free(actor=actor, now=now, slot=slot))
