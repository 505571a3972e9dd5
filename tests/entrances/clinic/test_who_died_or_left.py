"""A booking outlives its patient's registration: every page that names the patient says so, and the start page finds it."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.appointments.models import Booking, Slot
from pcnhub.care.appointments.operations import book, cancel
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, system_for, world
from tests.entrances.client import signed_in_as
from tests.rooms.appointments.book import request, session, slots

pytestmark = pytest.mark.django_db
TOMORROW = timedelta(days=1)
WORDS = {"deceased": "Recorded as deceased", "left": "Has left the practice"}


@pytest.fixture
def w() -> World:
    return world()


def booked(w: World) -> int:
    """Jane of Ash Lane, for tomorrow evening: the pages read the clock."""
    now = timezone.now()
    slot = slots(session(w, day=london_date(now) + TOMORROW, times=(time(18, 30), time(19)), now=now))[0]
    return book(actor=w.ada, now=now, request=request(slot.id, w.patient_of_ash.pk)).booking_id


def recorded(w: World, booking_id: int, by: str, state: str) -> None:
    """What one of the two holders writes down; the other does not know it yet."""
    with unit_of_work(system_for(w.hub)):
        at_hub = Booking.objects.get(pk=booking_id).patient_id
    holder, row = (w.hub, at_hub) if by == "hub" else (w.ash, w.patient_of_ash.pk)
    with unit_of_work(system_for(holder)):
        Patient.objects.filter(pk=row).update(registration_state=state)


def page(actor: Actor, name: str, **ids: int) -> str:
    day = (london_date(timezone.now()) + TOMORROW).isoformat()
    answer = signed_in_as(actor).get(reverse(name, kwargs=ids or None), {"day": day})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("by", ["hub", "practice"])
@pytest.mark.parametrize("state", ["deceased", "left"])
def test_every_page_that_names_the_patient_says_so(w: World, by: str, state: str) -> None:
    booking_id = booked(w)
    lists: tuple[tuple[Actor, str, dict[str, int]], ...] = (
        (w.bilal, "clinic-list", {}),
        (w.bilal, "clinic-print", {}),
        (w.ada, "booking", {"booking_id": booking_id}),
    )
    assert not any(word in page(actor, name, **ids) for actor, name, ids in lists for word in WORDS.values())
    recorded(w, booking_id, by, state)
    for actor, name, ids in lists:
        shown = page(actor, name, **ids)
        assert "Jane Smith" in shown
        assert WORDS[state] in shown, name


def test_the_start_page_finds_the_appointment_until_it_is_cancelled(w: World) -> None:
    booking_id = booked(w)
    title, line = "Booked, but deceased or gone", f"/bookings/{booking_id}"
    assert title not in page(w.carys, "today")
    recorded(w, booking_id, "practice", "deceased")
    for actor in (w.carys, w.bilal, w.ada):
        shown = page(actor, "today")
        assert (title in shown, line in shown, "Recorded as deceased" in shown) == (True, True, True)
    for actor in (w.efe, w.charlie):
        shown = page(actor, "today")
        assert (title in shown, line in shown) == (False, False)
    cancel(actor=w.ada, now=timezone.now(), booking_id=booking_id, version=1)
    assert title not in page(w.carys, "today")


def test_who_is_protected_is_named_to_nobody_without_the_permission(w: World) -> None:
    booking_id = booked(w)
    recorded(w, booking_id, "hub", "deceased")
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(organisation=w.hub).update(is_sensitive=True)
        seat = Booking.objects.get(pk=booking_id).slot
        beside = Slot.objects.exclude(pk=seat.pk).filter(session=seat.session).first()
        Slot.objects.filter(pk=seat.pk).update(extra_seat_of=beside, override_reason="For Jane Smith, in hiding")
    day = london_date(timezone.now()) + TOMORROW
    evening = signed_in_as(w.bilal).get(reverse("clinic-list"), {"day": day.isoformat()}).content.decode()
    assert "details are protected" in evening
    assert "Extra" in evening
    shown = page(w.bilal, "clinic-list") + page(w.bilal, "today") + evening
    assert ("Jane Smith" in shown, "Recorded as deceased" in shown) == (False, False)
