"""How a booking moves on the evening: arrived, sent in, left, and the telephone's words."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations.recording import put_on_record
from pcnhub.care.appointments.operations.refusals import BookingMoved, NotAllowedNow
from pcnhub.care.appointments.queries.bookings import booking
from pcnhub.care.appointments.queries.views import BookingView
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.appointments.rules.booking import STATUS_WORDS, moves_from
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def set_status(*, actor: Actor, now: datetime, booking_id: int, version: int, status: str) -> int:
    """Move a booking of the actor's own hub to another status (`rules.booking.MOVES`); its new version.

    Raises NotPermitted, NotFound, NotShared (a practice: the list is the hub's), BookingMoved, NotAllowedNow.
    """
    with unit_of_work(actor):
        view = booking(actor=actor, booking_id=booking_id)
        grant = permit(actor=actor, permission=Permission.RUN_CLINIC_LIST, now=now, data_organisation_id=view.hub_id)
        if view.version != version:
            raise BookingMoved("Somebody else changed this appointment a moment ago.")
        moves = moves_from(view.status, channel=view.slot.delivery_channel, starts_at=view.slot.starts_at, now=now)
        if status not in [move.after for move in moves]:
            wanted = STATUS_WORDS.get(status, status).lower()
            possible = ", ".join(move.label for move in moves) or "nothing; the list opens on the appointment's day"
            raise NotAllowedNow(
                f"An appointment that is {view.status_words.lower()} can't be set to {wanted} now.",
                remedy=f"Possible now: {possible}.",
                who_can="the hub's staff on the clinic list",
            )
        if not move_to(actor, now, view, BookingStatus(status), grant):
            raise BookingMoved("Somebody else changed this appointment a moment ago.")
        return version + 1


def move_to(actor: Actor, now: datetime, view: BookingView, status: BookingStatus, grant: Grant) -> bool:
    """Compare-and-set on status and version; False when somebody was faster. Whether the step is open, the caller has asked."""
    rows = Booking.objects.filter(pk=view.id, version=view.version, status=view.status)
    if rows.update(status=status, version=view.version + 1, changed_at=now) != 1:
        return False
    put_on_record(actor, now, "appointments.status-changed", view, status, grant, version=view.version + 1)
    return True
