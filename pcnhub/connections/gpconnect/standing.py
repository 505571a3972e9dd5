"""A booking elsewhere as it stands there now: what is read there counts, and our books follow."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.connections.gpconnect import asking
from pcnhub.connections.gpconnect.client import Reply
from pcnhub.connections.gpconnect.models import BookingElsewhere
from pcnhub.connections.gpconnect.searching import link_for
from pcnhub.connections.gpconnect.settling import settle
from pcnhub.connections.gpconnect.views import ElsewhereView, noted, row_of, view_of
from pcnhub.connections.gpconnect.words import State
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.actors import Actor


def look(*, actor: Actor, now: datetime, booking_id: int) -> ElsewhereView:
    """Settles what is open, and reads what is booked. Raises NotPermitted, NotFound; of a booking NoAnswer, SaidNo too."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        view = view_of(actor, row_of(actor=actor, booking_id=booking_id))
    if view.state is not State.BOOKED:
        return settle(actor=actor, now=now, booking_id=booking_id)
    reply = asking.read(link_for(actor=actor, now=now), view.place, view.appointment_id)
    return taken_over(actor=actor, now=now, booking_id=booking_id, reply=reply)


def taken_over(*, actor: Actor, now: datetime, booking_id: int, reply: Reply) -> ElsewhereView:
    """Writes down what an appointment that was just read says: its words and version, or that it is cancelled there."""
    there = reply.resource
    assert isinstance(there, r.Appointment)  # noqa: S101 - `asking.read` answers nothing else
    with unit_of_work(actor):
        row: BookingElsewhere = row_of(actor=actor, booking_id=booking_id, locked=True)
        if row.state != State.BOOKED.value:  # something was asked meanwhile: that is newer
            return view_of(actor, row)
        words = (there.description or "", there.comment or "")
        if there.status == "cancelled":
            found = "the appointment was cancelled there."
            row.state = State.CANCELLED.value
        elif words != (row.description, row.comment):
            found = "the reason or the notes were changed there. They are shown as they stand there now."
        else:
            found = f"the appointment stands there as {there.status}."
        row.description, row.comment = words
        row.version, row.looked_at, row.changed_at = reply.version, now, now
        row.answer = f"We looked at {row.endpoint.name}: {found}"
        row.save(
            update_fields=["state", "description", "comment", "version", "looked_at", "changed_at", "answer"]
        )  # fmt: skip
        noted(actor=actor, now=now, action="gpconnect.settled", row=row, deed="")
        return view_of(actor, row)
