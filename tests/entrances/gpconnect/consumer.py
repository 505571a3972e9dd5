"""A GP Connect consumer, as another supplier's system is one: its own token and headers for each call, both formats.

Every answer is read by `fhir.resources` (STU3) as well, which knows nothing of this project; what it makes of XML must be what it
makes of JSON.
"""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from django.test import Client
from django.utils import timezone
from fhir.resources.STU3 import get_fhir_model_class

from pcnhub.care.organisations.models import GpConnectSwitch, Organisation
from pcnhub.care.organisations.rules import GpConnectCapability
from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir.media import Media
from tests.cast import NOW

PREFIX = "urn:nhs:names:services:gpconnect:fhir:"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
SCOPES = {"GET": ".read", "POST": ".write", "PUT": ".write"}


def switch_on(*organisations: Organisation) -> None:
    for organisation in organisations:
        for capability in GpConnectCapability:
            GpConnectSwitch.objects.update_or_create(
                organisation=organisation,
                capability=capability,
                defaults={"is_on": True, "changed_at": NOW, "changed_by": "test"},
            )


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: bytes
    media: Media

    @property
    def resource(self) -> dict[str, Any]:
        """As JSON, whatever it came as; the oracle has read it too."""
        if not self.body:
            return {}
        assert self.headers["Content-Type"] == f"{self.media.value};charset=utf-8"
        found: dict[str, Any] = json.loads(as_json(self.body, self.media))
        return found

    @property
    def entries(self) -> list[dict[str, Any]]:
        bundle = self.resource
        assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
        assert bundle["meta"]["profile"] == [
            "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Searchset-Bundle-1"
        ]
        assert all("fullUrl" not in entry for entry in bundle.get("entry", []))
        return [entry["resource"] for entry in bundle.get("entry", [])]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.entries if each["resourceType"] == kind]

    @property
    def outcome(self) -> tuple[int, str]:
        """Status and Spine code of a refusal."""
        assert self.headers["Cache-Control"] == "no-store"
        resource = self.resource
        assert resource["resourceType"] == "OperationOutcome", resource
        (issue,) = resource["issue"]
        (coding,) = issue["details"]["coding"]
        assert issue["severity"] == "error"
        assert coding["display"]
        assert issue["diagnostics"]
        return self.status, coding["code"]

    @property
    def why(self) -> str:
        text: str = self.resource["issue"][0]["diagnostics"]
        return text


@dataclass
class Consumer:
    """One organisation's system, calling one provider."""

    provider: str
    ods_code: str = "A81001"
    name: str = "Ash Lane Surgery"
    media: Media = Media.JSON
    client: Client = field(default_factory=Client)

    def ask(
        self,
        interaction: str,
        path: str,
        query: dict[str, Any] | None = None,
        *,
        verb: str = "GET",
        body: bytes | dict[str, Any] | None = None,
        scope: str = "",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        scope = scope or ("organization/*" if path.startswith("Slot") else "patient/*") + SCOPES[verb]
        sent = {
            "Ssp-TraceID": str(uuid.uuid4()),
            "Ssp-From": "200000000359",
            "Ssp-To": "918999198993",
            "Ssp-InteractionID": PREFIX + interaction,
            "Authorization": f"Bearer {self.token(scope)}",
            "Accept": self.media.value,
            **(headers or {}),
        }
        address = f"/{self.provider}/STU3/1/gpconnect/{path}"
        if verb == "GET":
            answer = self.client.get(address, query or {}, headers=sent)
        else:
            raw = in_media(body, self.media) if isinstance(body, dict) else body or b""
            call = self.client.post if verb == "POST" else self.client.put
            answer = call(address, raw, content_type=self.media.value, headers=sent)
        assert "fault" not in answer.content.decode(errors="replace").lower() or answer.status_code < 500
        return Answer(answer.status_code, answer.headers, answer.content, self.media)

    def slots(self, **query: Any) -> Answer:
        asked = {
            "status": "free",
            "start": "ge2026-11-24",
            "end": "le2026-11-25",
            "_include": "Slot:schedule",
            **{name.replace("__", ":"): value for name, value in query.items()},
        }
        return self.ask(
            "rest:search:slot-1", "Slot", {name: value for name, value in asked.items() if value is not None}
        )

    def book(self, body: dict[str, Any], **more: Any) -> Answer:
        return self.ask("rest:create:appointment-1", "Appointment", verb="POST", body=body, **more)

    def read(self, id_: str, **more: Any) -> Answer:
        return self.ask("rest:read:appointment-1", f"Appointment/{id_}", **more)

    def amend(self, body: dict[str, Any], *, id_: str = "", **more: Any) -> Answer:
        return self.ask("rest:update:appointment-1", f"Appointment/{id_ or body['id']}", verb="PUT", body=body, **more)

    def cancel(self, body: dict[str, Any], *, id_: str = "", **more: Any) -> Answer:
        return self.ask("rest:cancel:appointment-1", f"Appointment/{id_ or body['id']}", verb="PUT", body=body, **more)

    def appointments(self, patient_id: object, *starts: str, **more: Any) -> Answer:
        query = {"start": list(starts), **more}
        return self.ask("rest:search:patient_appointments-1", f"Patient/{patient_id}/Appointment", query)

    def token(self, scope: str) -> str:
        now = int(timezone.now().timestamp())
        claims = {
            "iss": "https://consumer.example",
            "sub": "1",
            "aud": "https://authorize.fhir.nhs.net/token",
            "iat": now,
            "exp": now + 300,
            "reason_for_request": "directcare",
            "requested_scope": scope,
            "requesting_device": {
                "resourceType": "Device",
                "identifier": [{"system": "https://consumer.example/id", "value": "one"}],
                "model": "Consumer",
                "version": "1.0",
            },
            "requesting_organization": {
                "resourceType": "Organization",
                "name": self.name,
                "identifier": [{"system": ODS, "value": self.ods_code}],
            },
            "requesting_practitioner": {
                "resourceType": "Practitioner",
                "id": "1",
                "name": [{"family": "Receptionist", "given": ["Ada"]}],
                "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "111122223333"}],
            },
        }
        return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def in_media(body: dict[str, Any], media: Media) -> bytes:
    """A body as the consumer writes it, which may be wrong FHIR on purpose: so XML is written here, not by our codec."""
    if media is Media.JSON:
        return json.dumps(body).encode()
    root = xml_of(body)
    root.set("xmlns", "http://hl7.org/fhir")
    return ET.tostring(root)


def xml_of(resource: dict[str, Any]) -> ET.Element:
    root = ET.Element(resource["resourceType"])
    for name, value in resource.items():
        if name != "resourceType":
            add(root, name, value)
    return root


def add(parent: ET.Element, name: str, value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            add(parent, name, each)
    elif not isinstance(value, dict):
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        ET.SubElement(parent, name, {"value": shown})
    elif "resourceType" in value:
        ET.SubElement(parent, name).append(xml_of(value))
    else:
        child = ET.SubElement(parent, name, {"url": value["url"]} if name == "extension" else {})
        for inner, part in value.items():
            if inner != "url" or name != "extension":
                add(child, inner, part)


def as_json(body: bytes, media: Media) -> bytes:
    """An answer as JSON. Of XML the oracle must make the same as it makes of that JSON."""
    kind = (
        json.loads(body)["resourceType"] if media is Media.JSON else body.split(b"<", 2)[2].split(b" ", 1)[0].decode()
    )
    oracle = get_fhir_model_class(kind)
    if media is Media.JSON:
        assert oracle.model_validate_json(body)
        return body
    found = codec.read_answer(body, Media.XML)
    assert not found.left_out
    said = codec.encode(found.resource, Media.JSON)
    assert oracle.model_validate_xml(body).model_dump_json() == oracle.model_validate_json(said).model_dump_json()
    return said
