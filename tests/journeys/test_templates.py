"""Given a hub with templates and a protocol in use, when its clinician consults, then nothing urgent is left to memory, and the
form for the practice bears the practice's own head. What the pages answer is tested without a browser; here, what they are."""

from __future__ import annotations

import pytest
from django.utils import timezone

from pcnhub.care.consultations import operations
from pcnhub.care.consultations.operations import import_protocol, import_template, load_concepts, save_outcome
from pcnhub.care.consultations.operations.definitions import need, put_into_use
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.organisations.models import Organisation, Site
from tests.cast import World, world
from tests.entrances.client import give_permissions
from tests.evening import notes, outcomes, visitor, waiting
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


def in_use(cast: World, name: str) -> int:
    take = import_protocol if name == "two-week-wait" else import_template
    now, source = timezone.now(), next(each.source for each in shipped() if each.name == name)
    view = take(actor=cast.carys, now=now, source=source)
    put_into_use(actor=cast.carys, now=now, definition_id=view.id)
    need(actor=cast.carys, now=now, definition_id=view.id)
    return view.id


def test_from_the_managers_files_to_the_clinicians_evening(cast: World, visit: Visit) -> None:
    observations, request, protocol = [in_use(cast, name) for name in ("observations", "test-request", "two-week-wait")]
    now = timezone.now()
    booking_id = waiting(
        cast, visitor(cast, cast.patient_of_ash, cast.ash, address_lines=["2 Hill Road"], postcode="ZZ99 3WZ"), at=now
    )
    begun = operations.start(actor=cast.bilal, now=now, booking_id=booking_id)
    operations.save_draft(
        actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=notes(outcome="two-week-wait")
    )
    clinician = visit("bilal")
    page = clinician.page
    clinician.visit(f"/consultations/{begun}/templates/{observations}")
    page.get_by_label("Temperature (°C)").fill("384")
    clinician.press("Add to the notes")
    clinician.check("consultation-template-wrong", status=422)
    page.get_by_label("Temperature (°C)").fill("38.4")
    clinician.press("Add to the notes")

    clinician.visit(f"/consultations/{begun}/letters/{request}")
    page.get_by_label("Which tests").fill("Full blood count")
    page.get_by_label("Routine").check()
    page.get_by_label("Clinical details").fill("A lump, and tired.")
    clinician.press("Preview")
    clinician.check("consultation-letter-preview")
    assert "Ash Lane Surgery" in page.inner_text("main")
    clinician.press("Make it")
    clinician.check("consultation-letters")

    clinician.visit(f"/consultations/{begun}/finish")
    clinician.press("Finish the consultation")
    clinician.check("consultation-asked-refused", status=422)
    reason = page.get_by_label("Why it is not needed here").first
    reason.fill("Told Dilys by telephone")
    with page.context.expect_page() as beside:  # what was typed stays while the task is looked at
        page.get_by_role("link", name="Send the task").click()
    assert "/tasks/new" in beside.value.url
    beside.value.close()
    assert reason.input_value() == "Told Dilys by telephone"
    page.get_by_label("I have told the patient this").check()
    clinician.press("Finish the consultation")
    assert "Told the patient: Your own practice makes this referral." in page.inner_text("main")

    manager = visit("carys")
    manager.visit("/templates-and-protocols", "templates")
    manager.visit(f"/templates-and-protocols/{protocol}", "template-urgent")
    manager.follow("See what it would have asked for last week")
    manager.check("protocol-dry-run")
    assert "It concerns 1 of 1 consultation." in manager.page.inner_text("main")
