"""Given a patient who has arrived, when the hub's clinician consults, then the consultation goes home, and both ends see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from pcnhub.care.consultations.queries import consultation_of_booking
from pcnhub.care.patients.models import Patient
from pcnhub.care.records.operations import import_items
from pcnhub.care.records.rules import ItemKind, NewItem
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, system_for, world
from tests.entrances.client import give_permissions
from tests.evening import outcomes, visitor, waiting
from tests.journeys.browser import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Drain = Callable[[], int]


@pytest.fixture
def cast(address: str) -> World:
    made = world()
    outcomes(made)
    for actor in (made.bilal, made.carys, made.dilys):
        give_permissions(actor)
    import_items(
        actor=system_for(made.ash),
        now=timezone.now(),
        patient_id=made.patient_of_ash.pk,
        items=[
            NewItem(ItemKind.ALLERGY, "Allergy to penicillin", "a1", code="91936005"),
            NewItem(ItemKind.PROBLEM, "Asthma", "p1", code="195967001", status="active"),
        ],
    )
    return made


def arrived(cast: World) -> int:
    patient = visitor(cast, cast.patient_of_ash, cast.ash)
    return waiting(cast, patient, at=timezone.now())


def begin(clinician: Visitor, cast: World, booking: int) -> int:
    clinician.visit(f"/bookings/{booking}/consultation", "consultation-start")
    clinician.press("Start the consultation")
    begun = consultation_of_booking(actor=cast.bilal, booking_id=booking)
    assert begun is not None
    return begun


@pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_consultation_from_the_first_word_to_the_receipt(
    cast: World, visit: Visit, drain: Drain, scripted: bool
) -> None:
    clinician = visit("bilal", scripted=scripted)
    page = clinician.page
    begun = begin(clinician, cast, arrived(cast))
    clinician.check("consultation-empty")
    assert "Allergy to penicillin" in page.inner_text("aside")

    page.get_by_label("History", exact=True).fill("Cough for three days.\nNo fever.")
    page.get_by_label("Find a code").fill("cou")
    page.get_by_label("Find a code").press("Enter")  # without reaching for the button
    clinician.check("consultation-search")
    clinician.press("Add Cough")
    page.get_by_label("Cough: value").fill("dry")
    clinician.press("Save and go on to finish")
    clinician.check("consultation-incomplete", status=422)
    assert "Choose the outcome" in page.inner_text("main")
    page.get_by_label("Seen, no follow-up").check()
    clinician.press("Save and go on to finish")
    clinician.check("consultation-finish")
    clinician.press("Finish the consultation")
    clinician.check("consultation-finished-waiting")
    drain()
    clinician.visit(f"/consultations/{begun}", "consultation-finished")
    assert "In the practice's record" in page.inner_text("main")

    page.get_by_role("button", name="Amend").click()
    page.get_by_label("History", exact=True).fill("Cough for four days.\nNo fever.")
    page.get_by_label("Why you amend it").fill("The patient called back")
    clinician.check("consultation-amend")
    clinician.press("Save as a new version")
    drain()
    clinician.visit(f"/consultations/{begun}", "consultation-amended")
    assert "Version 2" in page.inner_text("main")

    manager = visit("dilys", scripted=scripted)
    manager.visit("/write-back", "write-back-practice")
    assert "2 finished, 2 acknowledged" in manager.page.inner_text("main")


def test_the_clinician_is_warned_and_the_hub_sees_what_is_kept(cast: World, visit: Visit, drain: Drain) -> None:
    Party.objects.filter(agreement=cast.agreements[AgreementKind.WRITE_BACK], organisation=cast.ash).update(
        state=ActivationState.INACTIVE
    )
    clinician = visit("bilal")
    begun = begin(clinician, cast, arrived(cast))
    clinician.page.get_by_label("Plan", exact=True).fill("Fluids and rest.")
    clinician.page.get_by_label("Seen, no follow-up").check()
    clinician.press("Save and go on to finish")
    clinician.check("consultation-finish-warned")
    clinician.press("Finish, and keep the copy")
    drain()
    clinician.visit(f"/consultations/{begun}", "consultation-kept")
    assert "Kept, not sent yet" in clinician.page.inner_text("main")
    manager = visit("carys")
    manager.visit("/write-back", "write-back-kept")
    assert "1 outstanding" in manager.page.inner_text("main")
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(organisation=cast.hub).update(registered_patient=None)
    manager.press("Try again")
    drain()
    manager.visit("/write-back", "write-back-needs-action")
    assert "Needs action" in manager.page.inner_text("main")


def test_two_clinicians_see_both_texts(cast: World, visit: Visit) -> None:
    first, second = visit("bilal"), visit("bilal")
    begun = begin(first, cast, arrived(cast))
    second.visit(f"/consultations/{begun}")
    first.page.get_by_label("History", exact=True).fill("Written first.")
    first.press("Save draft")
    second.page.get_by_label("History", exact=True).fill("Written second.")
    second.press("Save draft")
    second.check("consultation-two-writers", status=409)
    assert "Written first." in second.page.inner_text("main")
    assert second.page.get_by_label("History", exact=True).input_value() == "Written second."
