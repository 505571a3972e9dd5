"""GP Connect's calls as bytes on the wire: a token of its own for each, nothing kept from the one before."""

from __future__ import annotations

import base64
import itertools
import json
import os
import time
from dataclasses import dataclass
from typing import Any

_URN = "urn:nhs:names:services:gpconnect:fhir:rest:"
_PROFILES = "https://fhir.nhs.uk/STU3/StructureDefinition/"
_ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
_TYPES = "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1"
_HEADER = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=")


@dataclass(frozen=True, slots=True)
class Free:
    """A free slot, and who may have it: everything that a consumer knows of it from its search."""

    slot: int
    hub: str
    practice: str
    starts: str
    ends: str
    patient: int
    site: int


class Calls:
    """Makes the requests of one client process."""

    def __init__(self, port: int, *, first: str, last: str, is_compressed: bool = False) -> None:
        self.port = port
        self.days = f"start=ge{first}&end=le{last}"
        self.accepts = "Accept-Encoding: gzip\r\n" if is_compressed else ""
        self._numbers = itertools.count()
        self._run = os.urandom(6).hex()

    def search(self, hub: str, practice: str) -> bytes:
        """Free slots of two weeks with schedules, practitioners and locations."""
        path = (
            f"/{hub}/STU3/1/gpconnect/Slot?status=free&{self.days}&_include=Slot:schedule"
            "&_include:recurse=Schedule:actor:Practitioner&_include:recurse=Schedule:actor:Location"
            f"&searchFilter={_ODS}%7C{practice}&searchFilter={_TYPES}%7Cgp-practice"
        )
        return self._call("GET", path, "search:slot-1", practice, "organization/*.read")

    def book(self, free: Free) -> bytes:
        body = json.dumps(
            {
                "resourceType": "Appointment",
                "meta": {"profile": [_PROFILES + "GPConnect-Appointment-1"]},
                "contained": [
                    {
                        "resourceType": "Organization",
                        "id": "1",
                        "meta": {"profile": [_PROFILES + "CareConnect-GPC-Organization-1"]},
                        "identifier": [{"system": _ODS, "value": free.practice}],
                        "type": [{"coding": [{"system": _TYPES, "code": "gp-practice"}]}],
                        "name": "A practice",
                        "telecom": [{"system": "phone", "value": "0300 303 5678"}],
                    }
                ],
                "extension": [
                    {
                        "url": _PROFILES + "Extension-GPConnect-BookingOrganisation-1",
                        "valueReference": {"reference": "#1"},
                    }
                ],
                "status": "booked",
                "description": "Cough for three weeks",
                "start": free.starts,
                "end": free.ends,
                "slot": [{"reference": f"Slot/{free.slot}"}],
                "created": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
                "participant": [
                    {"actor": {"reference": f"Patient/{free.patient}"}, "status": "accepted"},
                    {"actor": {"reference": f"Location/{free.site}"}, "status": "accepted"},
                ],
            }
        ).encode()
        path = f"/{free.hub}/STU3/1/gpconnect/Appointment"
        return self._call("POST", path, "create:appointment-1", free.practice, "patient/*.write", body)

    def bare_search(self, hub: str, practice: str) -> bytes:
        """The same search asked of the reference."""
        return self._plain("GET", f"/search/{int(hub[1:])}", b"")

    def bare_book(self, free: Free) -> bytes:
        """The same booking asked of the reference."""
        wish = {"slot": free.slot, "patient": free.patient, "ods": free.practice, "key": self._once()}
        return self._plain("POST", "/book", json.dumps(wish).encode())

    def _call(self, verb: str, path: str, interaction: str, practice: str, scope: str, body: bytes = b"") -> bytes:
        kind = "Content-Type: application/fhir+json\r\n" if body else ""
        return (
            f"{verb} {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nAccept: application/fhir+json\r\n{self.accepts}{kind}"
            f"Ssp-TraceID: {self._once()}\r\nSsp-From: 200000000359\r\nSsp-To: 918999198993\r\n"
            f"Ssp-InteractionID: {_URN}{interaction}\r\nAuthorization: Bearer {_token(practice, scope)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def _plain(self, verb: str, path: str, body: bytes) -> bytes:
        return f"{verb} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def _once(self) -> str:
        return f"{self._run}-{next(self._numbers)}"


def _token(practice: str, scope: str) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {
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
            "name": "A practice",
            "identifier": [{"system": _ODS, "value": practice}],
        },
        "requesting_practitioner": {
            "resourceType": "Practitioner",
            "id": "1",
            "name": [{"family": "Receptionist", "given": ["Ada"]}],
            "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "111122223333"}],
        },
    }
    body = base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).rstrip(b"=")
    return f"{_HEADER.decode()}.{body.decode()}."
