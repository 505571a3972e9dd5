"""Appointments that an end or a merge of a registration would leave hanging."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.patients.operations.ties import Tie, TieKind
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london

OVER = (
    BookingStatus.CANCELLED,
    BookingStatus.LEFT,
    BookingStatus.CALL_COMPLETED,
    BookingStatus.DID_NOT_ATTEND,
    BookingStatus.NO_ANSWER,
    BookingStatus.WALKED_OUT,
)


def ties(actor: Actor, now: datetime, patient_ids: Collection[int]) -> Iterable[Tie]:
    """The acting hub's appointments of these patients that are still to come. In the running unit of work."""
    rows = Booking.objects.filter(organisation=actor.organisation.id, patient__in=patient_ids, ends_at__gt=now)
    for row in rows.exclude(status__in=OVER).order_by("starts_at", "pk"):
        yield Tie(row.patient_id, TieKind.APPOINTMENT, f"an appointment on {in_london(row.starts_at):%-d %B %Y}")
