"""Given a practice's export and its records, when they come in, then reception finds patients and the hub reads the record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.utils import timezone

from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.records.operations import file_consultation, import_items
from pcnhub.care.records.rules import (
    Caution,
    CodedEntry,
    Coverage,
    Filing,
    ItemKind,
    NewItem,
    Passage,
    Section,
)
from tests.cast import NOW, World, world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIST = (
    "NHS number,Surname,Forename,DOB,Sex,Addr1,Postcode,Mobile,Date of death\n"
    "9000000009,Smith,Jane,12/04/1980,F,1 High Street,LS1 5HT,07700 900123,\n"
    "9476719915,McVey,Sophie,13/06/1952,F,10 St Catherines Crescent,DN16 3LQ,,\n"
    "9476719916,Wrong,Digit,31/02/1952,Q,,nowhere,,\n"
    "9476719958,Banton,Dolly,18/09/1955,F,11 Queensway,DN16 2BZ,,10/07/2007\n"
)


@pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_practice_brings_its_list_in_and_finds_its_patients(visit: Visit, tmp_path: Path, scripted: bool) -> None:
    cast = world()
    file = tmp_path / "export.csv"
    file.write_text(LIST)
    for actor in (cast.dilys, cast.ada):
        give_permissions(actor)
    dilys = visit("dilys", scripted=scripted)
    dilys.follow("Imports")
    dilys.check("imports-empty")
    dilys.page.get_by_role("button", name="Import a list").or_(
        dilys.page.get_by_role("link", name="Import a list")
    ).click()
    dilys.check("import-new")
    dilys.press("Check the file")
    dilys.check("import-new-refused", status=422)
    dilys.page.locator("input[type=file]").set_input_files(file)
    dilys.press("Check the file")
    dilys.page.get_by_role("button", name="Take in").wait_for()
    dilys.check("import-checked")
    dilys.press("Take in")
    dilys.page.get_by_text("Taken in", exact=True).wait_for()
    dilys.check("import")
    dilys.follow("All imports")
    dilys.check("imports")
    ada = visit("ada", scripted=scripted)
    ada.follow("Patients")
    ada.check("patients")
    ada.page.get_by_label("NHS number, name or date of birth").fill("9000000008")
    ada.press("Find")
    ada.check("patients-refused", status=422)
    ada.page.get_by_label("NHS number, name or date of birth").fill("smith, j")
    ada.press("Find")
    ada.check("patients-found")
    ada.follow("SMITH, Jane")
    ada.check("patient")
    dilys.visit(f"/patients/{cast.patient_of_ash.pk}/audit", "patient-audit")


def test_hub_and_practice_read_the_record(visit: Visit) -> None:
    cast = world()
    for actor in (cast.bilal, cast.farah):
        give_permissions(actor)
    at_hub = a_record(cast)
    visit("bilal").visit(f"/patients/{at_hub}/record", "record-shared")
    visit("farah").visit(f"/patients/{cast.patient_of_ash.pk}/record", "record-own")


def a_record(cast: World) -> int:
    """Allergies, medication and a write-back in two versions; the patient's id at the hub."""
    ash = cast.patient_of_ash.pk
    dosages = {"dosage": "TAKE ONE DAILY", "dosage_authorised": "TAKE ONE 3 TIMES/DAY", "last_issued": "2026-09-11"}
    import_items(
        actor=cast.dilys,
        now=NOW,
        patient_id=ash,
        items=[
            NewItem(ItemKind.ALLERGY, "Allergy to penicillin", "a1", status="active", detail={"severity": "severe"}),
            NewItem(ItemKind.PROBLEM, "Asthma", "p1", status="active", starts_on=date(2001, 2, 3)),
            NewItem(ItemKind.PROBLEM, "Told in confidence", "p2", status="active", is_confidential=True),
            NewItem(ItemKind.PROBLEM, "Fractured wrist", "p3", status="inactive", ends_on=date(2011, 2, 3)),
            NewItem(ItemKind.MEDICATION, "Aspirin 75mg dispersible tablets", "m1", status="active", detail=dosages),
        ],
        coverage=[
            Coverage(Section.ALLERGIES, datetime(2026, 11, 1, tzinfo=UTC)),
            Coverage(Section.PROBLEMS),
            Coverage(Section.MEDICATION, warnings=(Caution("data-in-transit", "Earlier entries may be missing."),)),
            Coverage(Section.IMMUNISATIONS),
        ],
    )
    now = timezone.now()
    at_hub = register_temporarily(actor=cast.ada, now=now, hub_id=cast.hub.pk, practice_patient_id=ash).patient_id
    for version, reason in ((1, ""), (2, "The other side")):
        file_consultation(
            actor=cast.bilal,
            now=now,
            target_organisation_id=cast.ash.pk,
            target_patient_id=ash,
            filing=Filing(
                source_key="consultation:1",
                version=version,
                started_at=now,
                author_name="Bilal Cast",
                author_role="General Medical Practitioner",
                site_name="Riverside Health Centre",
                sections=(Passage("History", "Earache, left"), Passage("Plan", "Simple analgesia")),
                entries=(CodedEntry("16001004", "Earache"),),
                outcome="Treated, no follow-up",
                amendment_reason=reason,
            ),
        )
    return at_hub
