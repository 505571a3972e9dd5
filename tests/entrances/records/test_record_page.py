"""The record page: what is held, on what ground, and every gap in words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.records.operations import file_consultation, import_items
from pcnhub.care.records.rules import Caution, Coverage, Filing, ItemKind, NewItem, Passage, Section
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import NOW, World, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    cast = world()
    import_items(
        actor=cast.dilys,
        now=NOW,
        patient_id=cast.patient_of_ash.pk,
        items=[
            NewItem(
                ItemKind.ALLERGY,
                "Allergy to penicillin",
                "a1",
                status="active",
                detail={"severity": "severe", "note": "2019-05-07 anaphylaxis, intubated"},
            ),
            NewItem(ItemKind.PROBLEM, "Old problem", "p1", status="inactive", ends_on=date(2019, 1, 1)),
        ],
        coverage=[
            Coverage(
                Section.ALLERGIES, datetime(2026, 1, 2, tzinfo=UTC), (Caution("data-in-transit", "May be missing."),)
            ),
            Coverage(Section.MEDICATION),
        ],
    )
    return cast


@pytest.fixture
def at_hub(cast: World) -> int:
    return register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


def shown(actor: Actor, patient_id: int) -> str:
    answer = signed_in_as(actor).get(reverse("record", args=[patient_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_hubs_clinician_sees_the_practices_record_and_its_gaps(cast: World, at_hub: int) -> None:
    page = shown(cast.bilal, at_hub)
    for words in (
        "Shown under: Riverside care-record",
        "Allergy to penicillin",
        "Severity: severe",
        "Note: 2019-05-07 anaphylaxis, intubated",
        "May be missing.",
        "Past problems (1)",
        "Ash Lane Surgery has recorded no medication.",
        "Ash Lane Surgery has not brought its immunisations in here.",
    ):
        assert words in page


def test_without_the_agreement_nothing_is_shown_but_why(cast: World, at_hub: int) -> None:
    Party.objects.filter(agreement=cast.agreements[AgreementKind.CARE_RECORD], organisation=cast.ash).update(
        state=ActivationState.INACTIVE
    )
    page = shown(cast.bilal, at_hub)
    assert "Allergy to penicillin" not in page
    assert "is not active at Ash Lane Surgery" in page
    assert "an agreement manager at Ash Lane Surgery" in page


def test_different_details_are_a_warning(cast: World, at_hub: int) -> None:
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(postcode="LS1 5HT")
    assert "postcode: LS1 5HT at the practice, none here" in shown(cast.bilal, at_hub)


def test_the_practice_sees_the_write_back_with_versions_and_receipt(cast: World, at_hub: int) -> None:
    receipts = [
        file_consultation(
            actor=cast.bilal, now=NOW, target_organisation_id=cast.ash.pk, target_patient_id=cast.patient_of_ash.pk,
            filing=Filing(
                "c:1", version, NOW, "Bilal Cast", "GP", "Riverside Health Centre", (Passage("History", f"Text {version}"),),
                amendment_reason=reason,
            ),
        ).number
        for version, reason in ((1, ""), (2, "Wrong side"))
    ]  # fmt: skip
    page = shown(cast.farah, cast.patient_of_ash.pk)
    for words in (
        "Enterprise Consultation (Riverside Health Centre)",
        "Amended because: Wrong side",
        "Text 1",
        *receipts,
    ):
        assert words in page


def test_reception_is_refused(cast: World) -> None:
    answer = signed_in_as(cast.ada).get(reverse("record", args=[cast.patient_of_ash.pk]))
    assert answer.status_code == 403
    assert "view patient records" in answer.content.decode()


def test_an_override_never_says_that_a_record_is_open_which_stays_closed(cast: World, at_hub: int) -> None:
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(dissents_from_sharing=True)
    given = {"answer": "overridden", "reason": "Unconscious"}
    page = signed_in_as(cast.bilal).post(reverse("record-permission", args=[at_hub]), given, follow=True)
    text = page.content.decode()
    assert "Your reason is on record" in text
    assert "objects to sharing" in text
    assert "open to you" not in text
