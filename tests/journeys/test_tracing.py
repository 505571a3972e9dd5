"""Given somebody whom no list names, when reception books them, then the hub finds out who they are before 18:30."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from pcnhub.care.appointments.models import Slot
from pcnhub.care.appointments.operations import book, book_unregistered
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, patient, world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit, Visitor
from tests.rooms.appointments.book import request, session, slots
from tests.rooms.appointments.test_unregistered import person, wish

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def an_evening(cast: World) -> int:
    """Tomorrow's evening of Bilal's; the session."""
    now = timezone.now()
    return session(cast, day=london_date(now) + timedelta(days=1), times=(time(18, 30), time(19, 45)), now=now)


def describe(reader: Visitor, given: str, family: str, *born: str) -> None:
    page = reader.page
    page.get_by_label("First name").fill(given)
    page.get_by_label("Last name").fill(family)
    for part, value in zip(("Day", "Month", "Year"), born, strict=True):
        page.get_by_label(part, exact=True).fill(value)
    page.get_by_label("The person knows about this appointment").check()


def test_a_receptionist_books_an_unregistered_patient(visit: Visit) -> None:
    cast = world()
    evening = an_evening(cast)
    give_permissions(cast.ada)
    ada = visit("ada", scripted=False)
    ada.visit("/patients")
    ada.page.get_by_role("search", name="Patients").get_by_role("textbox").first.fill("Diallo")
    ada.press("Find")
    ada.follow("book somebody who is not on our list")
    ada.check("unregistered-slots")
    ada.page.get_by_role("link", name="Book 18:30").click()
    ada.press("Book the appointment")
    ada.check("unregistered-refused", status=422)
    describe(ada, "Jane", "Smyth", "12", "4", "1980")
    ada.press("Book the appointment")
    ada.check("unregistered-likely", status=409)
    ada.page.get_by_label("None of these patients is the person").check()
    taken = slots(evening)[0]
    Slot.objects.filter(pk=taken.id).update(held_until=timezone.now())
    book(actor=cast.efe, now=timezone.now(), request=request(taken.id, cast.patient_of_birch.pk))
    ada.press("Book the appointment")
    ada.check("unregistered-taken", status=409)
    ada.page.get_by_role("button", name="Choose 18:45").click()
    ada.page.get_by_label("The person knows about this appointment").check()
    ada.press("Book the appointment")  # whom they may be is asked again: what was typed could have been changed
    ada.check("unregistered-likely-again", status=409)
    ada.page.get_by_label("None of these patients is the person").check()
    ada.press("Book the appointment")
    ada.page.get_by_text("The hub finds out who the person is").wait_for()
    ada.check("unregistered-booked")


def test_an_administrator_clears_the_worklist_before_the_clinic(visit: Visit, drain: Callable[..., int]) -> None:
    cast = world()
    now = timezone.now()
    free = slots(an_evening(cast))
    patient(cast.birch, "9000000025", "Aminata", "Diallo", date(1991, 3, 14), postcode="DN16 3LQ")
    patient(cast.birch, "9000000033", "Olufemi", "Adeyemi", date(1962, 7, 30))
    people = (
        person(),
        person(given_name="Femi", family_name="Adeyemi", birth_date=date(1962, 7, 30), postcode=""),
        person(given_name="Nobody", family_name="Known", birth_date=date(1970, 1, 2)),
    )
    for slot, each in zip(free, people, strict=False):
        book_unregistered(actor=cast.ada, now=now, request=wish(slot.id, person=each))
    for actor in (cast.carys, cast.bilal):
        give_permissions(actor)
    carys = visit("carys")
    carys.follow("Tracing")
    carys.check("tracing")
    carys.press("Trace everybody who can be told beyond doubt")
    drain()
    carys.page.get_by_text("3 of 3 people looked for").wait_for()
    carys.check("trace-run")
    carys.follow("Look at who is left")
    carys.follow("Trace Femi Adeyemi")
    carys.check("trace-patient")
    carys.press("This is the person")
    carys.page.get_by_text("The person is linked").wait_for()
    carys.follow("Trace Nobody Known")
    carys.page.get_by_label("NHS number").fill("900 000 0041")
    carys.page.get_by_label("Practice that read it out").select_option("Ash Lane Surgery")
    carys.page.get_by_label("The practice has compared").check()
    carys.press("Link by this number")
    carys.page.get_by_text("Nobody is left to trace").wait_for()
    day = london_date(now) + timedelta(days=1)
    visit("bilal", scripted=False).visit(f"/clinic?day={day.isoformat()}").get_by_text("900 000 0025").wait_for()
