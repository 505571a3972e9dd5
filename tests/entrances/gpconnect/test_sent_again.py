"""The same POST /Appointment once more, as a consumer sends it whose answer was lost, after the appointment has moved on."""

from __future__ import annotations

import pytest

from pcnhub.care.appointments.models import Booking, Session, Slot
from pcnhub.care.appointments.queries import SlotView
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World
from tests.entrances.gpconnect.bodies import free, hub_patient, open_session, wish, with_reason
from tests.entrances.gpconnect.consumer import Consumer
from tests.entrances.gpconnect.wrong_bodies import Body

ONCE = {"Ssp-TraceID": "00000000-0000-4000-8000-000000000001"}


@pytest.fixture
def slot(w: World) -> SlotView:
    return free(open_session(w))[0]


@pytest.fixture
def body(w: World, slot: SlotView) -> Body:
    """It names the practitioner whom the slot has when it is booked."""
    made = wish(w, hub_patient(w), slot)
    made["participant"].append({"actor": {"reference": f"Practitioner/{w.bilal.account_id}"}, "status": "accepted"})
    return made


def test_after_a_change_of_clinician_it_is_still_the_appointment(w: World, ash: Consumer, body: Body) -> None:
    first = ash.book(body, headers=ONCE)
    with unit_of_work(w.carys):
        Session.objects.filter(holder=w.bilal.position_id).update(holder=w.carys.position_id)
        Slot.objects.filter(holder=w.bilal.position_id).update(holder=w.carys.position_id, clinician=w.carys.account_id)
    again = ash.book(body, headers=ONCE)
    assert (first.status, again.status) == (201, 201), again.body
    assert again.resource["id"] == first.resource["id"]
    assert {"reference": f"Practitioner/{w.carys.account_id}"} in [
        each["actor"] for each in again.resource["participant"]
    ]


def test_after_it_was_cancelled_it_says_so_and_books_nothing(
    w: World, ash: Consumer, body: Body, slot: SlotView
) -> None:
    first = ash.book(body, headers=ONCE)
    assert ash.cancel(with_reason(first.resource)).status == 200
    again = ash.book(body, headers=ONCE)
    assert again.outcome == (409, "FHIR_CONSTRAINT_VIOLATION")
    assert "cancelled" in again.why
    with unit_of_work(w.carys):
        assert (Booking.objects.count(), Slot.objects.get(pk=slot.id).state) == (1, "free")
    assert ash.book(body).status == 201  # a request of its own books it anew
