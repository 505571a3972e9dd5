"""Given a published evening, when reception books, moves and loses a race, then the hub's list moves the patient through."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from pcnhub.care.appointments.models import Slot
from pcnhub.care.appointments.operations import book
from pcnhub.foundations.kernel.local_time import in_london, london_date, london_instant
from tests.cast import World, world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit
from tests.rooms.appointments.book import request, session, slots

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def an_evening(cast: World) -> tuple[date, int]:
    """Tomorrow's evening of Bilal's: the day and the session."""
    for actor in (cast.ada, cast.bilal, cast.carys):
        give_permissions(actor)
    now = timezone.now()
    day = london_date(now) + timedelta(days=1)
    return day, session(cast, day=day, times=(time(18, 30), time(19, 45)), now=now)


def test_reception_books_moves_and_cancels(visit: Visit) -> None:
    cast = world()
    _, evening = an_evening(cast)
    ada = visit("ada")
    plain = visit("ada", scripted=False)
    ada.visit(f"/patients/{cast.patient_of_ash.pk}/book", "book-patient")
    ada.page.get_by_label("How").select_option("Video")
    ada.press("Show free slots")
    ada.check("book-patient-none")
    ada.follow("Take all filters away")
    ada.page.get_by_role("link", name="Book 18:45").click()
    ada.check("book-confirm")
    ada.press("Book the appointment")
    ada.check("book-confirm-refused", status=422)
    ada.page.get_by_label("Reason for the appointment").fill("Cough for three weeks")
    ada.page.get_by_label("Notes for the hub").fill("Needs a step-free room")
    ada.page.get_by_label("The patient knows about this appointment").check()
    taken = slots(evening)[1]
    Slot.objects.filter(pk=taken.id).update(held_until=timezone.now())  # the page stood open for too long
    book(actor=cast.efe, now=timezone.now(), request=request(taken.id, cast.patient_of_birch.pk))
    ada.press("Book the appointment")
    ada.check("just-taken", status=409)
    ada.page.get_by_role("button", name="Choose 18:30").click()
    ada.check("book-confirm-another")
    ada.page.get_by_label("The patient knows about this appointment").check()
    ada.press("Book the appointment")
    ada.check("booking")
    ada.press("Move to another slot")
    ada.check("booking-rebook")
    ada.page.get_by_role("link", name="Move here to 19:30").click()
    ada.check("booking-move")
    plain.beside(ada)
    plain.page.get_by_label("The patient knows about the new time").check()
    plain.press("Move the appointment")
    plain.check("booking-moved")
    ada.beside(plain)
    ada.press("Cancel the appointment")
    ada.page.get_by_label("Why it is cancelled").fill("Feels better")
    ada.check("booking-cancel")
    ada.press("Cancel the appointment")
    ada.check("booking-cancelled")
    ada.follow("All appointments of this patient at the hub")
    ada.check("patient-appointments")
    ada.visit("/slots", "book-slots")


def test_the_hubs_list_of_an_evening(visit: Visit) -> None:
    cast = world()
    give_permissions(cast.bilal)
    now = timezone.now()
    starts = in_london(now) + timedelta(minutes=30)
    if starts.date() != in_london(now + timedelta(hours=2)).date():  # no evening is left: then early tomorrow
        starts = london_instant(starts.date() if starts.hour == 0 else starts.date() + timedelta(days=1), time(0, 45))
    times = (starts.time().replace(second=0, microsecond=0), (starts + timedelta(minutes=75)).time())
    day, first = starts.date(), f"{starts:%H:%M}"
    free = slots(session(cast, day=day, times=times, now=now))
    book(actor=cast.ada, now=now, request=request(free[0].id, cast.patient_of_ash.pk, notes="Needs a step-free room"))
    book(actor=cast.efe, now=now, request=request(free[2].id, cast.patient_of_birch.pk))
    bilal = visit("bilal")
    bilal.visit("/clinic?day=2024-01-01", "clinic-list-empty")
    bilal.visit(f"/clinic?day={day.isoformat()}", "clinic-list")
    plain = visit("bilal", scripted=False)
    plain.beside(bilal)
    plain.press(f"Arrived for Jane Smith at {first}")
    bilal.beside(plain)
    bilal.press(f"Send in for Jane Smith at {first}")
    bilal.check("clinic-list-sent-in")
    bilal.follow("List for printing")
    bilal.check("clinic-print")


def test_the_rota_from_nothing_to_published(visit: Visit) -> None:
    cast = world()
    give_permissions(cast.carys)
    day = london_date(timezone.now()) + timedelta(days=1)
    carys, plain = visit("carys"), visit("carys", scripted=False)
    carys.visit("/slot-types", "slot-types-empty")
    carys.press("Add a slot type")
    carys.page.get_by_label("Minutes", exact=True).fill("")
    carys.press("Save the slot type")
    carys.check("slot-type-refused", status=422)
    page = plain.beside(carys)
    page.get_by_label("Name", exact=True).fill("EA GP – in person")
    page.get_by_label("Minutes", exact=True).fill("15")
    page.get_by_label("Service setting").select_option("Extended Access Provision")
    page.get_by_label("Context type").select_option("Care related encounter")
    page.get_by_label("National category").select_option("General Consultation Routine")
    plain.press("Save the slot type")
    plain.check("slot-types")
    carys.visit("/slot-types", "slot-types")
    carys.visit("/weekly-sessions", "templates-empty")
    carys.press("Add a weekly session")
    carys.check("template-new")
    plain.beside(carys)
    page.get_by_label("Name", exact=True).fill("EA GP – practice booking")
    page.get_by_label("Day of the week").select_option(str(day.isoweekday()))
    page.get_by_role("textbox", name="Start time", exact=True).fill("18:30")
    page.get_by_role("textbox", name="End time", exact=True).fill("20:00")
    page.get_by_label("Slot type").select_option(index=1)
    page.get_by_label("Who holds it").select_option(index=1)
    page.get_by_label("Site").select_option(index=1)
    page.get_by_role("combobox", name="How (optional)").select_option("In-person")
    page.get_by_label("Practitioner role").select_option("R0260")
    page.get_by_label("Agreed variation").fill("Letter of 1 May")  # tomorrow may be a Sunday
    plain.press("Save the weekly session")
    plain.check("template-saved")
    page = carys.beside(plain)
    carys.check("template-saved")
    carys.follow("Back to weekly sessions")
    carys.check("templates")
    carys.press("Make sessions")
    carys.check("sessions-make")
    carys.press("Make and publish")
    carys.check("sessions-made")  # drafts: no group was ticked
    page.get_by_role("link", name="EA GP – practice booking").first.click()
    carys.check("session-draft")
    carys.press("Publish")
    carys.check("session-refused", status=422)
    carys.press("Edit the draft")
    carys.check("session-edit")
    page.get_by_role("checkbox", name="Riverside practice booking").check()
    carys.press("Save the draft")
    carys.press("Publish")
    carys.check("session-published")
    carys.follow("Block the slot at 18:30")
    carys.page.get_by_label("Why").fill("Teaching")
    carys.check("slot-block")
    carys.press("Block the slot")
    carys.visit(f"/rota?week={day.isoformat()}", "rota")
    carys.visit("/sessions/new", "session-new")
