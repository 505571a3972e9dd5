"""What the capacity rules count: offered slots and covering sessions of some days."""

from __future__ import annotations

from datetime import date

from pcnhub.care.appointments.models import Session, Slot
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.appointments.rules.capacity import CoveringSession, OfferedSlot
from pcnhub.foundations.kernel.local_time import day_bounds


def offered_slots(*, hub_id: int, from_on: date, to_on: date) -> tuple[OfferedSlot, ...]:
    """Every slot of a published session that starts on those London days, both included."""
    rows = Slot.objects.filter(
        hub=hub_id,
        session__state=SessionState.PUBLISHED,
        starts_at__gte=day_bounds(from_on)[0],
        starts_at__lt=day_bounds(to_on)[1],
    )
    columns = (
        "starts_at",
        "ends_at",
        "state",
        "slot_type__bookable",
        "slot_type__mode",
        "session__counts_to_enhanced_access",
    )
    return tuple(OfferedSlot(*row) for row in rows.order_by("starts_at").values_list(*columns))


def covering_sessions(*, hub_id: int, from_on: date, to_on: date) -> tuple[CoveringSession, ...]:
    """Published sessions with a holder that touch those London days."""
    rows = Session.objects.filter(
        hub=hub_id,
        state=SessionState.PUBLISHED,
        holder__isnull=False,
        starts_at__lt=day_bounds(to_on)[1],
        ends_at__gt=day_bounds(from_on)[0],
    )
    return tuple(CoveringSession(*row) for row in rows.values_list("starts_at", "ends_at", "practitioner_role"))
