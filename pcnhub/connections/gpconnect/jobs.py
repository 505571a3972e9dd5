"""What the worker does about calls to other systems."""

from __future__ import annotations

from pcnhub.connections.gpconnect.settling import is_past, settle
from pcnhub.foundations.jobs.outbox import Told
from pcnhub.foundations.kernel.refusals import Conflict


class NotSettled(Conflict):
    """What was asked of another system has no clear answer yet."""

    code = "gp-connect-not-settled"
    remedy = "The worker looks again. If it gives up, telephone the other organisation, and look at the booking's page."


def on_asked(told: Told) -> None:
    """Some minutes after something was asked: where the answer is not known, the other system is looked at."""
    view = settle(actor=told.actor, now=told.now, booking_id=told.payload["booking_id"], raises=True)
    if view.is_open and not is_past(
        view, told.now
    ):  # nothing more can be found out: the booking's page says what to do
        raise NotSettled(f"Booking elsewhere {view.id}: {view.answer or 'no answer yet'}")
