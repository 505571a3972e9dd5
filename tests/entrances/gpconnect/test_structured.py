"""Access Record Structured: what is given of a practice's own patient, as the assurance tests want it, in both formats."""

from __future__ import annotations

from typing import Any

import pytest

from pcnhub.care.records.operations import enter_drug, import_items, strike_drug
from pcnhub.care.records.rules import Coverage, ItemKind, NewItem, Section
from pcnhub.foundations.fhir.media import Media
from tests.cast import NOW, World
from tests.entrances.gpconnect import records
from tests.entrances.gpconnect.consumer import Consumer
from tests.entrances.gpconnect.records import (
    ALLERGIES,
    ENDED,
    MEDICATION,
    allergies,
    ask,
    given,
    medication,
    of,
    question,
    the_list,
)

REPEAT, ACUTE = records.typed("repeat", "Repeat"), records.typed("acute", "Acute")
NUMBER = "9000000009"
STATEMENTS = 14  # with the transaction of the test
UUID = "0a1b2c3d-0000-4000-8000-0123456789ab"


@pytest.fixture
def caller(w: World, media: Media) -> Consumer:
    """A hub elsewhere, asking Ash Lane."""
    return Consumer(w.ash.ods_code, ods_code="Y99999", name="Far Hub", media=media)


@pytest.fixture
def json_caller(w: World) -> Consumer:
    return Consumer(w.ash.ods_code, ods_code="Y99999", name="Far Hub")


def bring_in(w: World, *resources: dict[str, Any]) -> None:
    records.bring_in(w.ash, records.source(w, *resources))


def whole(w: World) -> None:
    """Two allergies and an ended one, a repeat that was stopped, an acute one, one without a code."""
    end = {
        "url": records.EXTENSION + "AllergyIntoleranceEnd-1",
        "extension": [
            {"url": "endDate", "valueDateTime": "2018-03-01"},
            {"url": "reasonEnded", "valueString": "Tolerated since"},
        ],
    }
    rash = [{"manifestation": [records.coded("304386008", "Itchy rash")], "severity": "mild"}]
    ended = records.an_allergy("Resolved-1", clinicalStatus="resolved", extension=[end])
    stopped = {
        "url": records.EXTENSION + "MedicationStatusReason-1",
        "extension": [
            {"url": "statusReason", "valueCodeableConcept": {"text": "Cough"}},
            {"url": "statusChangeDate", "valueDateTime": "2026-06-01"},
        ],
    }
    repeat = records.a_medicine("ram", "Ramipril", REPEAT, status="stopped")
    repeat[1]["extension"] = [REPEAT, stopped]
    bring_in(
        w,
        records.an_allergy("a1", reaction=rash, identifier=[{"system": records.CROSS_CARE, "value": UUID.upper()}]),
        records.an_allergy("a2", code={"text": "Wool"}, category=["food"], clinicalStatus="inactive"),
        records.a_list(ENDED) | {"contained": [ended]},
        records.a_list(ALLERGIES),
        records.a_list(MEDICATION),
        *repeat,
        *records.a_medicine("amox", "Amoxicillin", ACUTE, status="completed"),
    )


def test_allergies(w: World, caller: Consumer) -> None:
    whole(w)
    found = given(caller, question(NUMBER, allergies()))
    assert [each["resourceType"] for each in found[:2]] == ["Patient", "Organization"]
    current, ended = the_list(found, ALLERGIES), the_list(found, ENDED)
    assert (current["title"], ended["title"]) == ("Allergies and adverse reactions", "Ended allergies")
    assert {(each["status"], each["mode"]) for each in (current, ended)} == {("current", "snapshot")}
    assert current["date"] == "2026-11-23T09:00:00+00:00"
    assert not {"note", "emptyReason", "extension"} & current.keys()
    told = {
        each["code"].get("text") or each["code"]["coding"][0]["display"]: each
        for each in of(found, "AllergyIntolerance")
    }
    assert [each["item"]["reference"] for each in current["entry"]] == [
        f"AllergyIntolerance/{each['id']}" for each in of(found, "AllergyIntolerance")
    ]
    penicillin, wool = told["Allergy to penicillin"], told["Wool"]
    assert penicillin["identifier"] == [{"system": records.CROSS_CARE, "value": UUID}]
    assert penicillin["reaction"] == [{"manifestation": [records.coded("304386008", "Itchy rash")], "severity": "mild"}]
    assert (penicillin["clinicalStatus"], penicillin["verificationStatus"]) == ("active", "unconfirmed")
    assert (penicillin["assertedDate"], penicillin["category"]) == ("2012-05-07", ["medication"])
    # What the value sets don't have is in the note, and in doubt an allergy is current
    assert (wool["category"], wool["clinicalStatus"]) == (["environment"], "active")
    assert wool["note"] == [{"text": "Status at its source: inactive."}]
    assert wool["code"]["coding"][0]["code"] == "196471000000108"
    (inside,) = ended["contained"]
    assert ended["entry"] == [{"item": {"reference": f"#{inside['id']}"}}]
    assert inside["clinicalStatus"] == "resolved"
    end = {each["url"]: each for each in records.extension(inside, "AllergyIntoleranceEnd-1")["extension"]}
    assert (end["endDate"]["valueDateTime"], end["reasonEnded"]["valueString"]) == ("2018-03-01", "Tolerated since")
    (practitioner,) = of(found, "Practitioner")
    assert penicillin["recorder"] == {"reference": f"Practitioner/{practitioner['id']}"}
    assert practitioner["name"][0]["family"] == "Gilbert"
    assert of(found, "PractitionerRole")[0]["code"][0]["coding"][0]["code"] == "R0260"
    assert not [each for each in found if each["resourceType"].startswith("Medication")]
    # The ended ones only on demand, and never under another name
    without = given(caller, question(NUMBER, allergies(resolved=False)))
    assert len(of(without, "List")) == 1
    assert len(of(without, "AllergyIntolerance")) == 2
    assert [each["id"] for each in of(without, "AllergyIntolerance")] == [
        each["id"] for each in of(found, "AllergyIntolerance")
    ]


def test_medication(w: World, caller: Consumer) -> None:
    whole(w)
    found = given(caller, question(NUMBER, medication()))
    listed = the_list(found, MEDICATION)
    assert listed["title"] == "Medications and medical devices"
    statements = {each["dosage"][0]["text"]: each for each in of(found, "MedicationStatement")}
    assert {each["item"]["reference"] for each in listed["entry"]} == {
        f"MedicationStatement/{each['id']}" for each in statements.values()
    }
    repeat, acute = statements["Take Ramipril daily"], statements["Take Amoxicillin daily"]
    assert (repeat["status"], acute["status"], repeat["taken"]) == ("stopped", "completed", "unk")
    assert repeat["effectivePeriod"] == {"start": "2026-01-05"}
    assert records.extension(repeat, "MedicationStatementLastIssueDate-1")["valueDateTime"] == "2026-02-05"
    assert records.extension(repeat, "PrescribingAgency-1")
    requests = {f"MedicationRequest/{each['id']}": each for each in of(found, "MedicationRequest")}
    plan = requests[repeat["basedOn"][0]["reference"]]
    assert (plan["intent"], plan["status"], plan["authoredOn"], "basedOn" in plan) == (
        "plan",
        "stopped",
        "2026-01-05",
        False,
    )
    (issue,) = (each for each in requests.values() if each.get("basedOn") == repeat["basedOn"])
    assert (issue["intent"], issue["status"], issue["authoredOn"]) == ("order", "completed", "2026-02-05")
    assert issue["groupIdentifier"] == plan["groupIdentifier"]
    assert "groupIdentifier" not in requests[acute["basedOn"][0]["reference"]]
    for request in requests.values():
        assert [each["text"] for each in request["dosageInstruction"]] in (
            ["Take Ramipril daily"],
            ["Take Amoxicillin daily"],
        )
        assert request["dispenseRequest"]["validityPeriod"] == {"start": "2026-01-05"}
        assert request["dispenseRequest"]["quantity"] == {"value": 28, "unit": "tablet"}
        assert records.extension(request, "PrescriptionType-1")["valueCodeableConcept"]["coding"][0]["code"]
        assert request["recorder"]["reference"].startswith("Practitioner/")
        assert not {"category", "priority", "substitution", "definition"} & request.keys()
    parts = {each["url"]: each for each in records.extension(plan, "MedicationRepeatInformation-1")["extension"]}
    assert parts["numberOfRepeatPrescriptionsIssued"]["valueUnsignedInt"] == 0
    why = {each["url"]: each for each in records.extension(plan, "MedicationStatusReason-1")["extension"]}
    assert why["statusReason"]["valueCodeableConcept"] == {"text": "Cough"}
    assert why["statusChangeDate"]["valueDateTime"] == "2026-06-01"
    drugs = {f"Medication/{each['id']}": each["code"]["coding"][0]["display"] for each in of(found, "Medication")}
    assert drugs[repeat["medicationReference"]["reference"]] == "Ramipril"
    assert len(drugs) == 2
    assert not of(found, "AllergyIntolerance")
    without = given(caller, question(NUMBER, medication(issues=False)))
    assert {each["intent"] for each in of(without, "MedicationRequest")} == {"plan"}


@pytest.mark.parametrize(
    ("since", "drugs"),
    [
        ("2026-01-04", {"Ramipril", "Amoxicillin", "Statin"}),
        ("2026-01-05", {"Ramipril", "Amoxicillin", "Statin"}),
        ("2026-01-06", {"Ramipril", "Statin"}),  # an acute one without an end is active on its first day alone
        ("2026-03-31", {"Ramipril", "Statin"}),
        ("2026-04-01", {"Ramipril"}),
        ("2026-11-23", {"Ramipril"}),
    ],
)
def test_medication_since_a_day(w: World, json_caller: Consumer, since: str, drugs: set[str]) -> None:
    bring_in(
        w,
        *records.a_medicine("ram", "Ramipril", REPEAT),
        *records.a_medicine("amox", "Amoxicillin", ACUTE),
        *records.a_medicine("sta", "Statin", REPEAT, effectivePeriod={"start": "2025-01-05", "end": "2026-03-31"}),
    )
    found = given(json_caller, question(NUMBER, medication(since=since)))
    assert {each["code"]["coding"][0]["display"] for each in of(found, "Medication")} == drugs


def test_nothing_recorded_and_nothing_held_read_differently(w: World, caller: Consumer) -> None:
    """An empty list would say "none" of a record that nobody has brought in."""
    found = given(caller, question(NUMBER, allergies(), medication()))
    assert len(of(found, "List")) == 3
    for each in of(found, "List"):
        assert each["extension"] == [{"url": records.EXTENSION + "ListWarningCode-1", "valueCode": "data-in-transit"}]
        assert "information recorded before 23-Nov-2026 may be missing." in each["note"][0]["text"]
        assert "has not brought this part of the record into this system" in each["note"][0]["text"]
    bring_in(w, records.a_list(ALLERGIES), records.a_list(MEDICATION))
    for each in of(given(caller, question(NUMBER, allergies(), medication())), "List"):
        assert each["note"] == [{"text": "Information not available"}]
        assert each["emptyReason"]["coding"] == [
            {
                "system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-ListEmptyReasonCode-1",
                "code": "no-content-recorded",
                "display": "No Content Recorded",
            }
        ]
        assert not {"extension", "entry"} & each.keys()


def codes(each: dict[str, Any]) -> list[str]:
    return [extension["valueCode"] for extension in each.get("extension", [])]


def test_warnings(w: World, json_caller: Consumer) -> None:
    """A transfer that is not complete is said with every list, whichever it was told of; confidential entries with theirs."""
    secret = records.an_allergy("a2", meta={"security": [{"code": "R"}]}, code=records.coded("1", "Secret allergy"))
    bring_in(
        w,
        records.an_allergy(),
        secret,
        records.a_list(ALLERGIES),
        records.a_list(MEDICATION, "data-awaiting-filing"),
        records.a_list("717711000000103", "data-in-transit"),
    )
    answer = records.ask(json_caller, question(NUMBER, allergies(), medication()))
    assert "Secret" not in answer.body.decode()
    found = [each["resource"] for each in answer.resource["entry"]]
    current, meds = the_list(found, ALLERGIES), the_list(found, MEDICATION)
    assert codes(current) == codes(the_list(found, ENDED)) == ["confidential-items", "data-in-transit"]
    assert codes(meds) == ["data-in-transit", "data-awaiting-filing"]
    assert "Items excluded due to confidentiality and/or patient preferences." in current["note"][0]["text"]
    assert "information recorded before 01-Jan-2024 may be missing." in meds["note"][0]["text"]  # registered on
    assert "awaiting review before becoming available." in meds["note"][0]["text"]
    assert len(current["entry"]) == 1
    assert "emptyReason" in meds


def test_entries_that_were_brought_in_before_are_given_as_they_are_shown(w: World, caller: Consumer) -> None:
    """Without what their source said in full: the mandatory elements are there all the same, and say what is not known."""
    ended = NewItem(ItemKind.ALLERGY, "Dust\x0b mite", "AllergyIntolerance/9", status="resolved")
    plain = NewItem(
        ItemKind.MEDICATION, "Aspirin", "MedicationStatement/9", code="319773006", status="on-hold",
        detail={"dosage": "One daily", "recorded_by": "Dr Ann Khan"},
    )  # fmt: skip
    wrong = NewItem(ItemKind.ALLERGY, "Never was", "AllergyIntolerance/8", status="entered-in-error")
    import_items(
        actor=w.dilys, now=NOW, patient_id=w.patient_of_ash.pk, items=[ended, plain, wrong],
        coverage=[Coverage(Section.ALLERGIES), Coverage(Section.MEDICATION)],
    )  # fmt: skip
    found = given(caller, question(NUMBER, allergies(), medication()))
    (inside,) = the_list(found, ENDED)["contained"]
    assert inside["code"]["text"] == "Dust  mite"
    assert inside["note"] == [{"text": "When it ended is not recorded."}]
    assert inside["assertedDate"] == "2026-11-23"
    end = {each["url"]: each for each in records.extension(inside, "AllergyIntoleranceEnd-1")["extension"]}
    assert end["reasonEnded"]["valueString"] == "No information available"
    (statement,) = of(found, "MedicationStatement")
    assert (statement["status"], statement["dosage"]) == ("active", [{"text": "One daily"}])
    assert statement["note"] == [{"text": "Status at its source: on-hold."}]
    (plan,) = of(found, "MedicationRequest")
    kind = records.extension(plan, "PrescriptionType-1")["valueCodeableConcept"]["coding"][0]
    assert kind["display"] == "No information available"
    names = {each["name"][0]["family"] for each in of(found, "Practitioner")}
    assert names == {"Khan", "Not known"}
    assert the_list(found, ALLERGIES)["emptyReason"]


def test_the_patient_and_the_usual_gp(w: World, caller: Consumer) -> None:
    """With nothing else asked for: who they are, who their practice is, and no clinical word."""
    found = given(caller, question(NUMBER))
    assert [each["resourceType"] for each in found] == ["Patient", "Organization"]
    patient, practice = found
    assert patient["identifier"][0]["value"] == NUMBER
    assert practice["identifier"][0]["value"] == "A81001"
    mine = {"reference": f"Organization/{practice['id']}"}
    assert (patient["managingOrganization"], patient["generalPractitioner"]) == (mine, [mine])


def test_a_drug_that_a_hub_mentioned_is_given_with_its_directions(w: World, json_caller: Consumer) -> None:
    """Entered from a consultation's copy, under the name of the practice's prescriber; struck, it is not given."""
    drug = {
        "source_key": "copy:1:drug:0",
        "code": "319773006",
        "term": "Aspirin 75mg tablets",
        "directions": "One daily",
    }
    who = {"mentioned_at": NOW, "mentioned_by": "Bilal Cast", "prescriber": "Dr Farah Cast"}
    enter_drug(actor=w.farah, now=NOW, patient_id=w.patient_of_ash.pk, **drug, **who)  # type: ignore[arg-type]
    found = given(json_caller, question(NUMBER, medication()))
    (statement,), (plan,) = of(found, "MedicationStatement"), of(found, "MedicationRequest")
    assert [each["dosage"][0]["text"] for each in (statement,)] == ["One daily"]
    assert plan["dosageInstruction"] == [{"text": "One daily"}]
    assert [each["name"][0]["family"] for each in of(found, "Practitioner")] == ["Cast"]
    assert [each["name"][0]["given"] for each in of(found, "Practitioner")] == [["Farah"]]
    strike_drug(actor=w.farah, now=NOW, patient_id=w.patient_of_ash.pk, source_key=drug["source_key"])
    assert not of(given(json_caller, question(NUMBER, medication())), "MedicationStatement")


def test_it_asks_the_database_as_often_however_long_the_record_is(
    w: World, json_caller: Consumer, django_assert_num_queries: Any
) -> None:
    for medicines in (["Ramipril"], ["Ramipril", "Statin", "Aspirin", "Insulin"]):
        bring_in(w, *[part for name in medicines for part in records.a_medicine(name.lower(), name, REPEAT)])
        with django_assert_num_queries(STATEMENTS):
            assert ask(json_caller, question(NUMBER, allergies(), medication())).status == 200
