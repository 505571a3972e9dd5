"""The appointment that a consultation belongs to: what it said must stay in sight, and it must not stay open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pcnhub.care.appointments.queries import BookingView, booking
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.appointments.rules.booking import moves_from
from pcnhub.care.consultations.queries import ConsultationView, in_error_of_booking
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import NotFound

GONE = (BookingStatus.LEFT, BookingStatus.CALL_COMPLETED)
# Still with the clinician, as far as the clinic list knows.
PRESENT = (BookingStatus.ARRIVED, BookingStatus.SENT_IN, BookingStatus.CALL_STARTED)


@dataclass(frozen=True, slots=True)
class Ending:
    """What the clinic list would do with the appointment next; the same button may stand on the consultation's page."""

    status: str
    label: str
    version: int
    day: date
    allowed: bool  # by this reader; otherwise whoever runs the clinic list


@dataclass(frozen=True, slots=True)
class Appointment:
    """The booking's reason and notes, such as an interpreter or step-free access, and what is left to do with it."""

    id: int
    when: str
    channel: str
    reason: str
    notes: str
    state: str
    ending: Ending | None
    in_error: tuple[tuple[int, str], ...]  # its other consultations, recorded in error: id, and when each was begun


def appointment_of(request: StaffRequest, view: ConsultationView) -> Appointment | None:
    """None without a booking. Read for a consultation whose opening is on record."""
    if view.booking_id is None:
        return None
    try:
        booked = booking(actor=request.actor, booking_id=view.booking_id)
    except NotFound:
        return None
    return Appointment(
        id=booked.id,
        when=f"{in_london(booked.slot.starts_at):%-d %B %Y, %H:%M}",
        channel=booked.slot.delivery_channel,
        reason=booked.reason,
        notes=booked.notes,
        state=booked.status_words.lower(),
        ending=_ending(request, booked),
        in_error=tuple(
            (each, f"{in_london(begun):%-d %B %Y, %H:%M}")
            for each, begun in in_error_of_booking(actor=request.actor, booking_id=booked.id)
            if each != view.id
        ),
    )


def _ending(request: StaffRequest, booked: BookingView) -> Ending | None:
    if booked.status not in PRESENT:
        return None
    slot = booked.slot
    moves = moves_from(booked.status, channel=slot.delivery_channel, starts_at=slot.starts_at, now=request.now)
    return next(
        (
            Ending(
                move.after.value,
                move.label,
                booked.version,
                london_date(slot.starts_at),
                request.actor.may(Permission.RUN_CLINIC_LIST),
            )
            for move in moves
            if move.after in GONE
        ),
        None,
    )
