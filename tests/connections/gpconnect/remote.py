"""A practice on another system, as a hub's clinician asks it for a patient's record: what it answers, and how it fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx

from pcnhub.care.patients.models import Patient
from pcnhub.care.records.operations import record_permission
from pcnhub.care.records.rules import PermissionAnswer
from pcnhub.connections.gpconnect import directory
from pcnhub.connections.gpconnect.structured import Fetched, fetch
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import LONG_AGO, NOW, World

INTERACTION = "operation:gpc.getstructuredrecord-1"
NUMBER, ODS = "9990000034", "F86001"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
SNOMED = "http://snomed.info/sct"
ACTIVE, ENDED, MEDICATION = "886921000000105", "1103671000000101", "933361000000108"
WARNING = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-ListWarningCode-1"


def person(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient", "id": "p", "identifier": [{"system": NHS_NUMBER, "value": NUMBER}],
        "name": [{"use": "official", "family": "O'Neill", "given": ["Zoë", "Mary"]}], "gender": "female",
        "birthDate": "1990-01-01",
    } | more  # fmt: skip


def allergy(term: str = "Allergy to penicillin", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"},
        "clinicalStatus": "active", "verificationStatus": "unconfirmed", "assertedDate": "2012-05-07T00:00:00+00:00",
        "code": {"coding": [{"system": SNOMED, "code": "91936005", "display": term}]},
    } | more  # fmt: skip


def listed(code: str, *references: str, warning: str = "", said: str = "", empty: bool = True) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "List", "title": "List", "status": "current", "mode": "snapshot",
        "code": {"coding": [{"system": SNOMED, "code": code}]}, "date": "2026-11-23T08:00:00+00:00",
        "entry": [{"item": {"reference": each}} for each in references],
    }  # fmt: skip
    if warning:
        made["extension"] = [{"url": WARNING, "valueCode": warning}]
    if said or (empty and not references):
        made["note"] = [{"text": said or "Information not available"}]
    if empty and not references:
        made["emptyReason"] = {"coding": [{"code": "no-content-recorded", "display": "No Content Recorded"}]}
    return made


def bundle(*resources: dict[str, Any], of: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": r} for r in (of or person(), *resources)],
    }


def nothing_recorded() -> dict[str, Any]:
    return bundle(listed(ACTIVE), listed(ENDED), listed(MEDICATION))


def refusal(status: int, code: str, said: str = "") -> Callable[[httpx.Request], httpx.Response]:
    issue = {"severity": "error", "code": "processing", "details": {"coding": [{"code": code, "display": code}]}}
    if said:
        issue["diagnostics"] = said
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    return lambda _: httpx.Response(status, json=body)


@dataclass
class Remote(httpx.BaseTransport):
    """Answers every question with `answer`: a bundle, raw bytes, or what makes (or refuses to make) a response."""

    answer: Any = None
    requests: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if callable(self.answer):
            made: httpx.Response = self.answer(request)
            return made
        content = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return httpx.Response(200, headers={"Content-Type": "application/fhir+json"}, content=content)


class Clinic:
    """Bilal of the hub with a patient whose practice keeps its records on another system; it has a line in the directory."""

    def __init__(self, w: World, *, asked: bool = True, lines: bool = True) -> None:
        self.w = w
        w.hub.asid, w.hub.phone = "200000000360", "01724 000 333"
        w.hub.save(update_fields=["asid", "phone"])
        with unit_of_work(w.bilal):
            self.patient_id = Patient.objects.create(
                organisation=w.hub, nhs_number=NUMBER, given_name="Zoë", family_name="O'Neill", sex="female",
                birth_date=date(1990, 1, 1), registration_type="temporary", traced_practice_ods=ODS, trace_state="traced",
                registered_on=LONG_AGO, created_at=NOW, updated_at=NOW,
            ).pk  # fmt: skip
        if lines:
            self.line(ODS, f"https://far.example/{ODS}/STU3/1/gpconnect")
        if asked:
            self.says(PermissionAnswer.GIVEN)

    def line(self, ods_code: str, root: str) -> None:
        directory.save_endpoint(
            actor=self.w.carys, now=NOW,
            facts=directory.EndpointFacts(
                ods_code=ods_code, name="Far Practice", service_root=root, asid="918999198739", capability="structured"
            ),
        )  # fmt: skip

    def says(self, answer: PermissionAnswer, actor: Actor | None = None, reason: str = "") -> int:
        return record_permission(
            actor=actor or self.w.bilal, now=NOW, patient_id=self.patient_id, answer=answer, reason=reason
        )

    def changed(self, **values: Any) -> None:
        with unit_of_work(self.w.bilal):
            Patient.objects.filter(pk=self.patient_id).update(**values)

    def fetch(self, actor: Actor | None = None) -> Fetched:
        return fetch(actor=actor or self.w.bilal, now=NOW, patient_id=self.patient_id)

    def audited(self) -> list[AuditEvent]:
        with unit_of_work(self.w.bilal):
            found = AuditEvent.objects.filter(organisation_id=self.w.hub.pk, patient_id=self.patient_id)
            return list(found.order_by("sequence"))
