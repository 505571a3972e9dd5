"""People of the counterpart of the demographics service: those that a test makes, and those of the published examples."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

PUBLISHED = Path(__file__).parents[3] / "shared/data/pds"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/"
Json = dict[str, Any]


@dataclass
class Entry:
    """One record of the service: the Patient as a reading answers it, what only history finds, and what became of it."""

    patient: Json
    history: list[Json] = field(default_factory=list)  # names
    superseded_by: str = ""
    is_invalid: bool = False


def number(serial: int) -> str:
    """A valid NHS number for tests (999 and so on), the serial-th of those that have a check digit."""
    for tail in range(serial * 2, serial * 2 + 2):
        nine = f"999{tail:06d}"
        check = (11 - sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11) % 11
        if check < 10:
            return f"{nine}{check}"
    raise AssertionError("two numbers in a row without a check digit")


def person(
    nhs_number: str,
    family: str,
    given: str,
    born: date | str,
    *,
    postcode: str = "LS1 6AE",
    gender: str = "female",
    practice: str = "A81001",
    restricted: bool = False,
    died: str = "",
    mobile: str = "07700900461",
    **more: Any,
) -> Entry:
    """A record as complete as the hub reads one. `more` goes into the Entry."""
    patient: Json = {
        "resourceType": "Patient",
        "id": nhs_number,
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs_number}],
        "meta": {"versionId": "3", "security": [{"system": CONFIDENTIALITY, "code": "R" if restricted else "U"}]},
        "name": [{"id": "1", "use": "usual", "family": family, "given": given.split(), "prefix": ["Ms"]}],
        "gender": gender,
        "birthDate": str(born),
        "extension": [
            {
                "url": f"{UK_CORE}Extension-UKCore-NHSCommunication",
                "extension": [
                    {"url": "language", "valueCodeableConcept": {"coding": [{"code": "fr", "display": "French"}]}},
                    {"url": "interpreterRequired", "valueBoolean": True},
                ],
            }
        ],
    }
    if died:
        patient["deceasedDateTime"] = f"{died}T00:00:00+00:00"
    if not restricted:
        patient["address"] = [{"use": "home", "line": ["1 Trevelyan Square", "", "Leeds"], "postalCode": postcode}]
        patient["telecom"] = [{"system": "phone", "use": "mobile", "value": mobile}]
        if practice:
            patient["generalPractitioner"] = [{"identifier": {"value": practice, "period": {"start": "2020-01-01"}}}]
    return Entry(patient, **more)


def published() -> dict[str, Entry]:
    """Everybody of the published examples, by number: as they are read, or else as a search shows them."""
    found: dict[str, Entry] = {}
    for path in sorted((PUBLISHED / "search").glob("*.json")):
        for entry in json.loads(path.read_text()).get("entry", ()):
            found[entry["resource"]["id"]] = Entry(entry["resource"])
    for path in sorted((PUBLISHED / "patient").glob("*.json")):
        resource = json.loads(path.read_text())
        found[resource["id"]] = Entry(resource)
    return found


def outcome(
    code: str, display: str = "", *, issue: str = "value", severity: str = "error", diagnostics: str = ""
) -> Json:
    """An OperationOutcome in the published form."""
    coding = {
        "system": "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode", "version": "1", "code": code,
        "display": display or code,
    }  # fmt: skip
    made: Json = {"severity": severity, "code": issue, "details": {"coding": [coding]}}
    return {"resourceType": "OperationOutcome", "issue": [made | ({"diagnostics": diagnostics} if diagnostics else {})]}


def as_searched(patient: Json) -> Json:
    """Without what only a reading tells: other names and addresses, pharmacies, language, contact preferences."""
    shown = copy.deepcopy(patient)
    shown["extension"] = [each for each in shown.get("extension", ()) if "DeathNotificationStatus" in each["url"]]
    for name, uses in (("name", ("usual", "nickname", "temp")), ("address", ("home",))):
        if name in shown:
            shown[name] = [each for each in shown[name] if each.get("use") in uses]
    return shown
