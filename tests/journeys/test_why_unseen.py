"""Given a practice that finds nothing, when it and the hub ask why, then each is told who must do what; and a patient who must
be seen all the same gets a double appointment, or an extra seat."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import timezone

from pcnhub.care.appointments.models import SessionQuota
from pcnhub.care.appointments.operations import book
from pcnhub.care.organisations.models import GroupMember
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit
from tests.rooms.appointments.book import request, session, slots

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_who_must_do_what_so_that_they_see_it(visit: Visit) -> None:
    cast, now = world(), timezone.now()
    give_permissions(cast.ada)
    give_permissions(cast.carys)
    evening = session(cast, day=london_date(now) + timedelta(days=1), times=(time(18, 30), time(19, 30)), now=now)
    SessionQuota.objects.create(session_id=evening, profile="organisation", subject="B82002", at_most=0)
    GroupMember.objects.filter(organisation=cast.ash).update(subscribed_at=None)
    ada = visit("ada", scripted=True)
    ada.visit("/slots", "book-slots-why-nothing")
    assert "has not subscribed" in ada.page.content()
    carys = visit("carys", scripted=True)
    carys.visit(f"/sessions/{evening}", "session-with-preview-link")
    carys.follow("Why can’t they see this?")
    carys.check("preview-asked")
    carys.page.locator("#organisation").select_option("B82002")
    carys.press("Look as this organisation")
    carys.check("preview-share-used-up")
    carys.page.get_by_label("Or its ODS code").fill("X99999")
    carys.page.get_by_label("Over GP Connect, from its own system").check()
    carys.press("Look as this organisation")
    carys.check("preview-unknown-over-gp-connect")


def test_a_double_appointment_and_an_extra_seat(visit: Visit) -> None:
    cast, now = world(), timezone.now()
    give_permissions(cast.carys)
    give_permissions(cast.ada)
    evening = session(cast, day=london_date(now) + timedelta(days=1), times=(time(18, 30), time(19, 30)), now=now)
    register_temporarily(actor=cast.efe, now=now, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_birch.pk)
    with unit_of_work(cast.carys):
        here = Patient.objects.get(organisation=cast.hub).pk
    first, _, third, _ = slots(evening)
    ada = visit("ada", scripted=False)
    ada.visit(f"/patients/{cast.patient_of_ash.pk}/book/{first.id}", "book-confirm-held")
    ada.page.get_by_label("How long the appointment is").select_option("2")
    ada.press("Change the length")
    ada.check("book-confirm-double")
    ada.page.get_by_label("The patient knows about this appointment").check()
    ada.press("Book the appointment")
    ada.check("booking-double")
    book(actor=cast.ada, now=now, request=request(third.id, cast.patient_of_ash.pk))
    carys = visit("carys", scripted=True)
    carys.visit(f"/patients/{here}/book/extra", "book-extra-none")
    page = carys.page
    day = london_date(now) + timedelta(days=1)
    for name, value in (("on-day", day.day), ("on-month", day.month), ("on-year", day.year)):
        page.locator(f"input[name='{name}']").fill(str(value))
    carys.press("Show this day")
    carys.check("book-extra-slots")
    page.get_by_role("link", name="19:00 to 19:15").click()
    page.get_by_label("The patient knows about this appointment").check()
    carys.press("Book the extra seat")
    carys.check("book-extra-refused", status=422)
    page.get_by_label("Why an extra seat is needed").fill("Bad news from the hospital, today")
    page.get_by_label("The patient knows about this appointment").check()
    carys.press("Book the extra seat")
    carys.check("booking-extra")
    carys.visit(f"/clinic?day={day.isoformat()}", "clinic-list-double-and-extra")
