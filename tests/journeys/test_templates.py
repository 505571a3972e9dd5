"""Given a hub whose manager takes in templates and a protocol, when its clinician consults, then nothing urgent is left to
memory, and the form for the practice bears the practice's own head."""

from __future__ import annotations

import pytest
from django.utils import timezone

from pcnhub.care.consultations import operations
from pcnhub.care.consultations.operations import load_concepts, note_task, save_outcome
from pcnhub.care.organisations.models import Organisation, Site
from tests.cast import World, world
from tests.entrances.client import give_permissions
from tests.evening import outcomes, visitor, waiting
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def cast(address: str) -> World:
    made = world()
    outcomes(made)
    load_concepts(now=timezone.now())
    save_outcome(actor=made.carys, now=timezone.now(), code="two-week-wait", name="Urgent suspected cancer referral")
    for actor in (made.bilal, made.carys):
        give_permissions(actor)
    Organisation.objects.filter(pk=made.ash.pk).update(email="urgent@ash.example")
    Site.objects.filter(pk=made.site.pk).update(phone="01632 960100")
    Site.objects.create(
        organisation=made.ash, name="Ash", address_lines=["1 Ash Lane"], postcode="ZZ99 3VZ", phone="01632 960101"
    )
    return made


def test_from_the_managers_files_to_the_clinicians_evening(cast: World, visit: Visit) -> None:
    manager = visit("carys")
    manager.visit("/templates-and-protocols", "templates-empty")
    for title in ("Observations", "Request for a test", "Urgent suspected cancer referral"):
        manager.visit("/templates-and-protocols")
        manager.press(f"Take in {title}")
        manager.check(f"template-{title.split()[0].lower()}")
        manager.press("Publish")
    manager.press("Require this version or later")
    manager.follow("See what it would have asked for last week")
    manager.check("protocol-dry-run-empty")
    manager.visit("/templates-and-protocols", "templates")

    now = timezone.now()
    booking_id = waiting(
        cast, visitor(cast, cast.patient_of_ash, cast.ash, address_lines=["2 Hill Road"], postcode="ZZ99 3WZ"), at=now
    )
    begun = operations.start(actor=cast.bilal, now=now, booking_id=booking_id)
    clinician = visit("bilal")
    page = clinician.page
    clinician.visit(f"/consultations/{begun}")
    page.get_by_label("History", exact=True).fill("A lump for two weeks.")
    page.get_by_label("Urgent suspected cancer referral").check()
    clinician.press("Save and use a template")
    clinician.check("consultation-templates")
    clinician.follow("Observations")
    page.get_by_label("Temperature (°C)").fill("384")
    clinician.press("Add to the notes")
    clinician.check("consultation-template-wrong", status=422)
    page.get_by_label("Temperature (°C)").fill("38.4")
    clinician.press("Add to the notes")
    clinician.check("consultation-with-template")

    clinician.press("Save and make a letter or form")
    clinician.check("consultation-letters-empty")
    clinician.follow("Request for a test")
    page.get_by_label("Which tests").fill("Full blood count")
    page.get_by_label("Routine").check()
    page.get_by_label("Clinical details").fill("A lump, and tired.")
    clinician.press("Preview")
    clinician.check("consultation-letter-preview")
    assert "Ash Lane Surgery" in page.inner_text("main")
    clinician.press("Make it")
    clinician.check("consultation-letters")

    clinician.visit(f"/consultations/{begun}")
    clinician.press("Save and go on to finish")
    clinician.check("consultation-asked")
    clinician.press("Finish the consultation")
    clinician.check("consultation-asked-refused", status=422)
    note_task(
        actor=cast.bilal, now=now, consultation_id=begun, task_id=1, kind="two-week-wait-referral", priority="urgent"
    )
    page.get_by_label("I have told the patient this").check()
    clinician.press("Finish the consultation")
    assert "Told the patient: Your own practice makes this referral." in page.inner_text("main")
