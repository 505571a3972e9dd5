"""GP Connect Structured bundles become record entries; what is wrong or unknown in them is named, never dropped."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.records.rules import Extract, ItemKind, Section
from pcnhub.connections.gpconnect.mapping import NotStructured, extract_from

EXAMPLES = Path(__file__).parents[4] / "shared/data/gpconnect/examples"
SNOMED = "http://snomed.info/sct"
PATIENT = {
    "resourceType": "Patient",
    "id": "1",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9000000009"}],
    "birthDate": "1980-04-12",
}
ABOUT = {"reference": "Patient/1"}


def coded(code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": SNOMED, "code": code, "display": display}]}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in (PATIENT, *resources)]}


def read(*resources: dict[str, Any]) -> Extract:
    return extract_from(bundle(*resources))


def codes(extract: Extract) -> list[str]:
    return [each.code for each in extract.unread]


def allergy(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance", "id": "a", "patient": ABOUT, "clinicalStatus": "active",
        "code": coded("91936005", "Allergy to penicillin"), "assertedDate": "2012-05-07T00:00:00+00:00",
    } | more  # fmt: skip


def a_list(code: str, *entries: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "List", "title": "A list", "code": coded(code, "list"), "date": "2018-03-01T10:57:34+00:00",
        "subject": ABOUT, "entry": [{"item": {"reference": each}} for each in entries],
    } | more  # fmt: skip


def test_whose_record_it_is() -> None:
    extract = read()
    assert (extract.nhs_number, extract.birth_date) == ("9000000009", date(1980, 4, 12))


@pytest.mark.parametrize("written", ["1980", "1980-04", "", "1980-13-01"])
def test_a_birth_date_that_is_not_whole_is_none(written: str) -> None:
    content = bundle()
    content["entry"][0]["resource"] = PATIENT | {"birthDate": written}
    assert extract_from(content).birth_date is None


@pytest.mark.parametrize("content", [None, [], {"resourceType": "Patient"}, {"resourceType": "Bundle"}])
def test_what_is_no_structured_record_is_refused(content: object) -> None:
    with pytest.raises(NotStructured):
        extract_from(content)


def test_two_patients_in_one_bundle_are_refused() -> None:
    with pytest.raises(NotStructured):
        read(PATIENT | {"id": "2"})


def test_an_allergy_with_its_reaction() -> None:
    reaction = [{"manifestation": [coded("271807003", "Rash")], "severity": "severe"}]
    (item,) = read(allergy(reaction=reaction, criticality="high")).items
    assert (item.kind, item.term, item.code, item.status) == (
        ItemKind.ALLERGY, "Allergy to penicillin", "91936005", "active",
    )  # fmt: skip
    assert item.starts_on == date(2012, 5, 7)
    assert {k: item.detail[k] for k in ("reaction", "severity", "criticality")} == {
        "reaction": "Rash", "severity": "severe", "criticality": "high",
    }  # fmt: skip


def test_an_ended_allergy_contained_in_its_list() -> None:
    end = {
        "url": "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-AllergyIntoleranceEnd-1",
        "extension": [
            {"url": "endDate", "valueDateTime": "2018-03-01"},
            {"url": "reasonEnded", "valueString": "Outgrown"},
        ],
    }
    ended = allergy(id="Resolved-1", clinicalStatus="resolved", extension=[end])
    (item,) = read(a_list("1103671000000101", "#Resolved-1", contained=[ended])).items
    assert (item.status, item.ends_on, item.detail["reason_ended"]) == ("resolved", date(2018, 3, 1), "Outgrown")
    assert "Resolved-1" not in item.source_key  # a place in a list, not an identity


def test_entries_about_somebody_else_are_left_out_and_named_contained_ones_too() -> None:
    other = {"reference": "Patient/2"}
    extract = read(allergy(patient=other), a_list("886921000000105", contained=[allergy(id="c", patient=other)]))
    assert extract.items == ()
    assert codes(extract).count("another-patient") == 2


def test_a_section_that_a_list_speaks_of_is_covered_even_when_it_is_empty() -> None:
    (coverage,) = read(a_list("886921000000105")).coverage
    assert (coverage.section, coverage.as_of, coverage.warnings) == (
        Section.ALLERGIES, datetime(2018, 3, 1, 10, 57, 34, tzinfo=UTC), (),
    )  # fmt: skip
    assert read().coverage == ()


def test_a_lists_warnings_are_kept_in_its_words() -> None:
    url = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-ListWarningCode-1"
    words = "Items excluded due to confidentiality and/or patient preferences."
    warned = a_list(
        "933361000000108", extension=[{"url": url, "valueCode": "confidential-items"}], note=[{"text": words}]
    )
    (caution,) = read(warned).coverage[0].warnings
    assert (caution.code, caution.text) == ("confidential-items", words)


def test_an_entry_that_is_named_and_not_sent_is_a_warning_to_the_reader() -> None:
    extract = read(allergy(), a_list("886921000000105", "AllergyIntolerance/a", "AllergyIntolerance/missing"))
    (caution,) = extract.coverage[0].warnings
    assert caution.code == "named-but-missing"
    assert "1 entry" in caution.text
    assert codes(extract) == ["named-but-missing"]


def test_unknown_types_and_the_sources_own_excuses_are_reported() -> None:
    issue = {
        "severity": "warning",
        "code": "not-supported",
        "details": {"text": "includeProblems is an unrecognised parameter"},
    }
    extract = read(
        {"resourceType": "ReferralRequest", "id": "r"}, {"resourceType": "OperationOutcome", "issue": [issue]}
    )
    assert [(each.place, each.code) for each in extract.unread] == [
        ("ReferralRequest", "type-unknown"),
        ("OperationOutcome", "not-supported"),
    ]


def test_medication_comes_with_drug_dosage_and_authorisation() -> None:
    drug = {"resourceType": "Medication", "id": "m", "code": coded("319773006", "Aspirin 75mg tablets")}
    plan = {
        "resourceType": "MedicationRequest", "id": "p", "intent": "plan", "subject": ABOUT, "authoredOn": "2016-08-11",
        "medicationReference": {"reference": "Medication/m"}, "dosageInstruction": [{"text": "ONE 3 TIMES/DAY"}],
    }  # fmt: skip
    order = plan | {"id": "o", "intent": "order", "basedOn": {"reference": "MedicationRequest/p"}}
    statement = {
        "resourceType": "MedicationStatement", "id": "s", "status": "active", "subject": ABOUT,
        "basedOn": {"reference": "MedicationRequest/p"}, "medicationReference": {"reference": "Medication/m"},
        "effectivePeriod": {"start": "2016-08-11"}, "dosage": [{"text": "ONE DAILY"}],
    }  # fmt: skip
    extract = read(drug, plan, order, statement)
    (item,) = extract.items
    assert (item.term, item.code, item.status, item.starts_on) == (
        "Aspirin 75mg tablets", "319773006", "active", date(2016, 8, 11),
    )  # fmt: skip
    assert (item.detail["dosage"], item.detail["dosage_authorised"]) == ("ONE DAILY", "ONE 3 TIMES/DAY")
    assert codes(extract) == ["dosage-differs"]
    alone = read(drug, order)
    assert [each.term for each in alone.items] == ["Aspirin 75mg tablets"]
    assert codes(alone) == ["plan-missing"]
    nameless = read(statement)
    assert nameless.items[0].term == "Drug not named by the source"
    assert "drug-missing" in codes(nameless)


def test_problems_immunisations_and_observations() -> None:
    significance = {"url": "x/Extension-CareConnect-GPC-ProblemSignificance-1", "valueCode": "major"}
    vaccination = {
        "url": "x/Extension-CareConnect-VaccinationProcedure-1",
        "valueCodeableConcept": coded("72", "Flu jab"),
    }
    extract = read(
        {"resourceType": "Condition", "id": "c", "subject": ABOUT, "clinicalStatus": "active",
         "code": coded("195967001", "Asthma"), "onsetDateTime": "2001-02", "extension": [significance]},
        {"resourceType": "Immunization", "id": "i", "patient": ABOUT, "notGiven": False, "date": "2020-10-01",
         "vaccineCode": {"coding": [{"code": "UNK"}]}, "extension": [vaccination]},
        {"resourceType": "Observation", "id": "o", "subject": ABOUT, "code": coded("75367002", "Blood pressure"),
         "effectiveDateTime": "2021-05-06", "component": [
             {"code": coded("1", "Systolic"), "valueQuantity": {"value": 120, "unit": "mmHg"}},
             {"code": coded("2", "Diastolic"), "valueQuantity": {"value": 80, "unit": "mmHg"}}]},
    )  # fmt: skip
    items = {item.kind: item for item in extract.items}
    assert items[ItemKind.PROBLEM].starts_on == date(2001, 2, 1)
    assert items[ItemKind.PROBLEM].detail["significance"] == "major"
    assert items[ItemKind.IMMUNISATION].term == "Flu jab"
    assert items[ItemKind.OBSERVATION].detail["value"] == "Systolic 120 mmHg, Diastolic 80 mmHg"
    assert extract.unread == ()


def test_a_consultation_with_its_headings() -> None:
    comment = {"resourceType": "Observation", "id": "n", "subject": ABOUT, "code": coded("37331000000100", "Comment note"),
               "comment": "Sore throat for three days", "effectiveDateTime": "2026-01-05"}  # fmt: skip
    finding = comment | {"id": "f", "code": coded("405737000", "Pharyngitis"), "comment": ""}
    extract = read(
        comment,
        finding,
        {"resourceType": "Practitioner", "id": "d", "name": [{"prefix": ["Dr"], "given": ["Ann"], "family": "Lee"}]},
        {"resourceType": "Encounter", "id": "e", "subject": ABOUT, "type": [{"text": "GP surgery"}],
         "period": {"start": "2026-01-05T09:00:00+00:00"}, "participant": [{"individual": {"reference": "Practitioner/d"}}]},
        a_list("325851000000107", "List/t", id="k", encounter={"reference": "Encounter/e"}),
        a_list("25851000000105", "List/h", id="t"),
        a_list("24781000000107", "Observation/n", "Observation/f", id="h", title="History"),
    )  # fmt: skip
    (consultation,) = extract.consultations
    assert (consultation.title, consultation.author_name) == ("GP surgery", "Dr Ann Lee")
    (passage,) = consultation.sections
    assert (passage.heading, passage.text) == ("History", "Sore throat for three days\nPharyngitis")
    assert [(entry.code, entry.term) for entry in consultation.entries] == [("405737000", "Pharyngitis")]
    assert [item.term for item in extract.items] == [
        "Pharyngitis"
    ]  # the note is the consultation's text, no observation
    assert Section.CONSULTATIONS in {each.section for each in extract.coverage}


def test_restricted_entries_are_confidential() -> None:
    (item,) = read(allergy(meta={"security": [{"code": "R"}]})).items
    assert item.is_confidential


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["id", "code", "patient", "subject", "entry", "contained", "extension", "note", "dosage", "basedOn", "period",
         "reaction", "meta", "medicationReference", "identifier", "component", "valueQuantity"]  # fmt: skip
TYPES = ["AllergyIntolerance", "Condition", "Immunization", "Observation", "MedicationStatement", "MedicationRequest",
         "Encounter", "List", "OperationOutcome", "Medication"]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(NAMES), json_values)), max_size=4))
def test_no_shape_of_json_breaks_the_reading(resources: list[tuple[str, dict[str, Any]]]) -> None:
    read(*({"patient": ABOUT, "subject": ABOUT} | values | {"resourceType": kind} for kind, values in resources))


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the specification's examples are not on this machine")
@pytest.mark.parametrize(
    ("name", "items", "unread"),
    [
        ("allergies_response1", 4, ["named-but-missing", "list-of-another"]),
        ("allergies_response2", 1, []),
        ("allergies_response3", 0, []),
        ("meds_response", 2, ["dosage-differs"]),
        (
            "consultations_forwards_response1", 6,
            ["dosage-differs", "named-but-missing", "list-of-another", "not-supported", "not-supported"],
        ),
    ],
)  # fmt: skip
def test_the_specifications_own_examples(name: str, items: int, unread: list[str]) -> None:
    extract = extract_from(json.loads((EXAMPLES / f"{name}.json").read_text()))
    assert len(extract.items) == items
    assert codes(extract) == unread
    assert extract.coverage


def test_what_each_list_of_a_section_lacks_is_said_of_each() -> None:
    def lacking(code: str, title: str) -> dict[str, Any]:
        entry = [{"item": {"reference": f"AllergyIntolerance/{code}"}}]
        return {"resourceType": "List", "id": code, "title": title, "code": coded(code, title), "entry": entry}

    (covered,) = read(lacking("886921000000105", "Active"), lacking("1103671000000101", "Ended allergies")).coverage
    assert [("“Active”" in each.text, "“Ended" in each.text) for each in covered.warnings] == [
        (True, False),
        (False, True),
    ]
