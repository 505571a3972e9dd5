"""Which appointments somebody came to, or was reached for: what must lead to a consultation (CHK-51)."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

ATTENDED = (
    BookingStatus.ARRIVED,
    BookingStatus.SENT_IN,
    BookingStatus.LEFT,
    BookingStatus.CALL_STARTED,
    BookingStatus.CALL_COMPLETED,
)


def attended_booking_ids(*, actor: Actor, starts_from: datetime, starts_before: datetime) -> frozenset[int]:
    """Ids of the acting hub's attended bookings that start in the half-open period. Names nobody."""
    with unit_of_work(actor):
        rows = Booking.objects.filter(
            organisation=actor.organisation.id,
            status__in=ATTENDED,
            slot__starts_at__gte=starts_from,
            slot__starts_at__lt=starts_before,
        )
        return frozenset(rows.values_list("pk", flat=True))
