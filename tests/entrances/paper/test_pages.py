"""Entering paper bookings in the pages: type, compare, choose, enter; sent twice, nothing is entered twice."""

from __future__ import annotations

import re
from datetime import time, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations import book
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, system_for, world
from tests.entrances.client import signed_in_as
from tests.rooms.appointments.book import request, session, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def yesterday(w: World) -> int:
    """A session of yesterday evening with Jane Smith in its first slot: the pages read the clock."""
    now = timezone.now()
    before = now - timedelta(days=2)
    made = session(w, day=london_date(now) - timedelta(days=1), times=(time(18, 30), time(19, 30)), now=before)
    book(actor=w.ada, now=before, request=request(slots(made)[0].id, w.patient_of_ash.pk))
    return made


def hidden_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def typed(client: Client, session_id: int, **more: str) -> dict[str, str]:
    empty = client.get(reverse("paper-sheet", kwargs={"session_id": session_id}))
    assert empty.status_code == 200
    first = slots(session_id)[0]
    return {
        **hidden_of(empty.content.decode()), "why": "System away", "patients_agreed": "on",
        "slot-1": str(first.id), "given_name-1": "Noor", "family_name-1": "Khan", "birth_date-1-day": "3",
        "birth_date-1-month": "2", "birth_date-1-year": "1991", "came-1": "came",
        "slot-2": str(first.id), "nhs_number-2": "9000000009", "came-2": "came", **more,
    }  # fmt: skip


def test_from_the_clinic_list_to_the_book_with_a_clash_shown(w: World, yesterday: int) -> None:
    client = signed_in_as(w.carys)
    assert reverse("paper-bookings") in client.get(reverse("clinic-list")).content.decode()
    address = reverse("paper-sheet", kwargs={"session_id": yesterday})
    assert address in client.get(reverse("paper-bookings")).content.decode()
    given = typed(client, yesterday)
    seen = client.post(address, given)
    page = seen.content.decode()
    assert seen.status_code == 200
    assert "Somebody else was booked into this slot" in page
    assert "is booked for Jane Smith, NHS number 900 000 0009" in page
    assert "Nobody of this name and date of birth is held here" in page
    same_time = client.post(
        address, {**given, "slot-1": str(slots(yesterday)[1].id), "slot-2": str(slots(yesterday)[1].id)}
    )
    assert "A row before this one has the same slot" in same_time.content.decode()
    assert "Put them into 18:45" not in same_time.content.decode()  # which the row before has
    kept = hidden_of(page)
    again = client.post(address, {**kept, "enter": "yes"})
    assert again.status_code == 409  # row 2 is recorded, row 1 waits for a person
    assert "Say what to do" in again.content.decode()
    chosen = {**kept, "enter": "yes", "who-1": "unknown", "seat-1": "extra"}
    half = client.post(
        address, {**chosen, "slot-2": str(slots(yesterday)[1].id)}
    )  # Jane Smith is in this session already
    assert half.status_code == 409
    chosen = {**hidden_of(half.content.decode()), "enter": "yes", "slot-2": str(slots(yesterday)[0].id)}
    assert (chosen["who-1"], chosen["seat-1"]) == ("unknown", "extra")  # what was chosen for a row that is done stays
    done = client.post(address, chosen)
    assert done.status_code == 302
    assert done["Location"].startswith(reverse("clinic-list"))
    assert client.post(address, chosen).status_code == 302
    shown = client.get(done["Location"]).content.decode()
    assert "Noor Khan" in shown
    with unit_of_work(system_for(w.hub)):
        assert sorted(Booking.objects.values_list("status", flat=True)) == ["left", "left"]


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(w: World, yesterday: int) -> None:
    client = signed_in_as(w.bilal)
    address = reverse("paper-sheet", kwargs={"session_id": yesterday})
    wrong = client.post(address, {**typed(client, yesterday), "why": "", "birth_date-1-year": "", "nhs_number-2": "1"})
    page = wrong.content.decode()
    assert wrong.status_code == 422
    assert "Error: " in page
    assert 'href="#birth_date-1"' in page
    assert 'value="Khan"' in page
    later = client.post(
        address, {**typed(client, yesterday), "birth_date-1-year": "1991", "nhs_number-2": "1", "why": ""}
    )
    assert 'href="#nhs_number-2"' in later.content.decode()
    assert 'href="#why"' in later.content.decode()
    more = client.post(address, {**typed(client, yesterday), "more": "yes"})
    assert 'id="row-8"' in more.content.decode()


def test_charlie_finds_no_session_and_reception_of_a_practice_no_page(w: World, yesterday: int) -> None:
    address = reverse("paper-sheet", kwargs={"session_id": yesterday})
    charlie = signed_in_as(w.charlie)
    assert charlie.get(address).status_code == 404
    assert charlie.post(address, {"rows": "4", "enter": "yes"}).status_code == 404
    assert address not in charlie.get(reverse("paper-bookings")).content.decode()
    ada = signed_in_as(w.ada)
    assert ada.get(address).status_code == 403
    assert ada.get(reverse("paper-bookings")).status_code == 403
