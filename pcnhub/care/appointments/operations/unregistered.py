"""Booking somebody whom no list here names: with what they say of themselves, at the hub, to be traced before the clinic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.appointments.models import BookedSlot, Booking
from pcnhub.care.appointments.operations import claiming
from pcnhub.care.appointments.operations.booking import Booked, claim_run, key_reused, overlaps, row_of_key, source_of
from pcnhub.care.appointments.operations.choosing import known_slot, refuse_unbookable, run_of
from pcnhub.care.appointments.operations.entering import is_entered_late, record_entered_late
from pcnhub.care.appointments.operations.overriding import make_extra_seat
from pcnhub.care.appointments.operations.recording import put_on_record
from pcnhub.care.appointments.operations.refusals import SlotTaken
from pcnhub.care.appointments.queries.bookings import booking, booking_grant
from pcnhub.care.appointments.queries.consumers import staff_consumer
from pcnhub.care.appointments.queries.judging import JudgedSlot
from pcnhub.care.appointments.queries.slots import nearest_free
from pcnhub.care.appointments.queries.views import SlotView
from pcnhub.care.appointments.rules import BookingSource, BookingStatus
from pcnhub.care.appointments.rules.booking import problems_of_request
from pcnhub.care.appointments.rules.visibility import Consumer
from pcnhub.care.patients.operations import register_unregistered
from pcnhub.care.patients.queries import PatientView, likely_matches
from pcnhub.care.patients.rules.tracing import UnregisteredPerson, problems_of_person
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput


class LikelyKnown(Conflict):
    """Somebody who is held here may be this person: whoever books looks first (`patients.likely_matches` shows them).
    `is_certain`: one has this very NHS number, so that there is nothing to decide."""

    code = "likely-known"
    remedy = "Compare name and date of birth. Book that patient, or say that none of them is the person."

    def __init__(self, matches: tuple[PatientView, ...], *, is_certain: bool) -> None:
        who = "One of your own patients has this NHS number" if is_certain else "The person may be on your own list"
        super().__init__(f"{who}: nothing was booked.")
        self.ids = tuple(match.id for match in matches)
        self.is_certain = is_certain


class _Lost(Exception):
    """A slot, or the key, was somebody else's: the person is not put down either."""


@dataclass(frozen=True, slots=True)
class UnregisteredRequest:
    """Put somebody into a slot whom no list names. `idempotency_key` is the caller's own word for this wish: asked again,
    same answer. `is_none_of_these`: whoever books has seen who may be the person, and says that none of them is.
    `override_reason`, `entered_late`: as of a `BookingRequest`."""

    slot_id: int
    person: UnregisteredPerson
    idempotency_key: str
    reason: str = ""
    notes: str = ""
    patient_agrees: bool = False
    slots: int = 1
    is_none_of_these: bool = False
    override_reason: str = ""
    entered_late: str = ""


def book_unregistered(*, actor: Actor, now: datetime, request: UnregisteredRequest) -> Booked:
    """Book a slot for somebody who is on no list here, once. The patient's organisation is the hub, never the practice.

    Consent is compulsory (`domain.md` 8.1). Who may be a patient of the actor's own is shown first (LikelyKnown); a patient
    with that very NHS number is never booked as unknown. Raises InvalidInput (every problem), NotPermitted, NotShared,
    LikelyKnown, SlotUnknown, NotAdjacent, SlotUnavailable, SlotTaken, QuotaUsed, KeyReused, NotAllowedNow.
    """
    problems = [
        *problems_of_person(request.person, today=london_date(now)),
        *problems_of_request(
            reason=request.reason,
            notes=request.notes,
            patient_agrees=request.patient_agrees,
            idempotency_key=request.idempotency_key,
        ),
    ]
    if problems:
        raise InvalidInput(problems)
    person = request.person.tidied()
    with unit_of_work(actor):
        wanted = known_slot(request.slot_id)
        grant = booking_grant(actor=actor, now=now, hub_id=wanted.slot.hub_id)
        earlier = _asked_before(actor, request, person, wanted.slot)
        if earlier is not None:
            return earlier
        consumer = staff_consumer(actor=actor, agreement_effective=True)  # else the gate has refused already
        is_late = is_entered_late(actor, now, wanted.slot, request.entered_late)
        run = run_of(wanted, request.slots)
        try:
            if not request.override_reason:
                refuse_unbookable(actor, now, run, consumer, is_late=is_late)
        except SlotTaken:  # perhaps by this very request, sent twice and done since the key was looked for
            return _lost_or_repeated(actor, now, request, person, wanted.slot)
        _refuse_known(actor, now, person, request)
        try:
            booking_id = _put_down_and_claim(actor, now, request, person, run, consumer, is_late=is_late)
        except _Lost:
            return _lost_or_repeated(actor, now, request, person, wanted.slot)
        made = booking(actor=actor, booking_id=booking_id)
        why = request.entered_late if is_late else ""
        put_on_record(actor, now, "appointments.booked", made, BookingStatus.BOOKED, grant, reason=why)
        if is_late:
            record_entered_late(actor, now, made, grant, why)
        return Booked(booking_id, made.version, made.slot, overlaps(made))


def _put_down_and_claim(
    actor: Actor,
    now: datetime,
    request: UnregisteredRequest,
    person: UnregisteredPerson,
    run: Sequence[JudgedSlot],
    consumer: Consumer,
    *,
    is_late: bool,
) -> int:
    """Both or neither: whoever loses the slot leaves nobody behind."""
    source = source_of(actor)
    with unit_of_work(actor):
        claim = claiming.Claim(
            slot_ids=(),
            patient_id=register_unregistered(actor=actor, now=now, hub_id=run[0].slot.hub_id, person=person),
            practice_id=actor.organisation.id if source is BookingSource.PRACTICE else None,
            source=source,
            key=request.idempotency_key,
            reason=request.reason,
            notes=request.notes,
            is_late=is_late,
        )
        if request.override_reason:
            why = request.override_reason
            run = [make_extra_seat(actor, now, run[0], reason=why, patient_id=claim.patient_id, is_late=is_late)]
        booking_id = claim_run(actor, now, run, consumer, claim)
        if booking_id is None:
            raise _Lost
        return booking_id


def _refuse_known(actor: Actor, now: datetime, person: UnregisteredPerson, request: UnregisteredRequest) -> None:
    matches = likely_matches(actor=actor, now=now, person=person)
    certain = tuple(match for match in matches if person.nhs_number and match.number == person.nhs_number)
    if certain:
        raise LikelyKnown(certain, is_certain=True)
    if matches and not request.is_none_of_these:
        raise LikelyKnown(matches, is_certain=False)


def _asked_before(
    actor: Actor, request: UnregisteredRequest, person: UnregisteredPerson, slot: SlotView
) -> Booked | None:
    """The booking that this key made, whoever the person has turned out to be since; KeyReused when it was another wish."""
    row = row_of_key(actor, request.idempotency_key)
    if row is None:
        return None
    asked_for = (row.slot_id, row.slot.extra_seat_of_id)
    same_slots = request.slot_id in asked_for and BookedSlot.objects.filter(booking=row.pk).count() == request.slots
    same_words = (row.reason, row.notes) == (request.reason, request.notes)
    if not (same_slots and same_words and _is_same_person(row, person)):
        raise key_reused()
    return Booked(row.pk, row.version, slot, was_repeated=True)


def _is_same_person(row: Booking, person: UnregisteredPerson) -> bool:
    held = row.patient
    if held.nhs_number is not None:  # traced since: the names are the service's by now
        return True
    return (held.given_name, held.family_name, held.birth_date) == (
        person.given_name,
        person.family_name,
        person.birth_date,
    )


def _lost_or_repeated(
    actor: Actor, now: datetime, request: UnregisteredRequest, person: UnregisteredPerson, slot: SlotView
) -> Booked:
    """The claim found no free slot: the same request, sent twice at once, may have taken it; else somebody was faster."""
    earlier = _asked_before(actor, request, person, slot)
    if earlier is not None:
        return earlier
    raise SlotTaken(nearest_free(actor=actor, now=now, slot=slot))
