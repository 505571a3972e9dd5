"""What the nation's extract of appointments would find: slot types in use, and appointments that nobody has ended."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from django.db.models import Count, Q

from pcnhub.care.appointments.models import Booking, Slot
from pcnhub.care.appointments.rules import BookingStatus, SessionState, SlotState
from pcnhub.foundations.kernel.local_time import london_date


def slot_types_used(
    *, hub_id: int, starts_from: datetime, starts_before: datetime, only_enhanced_access: bool = False
) -> frozenset[int]:
    """Ids of the slot types of the hub's published sessions that start in the half-open period."""
    rows = Slot.objects.filter(
        hub=hub_id, starts_at__gte=starts_from, starts_at__lt=starts_before, session__state=SessionState.PUBLISHED
    ).exclude(state=SlotState.CANCELLED)
    if only_enhanced_access:
        rows = rows.filter(session__counts_to_enhanced_access=True)
    return frozenset(rows.order_by().values_list("slot_type", flat=True).distinct())


def left_as_booked(*, hub_id: int, starts_before: datetime) -> dict[date, int]:
    """Appointments that began before the instant, however long ago, and still say "booked", by London day. Names nobody. In the
    hub's own unit of work."""
    rows = Booking.objects.filter(organisation=hub_id, status=BookingStatus.BOOKED, starts_at__lt=starts_before)
    return dict(sorted(Counter(map(london_date, rows.values_list("starts_at", flat=True))).items()))


def slots_for_patients(*, hub_id: int, starts_from: datetime, starts_before: datetime) -> tuple[int, int]:
    """How many of the hub's published slots for patients, of those that start in the half-open period, free or booked, are of
    types that patients may book themselves; and how many there are."""
    rows = Slot.objects.filter(
        hub=hub_id, starts_at__gte=starts_from, starts_at__lt=starts_before, session__state=SessionState.PUBLISHED,
        state__in=[SlotState.FREE, SlotState.BOOKED], extra_seat_of=None, slot_type__bookable=True,
    )  # fmt: skip
    marked = Count("pk", filter=Q(slot_type__patients_may_book=True))
    found = rows.aggregate(marked=marked, slots=Count("pk"))
    return found["marked"], found["slots"]
