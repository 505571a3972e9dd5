"""Calls to the door of which any part can be wrong: every header, every claim, the token as text."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from pcnhub.foundations.fhir.media import Media
from tests.entrances.gpconnect.consumer import in_media

URN = "urn:nhs:names:services:gpconnect:fhir:"
READ_ORGANISATION, READ_PATIENT, WRITE_PATIENT = "organization/*.read", "patient/*.read", "patient/*.write"
SCOPES = {
    "rest:search:patient-1": READ_PATIENT,
    "rest:read:patient-1": READ_PATIENT,
    "operation:gpc.registerpatient-1": WRITE_PATIENT,
    "rest:create:appointment-1": WRITE_PATIENT,
    "rest:search:patient_appointments-1": READ_PATIENT,
    "rest:read:appointment-1": READ_PATIENT,
    "rest:update:appointment-1": WRITE_PATIENT,
    "rest:cancel:appointment-1": WRITE_PATIENT,
}
TRACE, OWN_ASID = "09a01679-2564-0fb4-5129-aecc81ea2706", "918999198738"


def claims(scope: str = READ_ORGANISATION, *, ods_code: str = "A99999") -> dict[str, Any]:
    """The claims of a good token, issued two seconds ago; the organisation is unknown here."""
    issued = int(timezone.now().timestamp()) - 2
    return {
        "iss": "https://ConsumerSystemURL",
        "sub": "1",
        "aud": "https://authorize.fhir.nhs.net/token",
        "exp": issued + 300,
        "iat": issued,
        "reason_for_request": "directcare",
        "requested_scope": scope,
        "requesting_device": {
            "resourceType": "Device",
            "identifier": [{"system": "GPConnectTestSystem", "value": "Client"}],
            "model": "v1",
            "version": "1.1",
        },
        "requesting_organization": {
            "resourceType": "Organization",
            "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": ods_code}],
            "name": "Far Away Surgery",
        },
        "requesting_practitioner": {
            "resourceType": "Practitioner",
            "id": "1",
            "identifier": [
                {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "111222333444"},
                {"system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": "444555666777"},
                {
                    "system": "https://consumersupplier.com/Id/user-guid",
                    "value": "98ed4f78-814d-4266-8d5b-cde742f3093c",
                },
            ],
            "name": [{"family": "Jones", "given": ["Claire"], "prefix": ["Dr"]}],
        },
    }


def segment(content: Any) -> str:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def jwt(content: Any, header: Any = None) -> str:
    return f"{segment(header or {'alg': 'none', 'typ': 'JWT'})}.{segment(content)}."


@dataclass
class Caller:
    """Calls one provider. `headers` replaces, or with None leaves out; `token` is the whole bearer token."""

    ods_code: str = "Y07108"
    acting_for: str = "A99999"
    media: Media = Media.JSON
    client: Client = field(default_factory=Client)

    def call(
        self,
        method: str,
        path: str,
        interaction: str,
        *,
        query: str = "",
        body: dict[str, Any] | bytes | None = None,
        headers: dict[str, str | None] | None = None,
        token: str | None = None,
        scope: str = "",
        root: str | None = None,
        **environ: Any,
    ) -> HttpResponse:
        scope = scope or SCOPES.get(interaction, READ_ORGANISATION)
        sent: dict[str, str | None] = {
            "Ssp-TraceID": TRACE,
            "Ssp-From": "200000000359",
            "Ssp-To": OWN_ASID,
            "Ssp-InteractionID": interaction if interaction.startswith("urn:") else URN + interaction,
            "Authorization": f"Bearer {token or jwt(claims(scope, ods_code=self.acting_for))}",
            "Accept": self.media.value,
        }
        sent |= headers or {}
        kind = sent.pop("Content-Type", self.media.value if body is not None else "") or ""
        raw = in_media(body, self.media) if isinstance(body, dict) else body or b""
        base = root if root is not None else f"{self.ods_code}/STU3/1/gpconnect"
        answer = self.client.generic(
            method,
            f"/{base}/{path}" + (f"?{query}" if query else ""),
            raw,
            headers={name: value for name, value in sent.items() if value is not None},
            **{"CONTENT_TYPE": kind, **environ},
        )
        return cast("HttpResponse", answer)

    def get(self, path: str, interaction: str, **more: Any) -> HttpResponse:
        return self.call("GET", path, interaction, **more)

    def post(self, path: str, interaction: str, body: Any, **more: Any) -> HttpResponse:
        return self.call("POST", path, interaction, body=body, **more)
