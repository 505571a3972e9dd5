"""What comes in with `pcnhub import records` goes out over GP Connect the same: the published examples, and one of our own."""

from __future__ import annotations

from typing import Any

import pytest

from pcnhub.connections.gpconnect.mapping import extract_from
from pcnhub.foundations.fhir.media import Media
from tests.cast import World, patient
from tests.entrances.gpconnect import records
from tests.entrances.gpconnect.consumer import Consumer
from tests.entrances.gpconnect.records import allergies, ask, given, medication, of, question

EXAMPLES = {
    "allergies_response1.json": (3, 1, 0, 0),
    "allergies_response2.json": (1, 0, 0, 0),
    "allergies_response3.json": (0, 0, 0, 0),
    "meds_response.json": (0, 0, 2, 3),
    "consultations_forwards_response1.json": (3, 1, 2, 3),
}
needs_examples = pytest.mark.skipif(
    not records.EXAMPLES.is_dir(), reason="the published examples (../shared/data/gpconnect/examples) are not here"
)


def concept(value: Any) -> Any:
    """A concept as it must survive: codes and words; the description that was chosen."""
    if not value:
        return None
    found = value[0] if isinstance(value, list) else value
    codes = [
        (each.get("system"), each.get("code"), each.get("display"), described(each)) for each in found.get("coding", [])
    ]
    return codes, found.get("text")


def described(coding: dict[str, Any]) -> dict[str, Any]:
    parts = (part for each in coding.get("extension", []) for part in each["extension"])
    return {each["url"].lower(): each.get("valueId") or each.get("valueString") for each in parts}


def first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def named(found: list[dict[str, Any]], reference: Any) -> dict[str, Any]:
    written = (first(reference) or {}).get("reference", "")
    return next((each for each in found if f"{each['resourceType']}/{each.get('id')}" == written), {})


def recorder(found: list[dict[str, Any]], reference: Any) -> Any:
    person = named(found, reference)
    if person.get("resourceType") == "PractitionerRole":
        person = named(found, person["practitioner"])
    name = first(person.get("name", [{}]))
    return name.get("family"), name.get("given"), first(person.get("identifier", [{}])).get("value")


def people(found: list[dict[str, Any]]) -> set[Any]:
    return {str(concept(each["code"])[0][0][1:3]) for each in of(found, "PractitionerRole")}


def told_allergies(found: list[dict[str, Any]]) -> list[Any]:
    inside = [each for whole in of(found, "List") for each in whole.get("contained", [])]
    return sorted(
        str(
            {
                "code": concept(each["code"]),
                "status": each["clinicalStatus"],
                "asserted": each["assertedDate"],
                "type": each.get("type"),
                "criticality": each.get("criticality"),
                "category": each["category"],
                "note": [note["text"] for note in each.get("note", [])],
                "reaction": [(concept(one["manifestation"]), one.get("severity")) for one in each.get("reaction", [])],
                "end": [part for one in each.get("extension", []) for part in one["extension"]],
                "recorder": recorder(found, each["recorder"]),
            }
        )
        for each in [*of(found, "AllergyIntolerance"), *inside]
    )


def instructions(request: dict[str, Any]) -> list[Any]:
    return [(each["text"], each.get("patientInstruction")) for each in request["dosageInstruction"]]


def request(found: list[dict[str, Any]], each: dict[str, Any]) -> dict[str, Any]:
    supply = each["dispenseRequest"]
    amount, days = supply.get("quantity", {}), supply.get("expectedSupplyDuration", {})
    return {
        "status": each["status"],
        "authored": each["authoredOn"],
        "drug": concept(named(found, each["medicationReference"]).get("code")),
        "dosage": instructions(each),
        "note": [note["text"] for note in each.get("note", [])],
        "type": concept(records.extension(each, "PrescriptionType-1")["valueCodeableConcept"]),
        "validity": supply["validityPeriod"],
        "quantity": (str(amount.get("value")), [one["valueString"] for one in amount.get("extension", [])]),
        "days": (str(days.get("value")), days.get("unit")),
        "group": each.get("groupIdentifier", {}).get("value"),
        "recorder": recorder(found, each["recorder"]),
    }


def told_medication(found: list[dict[str, Any]]) -> list[Any]:
    statements = []
    for each in of(found, "MedicationStatement"):
        plan = named(found, each["basedOn"])
        under = [
            one for one in of(found, "MedicationRequest") if one.get("basedOn") and named(found, one["basedOn"]) is plan
        ]
        repeats = [
            (part["url"], part.get("valuePositiveInt", part.get("valueUnsignedInt")))
            for one in plan["extension"]
            if one["url"].endswith("RepeatInformation-1")
            for part in one["extension"]
        ]
        statements.append(
            {
                "status": each["status"],
                "effective": each.get("effectivePeriod") or each.get("effectiveDateTime"),
                "asserted": each["dateAsserted"],
                "drug": concept(named(found, each["medicationReference"]).get("code")),
                "dosage": [(one["text"], one.get("patientInstruction")) for one in each["dosage"]],
                "note": [note["text"] for note in each.get("note", [])],
                "issued": [one["valueDateTime"] for one in each["extension"] if one["url"].endswith("LastIssueDate-1")],
                "agency": concept(records.extension(each, "PrescribingAgency-1")["valueCodeableConcept"]),
                "plan": request(found, plan),
                "repeats": sorted(repeats),
                "issues": sorted(str(request(found, one)) for one in under),
            }
        )
    return sorted(map(str, statements))


@needs_examples
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_published_example_comes_back_as_it_went_in(w: World, name: str) -> None:
    content = records.example(name, w)
    source = [each["resource"] for each in content["entry"]]
    records.bring_in(w.ash, content)
    asker = Consumer(w.ash.ods_code, ods_code="Y99999", name="Far Hub")
    found = given(asker, question(w.patient_of_ash.number, allergies(), medication()))
    ended = records.the_list(found, records.ENDED).get("contained", [])
    kinds = (of(found, "AllergyIntolerance"), ended, of(found, "MedicationStatement"),
             [each for each in of(found, "MedicationRequest") if each["intent"] == "order"])  # fmt: skip
    assert tuple(map(len, kinds)) == EXAMPLES[name]
    assert told_medication(found) == told_medication(source)
    if name != "consultations_forwards_response1.json":  # its list names one allergy that it does not send
        assert told_allergies(found) == told_allergies(source)
    if sum(EXAMPLES[name]):
        assert people(found) == people(source)
    # Sent as XML it is the same; read by our own consumer, too, and nothing of it is strange to it
    as_xml = Consumer(w.ash.ods_code, ods_code="Y99999", name="Far Hub", media=Media.XML)
    assert [
        each["resource"]
        for each in ask(as_xml, question(w.patient_of_ash.number, allergies(), medication())).resource["entry"]
    ] == found
    again = extract_from({"resourceType": "Bundle", "entry": [{"resource": each} for each in found]})
    first_time = extract_from(content)
    assert [each.code for each in again.unread if each.code != "dosage-differs"] == []
    terms = {(each.kind, each.code, each.term, each.status, each.starts_on, each.ends_on) for each in again.items}
    assert terms == {
        (each.kind, each.code, each.term, each.status, each.starts_on, each.ends_on) for each in first_time.items
    }


def test_given_on_twice_it_is_still_the_same(w: World) -> None:
    """From one practice here to another system that runs this product, and on from there."""
    told = records.an_allergy("a1", assertedDate="2012", onsetDateTime="2011-05", type="allergy", criticality="high")
    kind = records.typed("repeat-dispensing", "Repeat dispensing")
    records.bring_in(w.ash, records.source(w, told, *records.a_medicine("ram", "Ramipril", kind)))
    asker = Consumer(w.ash.ods_code, ods_code="Y99999", name="Far Hub")
    asked = question(w.patient_of_ash.number, allergies(), medication())
    once = given(asker, asked)
    (allergy,) = of(once, "AllergyIntolerance")
    assert (allergy["assertedDate"], allergy["onsetDateTime"]) == (
        "2012",
        "2011-05",
    )  # no more precise than it was said
    patient(w.birch, w.patient_of_ash.number, "Jane", "Smith", w.patient_of_ash.birth_date)
    records.bring_in(w.birch, {"resourceType": "Bundle", "entry": [{"resource": each} for each in once]})
    twice = given(Consumer(w.birch.ods_code), asked)
    assert told_allergies(twice) == told_allergies(once)
    assert told_medication(twice) == told_medication(once)
    assert of(twice, "AllergyIntolerance")[0]["identifier"] == allergy["identifier"]  # across care settings
