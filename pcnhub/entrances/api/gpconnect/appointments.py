"""Book, read, amend and cancel an appointment, and retrieve a patient's.

Source: GP Connect 1.2.7, appointment management. Everything that decides is beneath: `appointment_body` and
`appointment_change` say what is wrong with a body, the appointment book what is wrong with the wish.
"""

from __future__ import annotations

from hashlib import sha256

from pcnhub.care.appointments import operations as book
from pcnhub.care.appointments import queries as appointments
from pcnhub.care.appointments.operations import ConsumerBooking
from pcnhub.care.appointments.queries import AppointmentView
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.appointments.rules.visibility import Route
from pcnhub.entrances.api.gpconnect.answers import Answer, Refused, Spine
from pcnhub.entrances.api.gpconnect.appointment_body import Asked, cancellation_reason_of, read_booking, refuse
from pcnhub.entrances.api.gpconnect.appointment_change import cancellation, refuse_amending
from pcnhub.entrances.api.gpconnect.appointment_mapping import appointment
from pcnhub.entrances.api.gpconnect.calls import Call, row_id
from pcnhub.entrances.api.gpconnect.interactions import interaction
from pcnhub.entrances.api.gpconnect.people_and_places import searchset
from pcnhub.entrances.api.gpconnect.periods import end_of_period
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound


@interaction("rest:create:appointment-1")
def book_appointment(call: Call) -> Answer:
    """One appointment in one slot or several that touch. 201 with its address; 409 when somebody was faster."""
    asked = read_booking(call.read(r.Appointment))
    if asked.ods_code != call.consumer.ods_code:
        # whose share it is counted against and who may see it is judged for this organisation: it must be the one vouched for
        refuse(["The booking organisation must be the one that asks: its ODS code is not that in the token."])
    slot_ids = _slot_ids(asked)
    patient_id = row_id(asked.patient)
    if patient_id is None:
        raise _no_such_patient()
    consumer = appointments.consumer_of(
        ods_code=asked.ods_code,
        organisation_type=asked.organisation_type,
        route=Route.GP_CONNECT,
        hub_id=call.provider.id,
        now=call.now,
    )
    request = ConsumerBooking(
        slot_ids=slot_ids,
        patient_id=patient_id,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        idempotency_key=f"gp-connect:{call.trace_id}:{sha256(call.body).hexdigest()}",
        description=asked.description,
        comment=asked.comment,
        created_at=asked.created_at,
        contact=asked.contact,
        organisation_type=asked.organisation_type,
        booked_by_user=call.actor.user,
        booked_by_name=call.practitioner.name,
    )

    def inspect(made: AppointmentView) -> None:
        _concerns(call, made)
        refuse(_not_as_booked(asked, made))

    try:
        made = book.book_for(actor=call.actor, now=call.now, consumer=consumer, request=request, inspect=inspect)
    except NotFound as refusal:
        if refusal.code == "slot-unknown":
            raise
        raise _no_such_patient() from refusal
    _concerns(call, made)
    return _answer(made, status=201, location=f"Appointment/{made.id}/_history/{made.version}")


def _slot_ids(asked: Asked) -> tuple[int, ...]:
    """The slots' ids; one that can be no row's is unknown, as any other that is not there."""
    ids = [row_id(each) for each in asked.slots]
    if None in ids:
        raise Refused(Spine.INVALID_RESOURCE, "There is no such slot: the reference is to none that is offered here.")
    return tuple(each for each in ids if each is not None)


def _not_as_booked(asked: Asked, made: AppointmentView) -> list[str]:
    """Where the body names another place, person, channel or role than its slots have. What was booked is undone with the
    refusal."""
    pairs = (
        ("The Location", asked.location, str(made.site_id)),
        ("The Practitioner", asked.practitioner, str(made.practitioner_id)),
        ("The delivery channel", asked.delivery_channel, made.delivery_channel),
        ("The practitioner role", asked.practitioner_role, made.practitioner_role),
    )
    return [f"{name} is not that of the slot." for name, said, is_ in pairs if said and said != is_]


@interaction("rest:read:appointment-1")
def read_appointment(call: Call) -> Answer:
    """One that is still ahead; history belongs to the record."""
    view = _standing(call)
    _refuse_past(call, view)
    return _answer(view)


@interaction("rest:search:patient_appointments-1")
def retrieve(call: Call) -> Answer:
    """All appointments of a patient on days from today on, cancelled ones and those of other organisations too."""
    starts = call.query.getlist("start")
    if len(starts) != 2:
        raise Refused(Spine.INVALID_PARAMETER, "start must come twice: ge and a date, and le and a date.")
    first, last = sorted(starts)  # "ge" before "le"
    ends = end_of_period("start", first, "ge"), end_of_period("start", last, "le")
    if any(end.instant for end in ends):
        raise Refused(Spine.INVALID_PARAMETER, "start must be a date without a time.")
    from_on, to_on = (end.day for end in ends)
    if from_on < london_date(call.now):
        raise Refused(Spine.INVALID_PARAMETER, "Appointments of days that are past can't be retrieved.")
    if to_on < from_on:
        raise Refused(Spine.INVALID_PARAMETER, "The second date is before the first.")
    patient_id = call.row_id(Spine.PATIENT_NOT_FOUND)
    call.concerns(Subject("patient", patient_id))
    try:
        found = appointments.appointments_of(
            actor=call.actor, now=call.now, patient_id=patient_id, from_on=from_on, to_on=to_on
        )
    except NotFound as refusal:
        raise _no_such_patient() from refusal
    return Answer(searchset(appointment(view) for view in found))


@interaction("rest:update:appointment-1")
def amend_appointment(call: Call) -> Answer:
    """Description and comment, nothing else; any organisation of the deal may."""
    sent = call.read(r.Appointment)
    view = _standing(call)
    _refuse_stale(call, view)
    refuse_amending(appointment(view), sent)
    _refuse_past(call, view)
    amended = book.amend(
        actor=call.actor,
        now=call.now,
        booking_id=view.id,
        version=call.if_match,
        description=sent.description or "",
        comment=sent.comment or "",
    )
    return _answer(amended)


@interaction("rest:cancel:appointment-1")
def cancel_appointment(call: Call) -> Answer:
    """The slots are free again at once. Cancelled twice for one reason, the second time answers as the first did, whichever
    version it names (RFC 7232, 3.1: what is applied already may succeed)."""
    sent = call.read(r.Appointment)
    view = _standing(call)
    if view.status != BookingStatus.CANCELLED or view.cancellation_reason != cancellation_reason_of(sent):
        _refuse_stale(call, view)
    reason = cancellation(appointment(view), sent)
    _refuse_past(call, view)
    if view.status == BookingStatus.CANCELLED:
        refuse(["It has been cancelled already, for another reason."] if view.cancellation_reason != reason else [])
        return _answer(view)
    book.cancel(actor=call.actor, now=call.now, booking_id=view.id, version=call.if_match, reason=reason)
    return _answer(_standing(call))


def _standing(call: Call) -> AppointmentView:
    view = appointments.appointment(actor=call.actor, now=call.now, booking_id=call.row_id())
    _concerns(call, view)
    return view


def _refuse_stale(call: Call, view: AppointmentView) -> None:
    """Before the bodies are compared: a body made from an older version differs by what others have changed, and that is a
    conflict, not a wrong body. The write compares once more."""
    if call.if_match not in (None, view.version):
        raise Refused(
            Spine.FHIR_CONSTRAINT_VIOLATION,
            "The appointment has changed since you looked at it. Read it again, and send what then still has to change.",
        )


def _refuse_past(call: Call, view: AppointmentView) -> None:
    if view.starts_at < call.now:
        raise Refused(Spine.INVALID_RESOURCE, "The appointment is in the past.")


def _concerns(call: Call, view: AppointmentView) -> None:
    call.concerns(Subject("booking", view.id, view.patient_id))


def _no_such_patient() -> Refused:
    return Refused(
        Spine.PATIENT_NOT_FOUND, "There is no such patient at this organisation. Register the patient first."
    )


def _answer(view: AppointmentView, *, status: int = 200, location: str = "") -> Answer:
    return Answer(appointment(view), status=status, version=view.version, location=location)
