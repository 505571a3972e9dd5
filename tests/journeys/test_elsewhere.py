"""Given a hub in the directory and one that is down, when a surgery looks anywhere, then one list, and a booking there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pcnhub.care.organisations.queries import installation_actor
from pcnhub.connections.gpconnect.directory import EndpointFacts, save_endpoint
from pcnhub.connections.pds.local import asking_for
from pcnhub.connections.pds.models import Person
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import World, patient, world
from tests.entrances.client import give_permissions
from tests.entrances.gpconnect.bodies import open_session
from tests.entrances.gpconnect.consumer import switch_on
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NUMBER = "9990000034"


def a_surgery_with_a_directory(address: str) -> tuple[World, int]:
    cast, now = world(), timezone.now()
    switch_on(cast.hub)
    open_session(cast, day=london_date(now) + timedelta(days=2), now=now)
    cast.outside.asid, cast.outside.phone = "200000000359", "01724 000 111"
    cast.outside.save(update_fields=["asid", "phone"])
    give_permissions(cast.charlie)
    for ods, name, root in (("Y07108", "Far Hub", address), ("X99999", "Hub that is down", "http://127.0.0.1:9")):
        facts = EndpointFacts(ods, name, f"{root}/{ods}/STU3/1/gpconnect", "918999198738", phone="01724 222")
        save_endpoint(actor=cast.charlie, now=now, facts=facts)
    with unit_of_work(installation_actor()), asking_for([NUMBER]):
        Person.objects.create(
            nhs_number=NUMBER, given_name="Zoë", family_name="O'Neill", birth_date=date(1990, 1, 1), gender="female"
        )
    return cast, patient(cast.outside, NUMBER, "Zoë", "O'Neill", date(1990, 1, 1)).pk


@pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_surgery_books_at_another_system(visit: Visit, address: str, scripted: bool) -> None:
    _, patient_id = a_surgery_with_a_directory(address)
    charlie = visit("charlie", scripted=scripted)
    charlie.visit(f"/patients/{patient_id}/book-anywhere")
    if not scripted:
        charlie.press("Search the other systems too")
    expect(charlie.page.locator("#providers")).to_contain_text("Far Hub: 6 free slots")
    expect(charlie.page.locator("#providers")).to_contain_text("Hub that is down can't be reached")
    expect(charlie.page.locator("#slots tr")).to_have_count(6)
    charlie.check("all-slots")
    charlie.page.get_by_role("link", name="Book 18:30").click()
    charlie.check("book-elsewhere")
    charlie.press("Book the appointment")
    charlie.check("book-elsewhere-refused", status=422)
    charlie.page.get_by_label("Reason for the appointment").fill("Cough")
    charlie.page.get_by_label("The patient knows").check()
    charlie.press("Book the appointment")
    expect(charlie.page.get_by_text("The appointment is booked.")).to_be_visible()
    charlie.check("booking-elsewhere")
    charlie.follow("Change the reason or the notes")
    charlie.check("booking-elsewhere-amend")
    charlie.page.get_by_label("Notes").fill("Step-free room")
    charlie.press("Save it there")
    charlie.follow("Cancel the appointment")
    charlie.page.get_by_label("Why it is cancelled").fill("Better again")
    charlie.check("booking-elsewhere-cancel")
    charlie.press("Cancel it there")
    charlie.check("booking-elsewhere-cancelled")
    charlie.follow("Appointments elsewhere")
    charlie.check("patient-elsewhere")


def test_the_directory_of_other_systems(visit: Visit, address: str) -> None:
    a_surgery_with_a_directory(address)
    charlie = visit("charlie")
    charlie.visit("/organisations/endpoints", "endpoints")
    charlie.press("Add a system")
    charlie.page.get_by_label("ODS code").fill("?")
    charlie.press("Save")
    charlie.check("endpoint-refused", status=422)
