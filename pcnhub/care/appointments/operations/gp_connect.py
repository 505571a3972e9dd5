"""What GP Connect's consumers do in a hub's book: book, and amend. The actor is the hub's own, named after who asks; which
organisation that is, the consumer says. Cancelling is `cancel`, as everybody's.

Source: GP Connect 1.2.7, book, amend and cancel an appointment; `domain.md` 5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations import claiming
from pcnhub.care.appointments.operations.booking import claim_run
from pcnhub.care.appointments.operations.choosing import refuse_unbookable, these_slots
from pcnhub.care.appointments.operations.recording import Concerned, put_on_record
from pcnhub.care.appointments.operations.refusals import BookingMoved, KeyReused, NotAllowedNow, SlotTaken
from pcnhub.care.appointments.queries.appointment import (
    AppointmentView,
    kept_appointment,
    no_such_appointment,
    no_such_registration,
)
from pcnhub.care.appointments.queries.bookings import booking, booking_grant
from pcnhub.care.appointments.queries.judging import JudgedSlot
from pcnhub.care.appointments.queries.narrow import booked_by_key
from pcnhub.care.appointments.rules import BookingSource, BookingStatus
from pcnhub.care.appointments.rules.booking import NOTES_AT_MOST, REASON_AT_MOST, problems_of_texts, refusal_to_change
from pcnhub.care.appointments.rules.visibility import Consumer, Route
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.operations import keep_open
from pcnhub.care.patients.queries import is_reliable, own_registration
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


@dataclass(frozen=True, slots=True)
class ConsumerBooking:
    """An appointment as a consumer asks for it. `patient_id` is the hub's own row; `starts_at` and `ends_at` those of the
    first and the last slot; `created_at` and `contact` (name, telecom) are kept as sent. `idempotency_key` is the caller's
    own word for this wish: asked again, same answer."""

    slot_ids: tuple[int, ...]
    patient_id: int
    starts_at: datetime
    ends_at: datetime
    idempotency_key: str
    description: str = ""
    comment: str = ""
    created_at: datetime | None = None
    contact: Mapping[str, Any] = field(default_factory=dict)
    organisation_type: str = ""
    booked_by_user: str = ""
    booked_by_name: str = ""


def book_for(
    *,
    actor: Actor,
    now: datetime,
    consumer: Consumer,
    request: ConsumerBooking,
    inspect: Callable[[AppointmentView], None] | None = None,
) -> AppointmentView:
    """Book slots that touch, of the actor's own hub, for a patient whom it holds; once.

    `inspect` sees what was just made, and may raise: then nothing was. Of a request that was done before it is not asked, since
    the appointment may have moved on (another clinician's, by now).
    Raises InvalidInput (texts too long, times that are not the slots'), NotPermitted, NotFound (no such patient, or a
    protected one), SlotUnknown, NotAdjacent, SlotTaken (not free), SlotUnavailable (every reason), QuotaUsed, KeyReused,
    BookingMoved (asked before, and cancelled since).
    """
    if consumer.route is not Route.GP_CONNECT:
        raise ValueError("book_for is for GP Connect's consumers: the pages call book")
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        earlier = _asked_before(actor, consumer, request)
        if earlier is not None:
            return earlier
        chosen = these_slots(request.slot_ids, hub_id=actor.organisation.id)
        problems = _problems_of(request, chosen)
        if problems:
            raise InvalidInput(problems)
        patient = own_registration(actor=actor, patient_id=request.patient_id)
        if patient.registration_state != RegistrationState.ACTIVE:
            raise no_such_registration()
        keep_open(now=now, registration=patient)
        try:
            refuse_unbookable(actor, now, chosen, consumer)
        except SlotTaken:  # perhaps by this very request, sent twice and done since the key was looked for
            return _lost_or_repeated(actor, consumer, request)
        claim = claiming.Claim(
            slot_ids=(),
            patient_id=patient.id,
            practice_id=patient.registered_practice.id if patient.registered_practice else None,
            source=BookingSource.GP_CONNECT,
            key=request.idempotency_key,
            reason=request.description,
            notes=request.comment,
            asked_at=request.created_at,
            contact=request.contact,
            booked_by=request.booked_by_user,
            booked_by_name=request.booked_by_name,
        )
        booking_id = claim_run(actor, now, chosen, consumer, claim)
        if booking_id is None:
            return _lost_or_repeated(actor, consumer, request)
        made = kept_appointment(hub_id=actor.organisation.id, booking_id=booking_id)
        if made is None:
            raise no_such_appointment()  # row security would have to have refused what it has just let in
        concerned = Concerned(
            booking_id, made.view.hub_id, made.view.patient_id, made.nhs_number, made.practice_id, chosen[0].slot
        )
        put_on_record(actor, now, "appointments.booked", concerned, BookingStatus.BOOKED, grant)
        if not is_reliable(
            patient, now=now, verifies=True
        ):  # asked after by a job: nobody waits for another service here
            publish(
                actor=actor,
                now=now,
                fact="appointments.booked-on-old-trace",
                key=str(booking_id),
                payload={"booking_id": booking_id, "patient_id": patient.id},
            )
        if inspect:
            inspect(made.view)
        return made.view


def amend(
    *, actor: Actor, now: datetime, booking_id: int, version: int | None, description: str, comment: str
) -> AppointmentView:
    """Change the two texts of an appointment that is still ahead; any organisation of the deal may, whoever booked it.

    `version` None: whoever asks has not said which they looked at. Unchanged texts change nothing. Raises InvalidInput,
    NotPermitted, NotFound, BookingMoved, NotAllowedNow (past, cancelled, or under way).
    """
    problems = problems_of_texts({"description": (description, REASON_AT_MOST), "comment": (comment, NOTES_AT_MOST)})
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        view = booking(actor=actor, booking_id=booking_id)
        grant = booking_grant(actor=actor, now=now, hub_id=view.hub_id)
        if version is not None and view.version != version:
            raise BookingMoved("This appointment has changed since you looked at it.")
        why_not = refusal_to_change(status=view.status, starts_at=view.slot.starts_at, now=now)
        if why_not:
            raise NotAllowedNow(why_not, remedy="Look at the appointment again.", who_can="the hub's reception")
        if (view.reason, view.notes) != (description, comment):
            moved = Booking.objects.filter(pk=booking_id, version=view.version, status=BookingStatus.BOOKED).update(
                reason=description, notes=comment, version=view.version + 1, changed_at=now
            )
            if moved != 1:
                raise BookingMoved("This appointment has changed since you looked at it.")
            put_on_record(
                actor, now, "appointments.amended", view, BookingStatus.BOOKED, grant, version=view.version + 1
            )
        kept = kept_appointment(hub_id=actor.organisation.id, booking_id=booking_id)
        if kept is None:
            raise no_such_appointment()
        return kept.view


def _lost_or_repeated(actor: Actor, consumer: Consumer, request: ConsumerBooking) -> AppointmentView:
    """The slots are gone: the same request, sent twice at once, may have taken them; else somebody was faster."""
    earlier = _asked_before(actor, consumer, request)
    if earlier is not None:
        return earlier
    raise SlotTaken


def _problems_of(request: ConsumerBooking, chosen: list[JudgedSlot]) -> list[Problem]:
    problems = problems_of_texts(
        {"description": (request.description, REASON_AT_MOST), "comment": (request.comment, NOTES_AT_MOST)}
    )
    for name, given, slots in (
        ("start", request.starts_at, chosen[0].slot.starts_at),
        ("end", request.ends_at, chosen[-1].slot.ends_at),
    ):
        if given != slots:
            problems.append(
                Problem(
                    name,
                    "not-the-slots",
                    f"The {name} of the appointment is not that of its slots",
                    f"Give {slots.isoformat()}.",
                    given.isoformat(),
                )
            )
    if not request.idempotency_key.strip():
        problems.append(Problem("idempotency_key", "missing", "The request has no key of its own", "Send it anew."))
    return problems


def _asked_before(actor: Actor, consumer: Consumer, request: ConsumerBooking) -> AppointmentView | None:
    """The appointment that this key made, however it moved on since. Raises KeyReused when that was about something else,
    BookingMoved when it has been cancelled: who hears of it as booked would send the patient."""
    booking_id = booked_by_key(ods_code=consumer.ods_code, key=request.idempotency_key)
    kept = booking_id and kept_appointment(hub_id=actor.organisation.id, booking_id=booking_id)
    if not kept:
        return None
    found = kept.view
    same = (found.patient_id, set(found.slot_ids)) == (request.patient_id, set(request.slot_ids))
    if not same:
        raise KeyReused("This request has the key of an earlier one, but asks for something else.")
    if found.status == BookingStatus.CANCELLED:
        raise BookingMoved(
            "This request was done before: the appointment that it made has been cancelled since.",
            remedy="Book it with a new request, if it is still wanted.",
            who_can="the booking organisation",
        )
    return found
