"""Cancelling one booking: its seats are free for others in the same moment, and never what somebody else has booked since."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations import claiming
from pcnhub.care.appointments.operations.recording import put_on_record
from pcnhub.care.appointments.operations.refusals import BookingMoved, NotAllowedNow
from pcnhub.care.appointments.queries.bookings import booking, booking_grant
from pcnhub.care.appointments.queries.views import BookingView
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.appointments.rules.booking import refusal_to_cancel
from pcnhub.care.sharing.gate import Grant
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def cancel(*, actor: Actor, now: datetime, booking_id: int, version: int | None, reason: str = "") -> None:
    """Cancel a booking that is still ahead; its slots are free again.

    A practice cancels its own patients' bookings only; over GP Connect, where the actor is the hub's, any organisation of
    the deal cancels any (`domain.md` 5.1). `version` None: whoever asks has not said which they looked at; what is cancelled
    already stays so then, silently. Raises NotFound, NotPermitted, NotShared, BookingMoved (somebody changed it since
    `version`), NotAllowedNow.
    """
    with unit_of_work(actor):
        seen = booking(actor=actor, booking_id=booking_id)
        grant = booking_grant(actor=actor, now=now, hub_id=seen.hub_id)
        claiming.lock_slots(seen.slot_ids)
        view = booking(actor=actor, booking_id=booking_id)  # behind the lock: of two who cancel at once, one has
        if version is None and view.status == BookingStatus.CANCELLED:
            return
        refuse_cancelling(view, version, now)
        cancel_view(actor, now, view, grant, reason=reason)


def refuse_cancelling(view: BookingView, version: int | None, now: datetime) -> None:
    if version is not None and view.version != version:
        raise BookingMoved("This appointment has changed since you looked at it.")
    why_not = refusal_to_cancel(status=view.status, starts_at=view.slot.starts_at, now=now)
    if why_not:
        raise NotAllowedNow(
            why_not, remedy="Look at the appointment again.", who_can="the hub's reception, on the clinic list"
        )


def cancel_view(
    actor: Actor, now: datetime, view: BookingView, grant: Grant, *, reason: str, quotas_are_counted: bool = False
) -> None:
    """The seats back, their share lowered, and compare-and-set on version and status.

    First the slots, then quotas, then the booking, as everybody takes them: nobody waits for each other.
    """
    claiming.give_back(view.id)
    if not quotas_are_counted:
        claiming.count_quotas(dict.fromkeys(view.counted_quota_ids, -len(view.slot_ids)))
    moved = Booking.objects.filter(pk=view.id, version=view.version, status=BookingStatus.BOOKED).update(
        status=BookingStatus.CANCELLED,
        version=view.version + 1,
        changed_at=now,
        cancelled_at=now,
        cancellation_reason=reason,
    )
    if moved != 1:
        raise BookingMoved("This appointment has changed since you looked at it.")
    put_on_record(
        actor,
        now,
        "appointments.cancelled",
        view,
        BookingStatus.CANCELLED,
        grant,
        reason=reason,
        version=view.version + 1,
    )
