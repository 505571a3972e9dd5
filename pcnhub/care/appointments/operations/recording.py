"""What follows from every change of a booking, in its transaction: its event, the audit, the news."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.models import BookingEvent
from pcnhub.care.appointments.queries.bookings import record_booking
from pcnhub.care.appointments.queries.views import BookingView
from pcnhub.care.sharing.gate import Grant
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor


def put_on_record(
    actor: Actor,
    now: datetime,
    fact: str,
    view: BookingView,
    status: str,
    grant: Grant,
    *,
    reason: str = "",
    version: int = 1,
) -> None:
    """Handlers of the news act for the hub, whose book it is."""
    BookingEvent.objects.create(
        organisation_id=view.hub_id,
        booking_id=view.id,
        status=status,
        at=now,
        by=actor.user,
        by_name=actor.name,
        reason=reason,
    )
    record_booking(actor=actor, now=now, action=fact, view=view, grant=grant, reason=reason, status=status)
    publish(
        actor=actor,
        now=now,
        fact=fact,
        key=f"{view.id}:{version}",
        payload={"booking_id": view.id},
        organisation_id=view.hub_id,
        ordering_key=f"booking:{view.id}",
    )
