"""When a booking may be consulted on."""

from __future__ import annotations

from datetime import date

from pcnhub.care.appointments.rules import BookingStatus

_HERE = frozenset({BookingStatus.ARRIVED, BookingStatus.SENT_IN, BookingStatus.CALL_STARTED})
# Written up after the patient has gone: how an attended appointment without a consultation is mended (CHK-51).
_SEEN = frozenset({BookingStatus.LEFT, BookingStatus.CALL_COMPLETED})


def refusal_to_start(*, status: str, starts_on: date, today: date) -> str:
    """Why a booking in this status can't be consulted on, as a sentence; empty when it can."""
    if status in _HERE or status in _SEEN:
        return ""
    if status == BookingStatus.BOOKED:
        return "" if starts_on == today else "The appointment is not today, and the patient has not arrived."
    if status == BookingStatus.CANCELLED:
        return "The appointment is cancelled."
    return "The appointment is recorded as not attended."
