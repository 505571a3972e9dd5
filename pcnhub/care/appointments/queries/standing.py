"""Where a patient's own link leads by now: an appointment that was moved takes it along, whoever moved it."""

from __future__ import annotations

from pcnhub.care.appointments.models import Booking, OwnLink


def standing_booking(booking_id: int) -> Booking | None:
    """The booking, or, when it was moved since (by staff as well), what it was moved to; None while no agreement shows it."""
    found = None
    next_one = Booking.objects.filter(pk=booking_id).first()
    while next_one is not None:
        found, next_one = next_one, Booking.objects.filter(replaces=next_one.pk).first()
    return found


def standing_of(row: OwnLink) -> Booking | None:
    """The appointment to which the link leads now; None where there is none, or none to be seen. The row is changed to say so,
    and not saved."""
    standing = standing_booking(row.booking_id) if row.booking_id is not None else None
    if standing is not None:
        row.booking, row.expires_at = standing, standing.ends_at
    return standing


def led_to_now(row: OwnLink) -> OwnLink:
    """The link as it leads now."""
    standing_of(row)
    return row
