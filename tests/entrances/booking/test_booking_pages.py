"""A receptionist's way to an appointment at the hub, page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.appointments.models import Booking, Slot, SlotType
from pcnhub.care.appointments.operations import block_slot, book
from pcnhub.care.appointments.queries import SlotView
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import day_bounds, london_date
from tests.cast import World, patient, world
from tests.entrances.client import signed_in_as
from tests.rooms.appointments.book import request, session, slots

pytestmark = pytest.mark.django_db


@dataclass
class Evening:
    w: World
    day: date
    slots: tuple[SlotView, ...]


@pytest.fixture
def evening() -> Evening:
    """The hub's evening of tomorrow: the pages read the clock."""
    w, now = world(), timezone.now()
    day = london_date(now) + timedelta(days=1)
    return Evening(w, day, slots(session(w, day=day, times=(time(18, 30), time(19, 30)), now=now)))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, f"{name} is not on the page"
    return found[1]


def confirm(evening: Evening, slot: SlotView, patient_id: int) -> str:
    return reverse("book-confirm", kwargs={"patient_id": patient_id, "slot_id": slot.id})


def test_from_the_patient_to_the_booked_appointment(evening: Evening) -> None:
    w, browser = evening.w, signed_in_as(evening.w.ada)
    patient_id = w.patient_of_ash.pk
    listed = browser.get(reverse("book-patient", kwargs={"patient_id": patient_id})).content.decode()
    assert listed.count("book/") == len(evening.slots)
    address = confirm(evening, evening.slots[1], patient_id)
    assert address in listed
    form = browser.get(address).content.decode()
    sent = {"idempotency_key": hidden(form, "idempotency_key"), "reason": "Cough", "notes": "", "patient_agrees": "on"}
    answer = browser.post(address, sent, follow=True)
    page = answer.content.decode()
    assert "The appointment is booked." in page
    assert "18:45 to 19:00" in page
    assert "Jane Smith" in page
    again = browser.post(address, sent, follow=True).content.decode()
    assert "was booked already" in again
    with unit_of_work(w.ada):
        assert Booking.objects.count() == 1
    mine = browser.get(reverse("patient-appointments", kwargs={"patient_id": patient_id})).content.decode()
    assert "18:45" in mine
    assert "To come" in mine


def test_whom_the_slot_is_for_is_said_in_words_not_in_marks(evening: Evening) -> None:
    SlotType.objects.update(eligibility_text="Adults & children over 2")
    browser = signed_in_as(evening.w.ada)
    page = browser.get(confirm(evening, evening.slots[0], evening.w.patient_of_ash.pk)).content.decode()
    assert "<strong>Who it is for:</strong> Adults &amp; children over 2</p>" in page
    assert "&lt;" not in page


def test_no_consent_no_booking_and_every_fault_at_once(evening: Evening) -> None:
    browser = signed_in_as(evening.w.ada)
    address = confirm(evening, evening.slots[0], evening.w.patient_of_ash.pk)
    answer = browser.post(address, {"idempotency_key": "k", "reason": "x" * 101, "notes": "y" * 501})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in page.replace("\n", "").replace("  ", "")
    for anchor in ('href="#reason"', 'href="#notes"', 'href="#patient_agrees"'):
        assert anchor in page
    assert "x" * 101 in page  # what was typed is still there


def test_just_taken_offers_the_three_nearest_and_asks_for_consent_anew(evening: Evening) -> None:
    """The patient agreed to the slot that is gone, not to another: nothing is booked before they are asked again."""
    w, taken = evening.w, evening.slots[1]
    book(actor=w.efe, now=timezone.now(), request=request(taken.id, w.patient_of_birch.pk))
    browser = signed_in_as(w.ada)
    sent = {"idempotency_key": "k", "reason": "Cough", "notes": "Step-free room", "patient_agrees": "on"}
    answer = browser.post(confirm(evening, taken, w.patient_of_ash.pk), sent)
    page = answer.content.decode()
    assert (answer.status_code, "just taken" in page) == (409, True)
    assert "patient_agrees" not in page
    offered = re.findall(r'action="([^"]+/book/\d+)"', page)
    assert len(offered) == 3
    kept = {name: hidden(page, name) for name in ("reason", "notes", "choose")}
    chosen = browser.post(offered[0], kept)
    form = chosen.content.decode()
    assert (chosen.status_code, "Cough" in form, "Step-free room" in form) == (200, True, True)
    assert not re.search(r'name="patient_agrees"[^>]*checked', form)
    with unit_of_work(w.ada):
        assert not Booking.objects.exists()
    again = {**sent, "idempotency_key": hidden(form, "idempotency_key")}
    without = {name: value for name, value in again.items() if name != "patient_agrees"}
    assert browser.post(offered[0], without).status_code == 422
    assert "The appointment is booked." in browser.post(offered[0], again, follow=True).content.decode()


def test_a_slot_that_cannot_be_booked_has_no_form(evening: Evening) -> None:
    """Looking asks what booking asks: no form for what is taken, blocked, begun or a draft, to the hub's own staff either."""
    w, now = evening.w, timezone.now()
    taken, blocked, begun, *_ = evening.slots
    book(actor=w.efe, now=now, request=request(taken.id, w.patient_of_birch.pk))
    block_slot(actor=w.carys, now=now, slot_id=blocked.id, reason="Break")
    Slot.objects.filter(pk=begun.id).update(starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(minutes=14))
    draft = slots(session(w, day=evening.day + timedelta(days=1), now=now, publish=False))[0]
    browser = signed_in_as(w.ada)
    for slot, status, says in (
        (taken, 409, "just taken"),
        (blocked, 409, "The hub has blocked this slot."),
        (begun, 409, "The slot has started already."),
        (draft, 404, "no such slot that your organisation may book"),
    ):
        for ask in (browser.get, partial(browser.post, data={"idempotency_key": "k", "reason": "x" * 101})):
            answer = ask(confirm(evening, slot, w.patient_of_ash.pk))
            page = answer.content.decode()
            assert 'name="patient_agrees"' not in page
            if ask is browser.get:
                assert (answer.status_code, says in page) == (status, True)


def test_charlie_is_shown_no_slot_of_the_hub(evening: Evening) -> None:
    """By its number, in whichever way the page is asked for."""
    w = evening.w
    theirs = patient(w.outside, "9000000025", "Olga", "Outside", date(1970, 1, 1))
    draft = slots(session(w, day=evening.day + timedelta(days=1), now=timezone.now(), publish=False))[0]
    charlie = signed_in_as(w.charlie)
    for slot in (evening.slots[0], draft):
        address = confirm(evening, slot, theirs.pk)
        for answer in (
            charlie.get(address),
            charlie.post(address, {"choose": "yes"}),
            charlie.post(address, {"idempotency_key": "k", "reason": "x" * 101}),
            charlie.post(address, {"idempotency_key": "k", "patient_agrees": "on"}),
        ):
            assert answer.status_code in (403, 404, 422)
            page = answer.content.decode()
            assert "Bilal Cast" not in page
            assert "18:30" not in page


def test_filters_and_their_faults(evening: Evening) -> None:
    browser = signed_in_as(evening.w.ada)
    address = reverse("book-patient", kwargs={"patient_id": evening.w.patient_of_ash.pk})
    for query, shown in (
        ({"time_of_day": "evening"}, True),
        ({"delivery_channel": "Video"}, False),
        ({"practitioner": "Nurse"}, False),
    ):
        page = browser.get(address, query).content.decode()
        assert ("18:45" in page, "No free slot found" in page) == (shown, not shown)
    far = evening.day + timedelta(days=15)
    parts = {
        f"{name}-{part}": getattr(day, part)
        for name, day in (("from_on", evening.day), ("to_on", far))
        for part in ("day", "month", "year")
    }
    answer = browser.get(address, parts)
    assert (answer.status_code, "at most 14 days" in answer.content.decode()) == (422, True)


def booked(evening: Evening) -> tuple[Client, int]:
    w = evening.w
    done = book(actor=w.ada, now=timezone.now(), request=request(evening.slots[0].id, w.patient_of_ash.pk))
    return signed_in_as(w.ada), done.booking_id


def test_cancel(evening: Evening) -> None:
    browser, booking_id = booked(evening)
    address = reverse("booking-cancel", kwargs={"booking_id": booking_id})
    version = hidden(browser.get(address).content.decode(), "version")
    page = browser.post(address, {"version": version, "reason": "Feels better"}, follow=True).content.decode()
    assert "Its slot is free again." in page
    assert Slot.objects.get(pk=evening.slots[0].id).state == "free"
    assert browser.post(address, {"version": version}).status_code == 409


def test_move_asks_the_patient_and_goes_in_one_step(evening: Evening) -> None:
    browser, booking_id = booked(evening)
    listed = browser.get(reverse("booking-rebook", kwargs={"booking_id": booking_id})).content.decode()
    assert listed.count("Move here") == len(evening.slots) - 1
    address = reverse("booking-move", kwargs={"booking_id": booking_id, "slot_id": evening.slots[1].id})
    assert address in listed
    page = browser.get(address).content.decode()
    sent = {name: hidden(page, name) for name in ("version", "idempotency_key")}
    refused = browser.post(address, sent)
    assert (refused.status_code, 'href="#patient_agrees"' in refused.content.decode()) == (422, True)
    assert [slot.state for slot in slots(evening.slots[0].session_id)][:2] == ["booked", "free"]
    agreed = {**sent, "patient_agrees": "on"}
    assert "The appointment is moved." in browser.post(address, agreed, follow=True).content.decode()
    assert [slot.state for slot in slots(evening.slots[0].session_id)][:2] == ["free", "booked"]
    assert "was moved already" in browser.post(address, agreed, follow=True).content.decode()


def test_moving_to_what_was_taken_meanwhile_offers_others(evening: Evening) -> None:
    browser, booking_id = booked(evening)
    w, taken = evening.w, evening.slots[1]
    address = reverse("booking-move", kwargs={"booking_id": booking_id, "slot_id": taken.id})
    page = browser.get(address).content.decode()
    sent = {name: hidden(page, name) for name in ("version", "idempotency_key")} | {"patient_agrees": "on"}
    Slot.objects.filter(pk=taken.id).update(held_until=timezone.now())  # the page stood open for too long
    book(actor=w.efe, now=timezone.now(), request=request(taken.id, w.patient_of_birch.pk))
    answer = browser.post(address, sent)
    said = answer.content.decode()
    assert (answer.status_code, said.count("Move to ")) == (409, 2)
    assert "patient_agrees" not in said


def test_charlie_finds_no_slot_and_no_booking(evening: Evening) -> None:
    _, booking_id = booked(evening)
    charlie = signed_in_as(evening.w.charlie)
    page = charlie.get(reverse("book-slots")).content.decode()
    assert "18:45" not in page
    assert "belongs to no network" in page
    for name in ("booking", "booking-cancel", "booking-rebook"):
        assert charlie.get(reverse(name, kwargs={"booking_id": booking_id})).status_code == 404
    move = reverse("booking-move", kwargs={"booking_id": booking_id, "slot_id": evening.slots[1].id})
    assert charlie.get(move).status_code == 404
    address = reverse("book-patient", kwargs={"patient_id": evening.w.patient_of_ash.pk})
    assert charlie.get(address).status_code == 404


def test_the_evening_list_moves_a_patient_through() -> None:
    """Of today: a list opens on its day."""
    w = world()
    today = london_date(timezone.now())
    morning = day_bounds(today)[0]
    half_past = slots(session(w, day=today, times=(time(18, 30), time(19, 30)), now=morning))[0]
    at = half_past.starts_at - timedelta(hours=1)
    booking_id = book(actor=w.ada, now=morning, request=request(half_past.id, w.patient_of_ash.pk)).booking_id
    address = reverse("clinic-list")
    day = {"day": today.isoformat()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pcnhub.entrances.staff.door.timezone.now", lambda: at)
        browser = signed_in_as(w.bilal)
        page = browser.get(address, day).content.decode()
        assert "Jane Smith" in page
        assert "Did not attend" not in page  # it is not time yet
        for status, button in (("arrived", "Send in"), ("sent-in", "Left")):
            sent = {"status": status, "version": hidden(page, "version"), **day}
            where = reverse("booking-status", kwargs={"booking_id": booking_id})
            page = browser.post(where, sent, follow=True).content.decode()
            assert button in page
        assert browser.post(where, {**sent, "version": 1}).status_code == 409
        assert "Jane Smith" in browser.get(reverse("clinic-print"), day).content.decode()
    assert signed_in_as(w.ada).get(address).status_code == 403
