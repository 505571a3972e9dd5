"""The evening's list: who may move a booking, from where to where."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pcnhub.care.appointments.operations import BookingMoved, NotAllowedNow, book, set_status
from pcnhub.care.appointments.operations.slots import take_out_slot
from pcnhub.care.appointments.queries import booking, clinic_list, lists_ahead, open_booking
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted, NotShared
from tests.cast import NOW, World, system_for, world
from tests.rooms.appointments.book import TUESDAY, request, session, slots

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1, hours=10)


@pytest.fixture
def w() -> World:
    return world()


def booked(w: World, **more: object) -> int:
    slot = slots(session(w, **more))[0]  # type: ignore[arg-type]
    return book(actor=w.ada, now=NOW, request=request(slot.id, w.patient_of_ash.pk)).booking_id


@pytest.mark.parametrize(
    ("channel", "statuses"),
    [
        ("In-person", ["arrived", "sent-in", "left"]),
        ("In-person", ["did-not-attend", "arrived", "walked-out"]),
        ("Telephone", ["call-started", "call-completed"]),
        ("Video", ["no-answer", "call-started", "call-completed", "call-started"]),
    ],
)
def test_each_step_is_kept_with_who_and_when(w: World, channel: str, statuses: list[str]) -> None:
    made, version = booked(w, delivery_channel=channel), 1
    for status in statuses:
        version = set_status(actor=w.bilal, now=LATER, booking_id=made, version=version, status=status)
    view, events = open_booking(actor=w.bilal, now=LATER, booking_id=made)
    assert (view.status, view.version) == (statuses[-1], 1 + len(statuses))
    assert [event.status for event in events] == ["booked", *statuses]
    assert {event.by_name for event in events[1:]} == {"Bilal Cast"}


def test_a_step_that_is_not_open_says_which_are(w: World) -> None:
    made = booked(w)
    with pytest.raises(NotAllowedNow) as refused:
        set_status(actor=w.bilal, now=LATER, booking_id=made, version=1, status="call-started")
    assert refused.value.remedy == "Possible now: Arrived, Send in, Did not attend."
    for early in (NOW, LATER - timedelta(hours=2)):  # the day before, and that day before the start
        with pytest.raises(NotAllowedNow):
            set_status(actor=w.bilal, now=early, booking_id=made, version=1, status="did-not-attend")


def test_two_people_at_one_list_dont_undo_each_other(w: World) -> None:
    made = booked(w)
    set_status(actor=w.carys, now=LATER, booking_id=made, version=1, status="arrived")
    with pytest.raises(BookingMoved):
        set_status(actor=w.bilal, now=LATER, booking_id=made, version=1, status="did-not-attend")
    assert booking(actor=w.bilal, booking_id=made).status == "arrived"


def test_the_list_is_the_hubs(w: World) -> None:
    made = booked(w)
    for actor, refusal in ((w.ada, NotPermitted), (w.dilys, NotShared), (w.charlie, NotFound)):
        with pytest.raises(refusal):
            set_status(actor=actor, now=LATER, booking_id=made, version=1, status="arrived")


def test_what_was_taken_out_of_a_session_stands_on_no_list_as_free(w: World) -> None:
    first, *rest = slots(session(w))
    take_out_slot(actor=w.carys, now=NOW, slot_id=first.id, reason="Teaching")
    [tonight] = clinic_list(actor=w.bilal, now=NOW, day=TUESDAY)
    [ahead] = lists_ahead(actor=system_for(w.hub), now=NOW, until=NOW + timedelta(days=2)).clinics
    for held in (tonight, ahead):
        assert [row.slot.id for row in held.rows] == [slot.id for slot in rest]
