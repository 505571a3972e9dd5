"""Records that a practice keeps here, and how a consumer asks for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.records.operations import import_extract
from pcnhub.connections.gpconnect.mapping import extract_from
from tests.cast import NOW, World, system_for
from tests.entrances.gpconnect.consumer import Answer, Consumer

EXAMPLES = Path(__file__).parents[4] / "shared/data/gpconnect/examples"
INTERACTION = "operation:gpc.getstructuredrecord-1"
METADATA = "urn:nhs:names:services:gpconnect:structured:fhir:rest:read:metadata-1"
ROOT = "structured/"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
PROFILES = "https://fhir.nhs.uk/STU3/StructureDefinition/"
EXTENSION = PROFILES + "Extension-CareConnect-GPC-"
SNOMED = "http://snomed.info/sct"
CROSS_CARE = "https://fhir.nhs.uk/Id/cross-care-setting-identifier"
ALLERGIES, ENDED, MEDICATION = "886921000000105", "1103671000000101", "933361000000108"
ABOUT = {"reference": "Patient/p"}
GP = {"reference": "PractitionerRole/role"}


def parameter(name: str, *parts: dict[str, Any], **value: Any) -> dict[str, Any]:
    return {"name": name, **value, **({"part": list(parts)} if parts else {})}


def allergies(resolved: bool = True) -> dict[str, Any]:
    return parameter("includeAllergies", parameter("includeResolvedAllergies", valueBoolean=resolved))


def medication(*, issues: bool | None = None, since: str | None = None) -> dict[str, Any]:
    parts = [] if issues is None else [parameter("includePrescriptionIssues", valueBoolean=issues)]
    parts += [] if since is None else [parameter("medicationSearchFromDate", valueDate=since)]
    return parameter("includeMedication", *parts)


def question(number: str, *parameters: dict[str, Any], system: str = NHS_NUMBER) -> dict[str, Any]:
    who = parameter("patientNHSNumber", valueIdentifier={"system": system, "value": number})
    return {"resourceType": "Parameters", "parameter": [who, *parameters]}


def ask(consumer: Consumer, body: dict[str, Any] | bytes, **more: Any) -> Answer:
    path = more.pop("root", ROOT) + "Patient/$gpc.getstructuredrecord"
    return consumer.ask(INTERACTION, path, verb="POST", body=body, **{"scope": "patient/*.read", **more})


def given(consumer: Consumer, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The resources of a record that was answered with 200, having checked what holds of every bundle."""
    answer = ask(consumer, body)
    bundle = answer.resource
    assert answer.status == 200, bundle
    assert bundle.keys() == {"resourceType", "meta", "type", "entry"}
    assert bundle["meta"] == {"profile": [PROFILES + "GPConnect-StructuredRecord-Bundle-1"]}
    assert bundle["type"] == "collection"
    assert all(each.keys() == {"resource"} for each in bundle["entry"])
    found = [each["resource"] for each in bundle["entry"]]
    check(found)
    return found


def check(found: list[dict[str, Any]]) -> None:
    """What every resource of a bundle must have, and that all that is referred to is there, once."""
    references = [f"{each['resourceType']}/{each['id']}" for each in found if "id" in each]
    assert len(references) == len(set(references))
    for resource in found:
        kind, meta = resource["resourceType"], resource["meta"]
        assert len(meta["profile"]) == 1
        assert ("versionId" in meta) is (kind in ("Patient", "Practitioner", "Organization"))
        assert "lastUpdated" not in meta
        assert ("id" in resource) is (kind not in ("List", "OperationOutcome"))
        inside = {f"#{each['id']}" for each in resource.get("contained", [])}
        for reference in referred(resource):
            assert reference in references or reference in inside, (kind, reference)


def referred(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [each for part in value.values() for each in referred(part)]
    return [each for part in value for each in referred(part)] if isinstance(value, list) else []


def of(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in found if each["resourceType"] == kind]


def the_list(found: list[dict[str, Any]], code: str) -> dict[str, Any]:
    (one,) = (each for each in of(found, "List") if each["code"]["coding"][0]["code"] == code)
    return one


def extension(resource: dict[str, Any], name: str) -> dict[str, Any]:
    one: dict[str, Any]
    (one,) = (each for each in resource.get("extension", []) if each["url"] == EXTENSION + name)
    return one


def coded(code: str, display: str, **more: Any) -> dict[str, Any]:
    return {"coding": [{"system": SNOMED, "code": code, "display": display}], **more}


def typed(code: str, display: str) -> dict[str, Any]:
    coding = {"system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-PrescriptionType-1", "code": code}
    return {
        "url": EXTENSION + "PrescriptionType-1",
        "valueCodeableConcept": {"coding": [coding | {"display": display}]},
    }


def source(w: World, *resources: dict[str, Any]) -> dict[str, Any]:
    """A bundle of Ash Lane's patient, with who recorded it."""
    people: list[dict[str, Any]] = [
        {
            "resourceType": "Patient", "id": "p", "birthDate": w.patient_of_ash.birth_date.isoformat(),
            "identifier": [{"system": NHS_NUMBER, "value": w.patient_of_ash.nhs_number}],
        },
        {
            "resourceType": "Practitioner", "id": "gp", "name": [{"family": "Gilbert", "given": ["Nichole"], "prefix": ["Dr"]}],
            "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "G13579135"}],
        },
        {
            "resourceType": "PractitionerRole", "id": "role", "practitioner": {"reference": "Practitioner/gp"},
            "code": [{"coding": [{"system": "x", "code": "R0260", "display": "General Medical Practitioner"}]}],
        },
    ]  # fmt: skip
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in (*people, *resources)]}


def an_allergy(id_: str = "a1", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance", "id": id_, "patient": ABOUT, "recorder": GP, "clinicalStatus": "active",
        "verificationStatus": "unconfirmed", "category": ["medication"], "assertedDate": "2012-05-07",
        "code": coded("91936005", "Allergy to penicillin"), **more,
    }  # fmt: skip


def a_medicine(
    id_: str, drug: str, kind: dict[str, Any], *, status: str = "active", **statement: Any
) -> list[dict[str, Any]]:
    """A statement, its plan and one issue."""
    request: dict[str, Any] = {
        "resourceType": "MedicationRequest", "subject": ABOUT, "recorder": GP, "extension": [kind],
        "medicationReference": {"reference": f"Medication/{id_}"}, "dosageInstruction": [{"text": f"Take {drug} daily"}],
        "dispenseRequest": {"validityPeriod": {"start": "2026-01-05"}, "quantity": {"value": 28, "unit": "tablet"}},
    }  # fmt: skip
    return [
        {
            "resourceType": "MedicationStatement", "id": f"{id_}-s", "status": status, "subject": ABOUT, "taken": "unk",
            "basedOn": [{"reference": f"MedicationRequest/{id_}-p"}], "dateAsserted": "2026-01-05",
            "medicationReference": {"reference": f"Medication/{id_}"}, "dosage": [{"text": f"Take {drug} daily"}],
            "effectivePeriod": {"start": "2026-01-05"}, **statement,
        },
        request | {"id": f"{id_}-p", "intent": "plan", "status": status, "authoredOn": "2026-01-05"},
        request | {"id": f"{id_}-i", "intent": "order", "status": "completed", "authoredOn": "2026-02-05",
                   "basedOn": [{"reference": f"MedicationRequest/{id_}-p"}]},
        {"resourceType": "Medication", "id": id_, "code": coded(f"{len(drug)}0001", drug)},
    ]  # fmt: skip


def a_list(code: str, *warnings: str) -> dict[str, Any]:
    return {
        "resourceType": "List", "title": "A list", "status": "current", "mode": "snapshot", "code": coded(code, "list"),
        "extension": [{"url": EXTENSION + "ListWarningCode-1", "valueCode": each} for each in warnings],
    }  # fmt: skip


def bring_in(practice: Organisation, content: dict[str, Any]) -> None:
    """What `pcnhub import records` does with one file."""
    import_extract(actor=system_for(practice, "command"), now=NOW, extract=extract_from(content))


def example(name: str, w: World) -> dict[str, Any]:
    """A published example, as if it were of Ash Lane's patient: the number in it is none that may be used."""
    written = (EXAMPLES / name).read_text().replace("9999999999", w.patient_of_ash.number)
    found: dict[str, Any] = json.loads(written.replace("1952-05-31", w.patient_of_ash.birth_date.isoformat()))
    return found
