"""A counterpart of the directory's FHIR API on loopback: the published shapes of Device, Endpoint and OperationOutcome.

Source: the API's specification and its examples (bundle of one Device, of one Endpoint; errors by the handler's table).
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from pcnhub.connections.sds.configuration import Configuration
from tests.connections.sds.spine import Record

ID = "https://fhir.nhs.uk/Id/"
ODS, SERVICE, PARTY_KEY = f"{ID}ods-organization-code", f"{ID}nhsServiceInteractionId", f"{ID}nhsMhsPartyKey"
KEY = "an-api-key"
Json = dict[str, Any]
Answered = tuple[int, bytes]


@dataclass
class Directory:
    """`instead` answers the next requests, one each; `asked` is what came in."""

    records: tuple[Record, ...]
    address: str = ""
    instead: list[Callable[[], Answered]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, list[str]], dict[str, str]]] = field(default_factory=list)

    def configuration(self, **more: object) -> Configuration:
        return Configuration(**({"address": self.address, "api_key": KEY, "seconds": 30} | more))  # type: ignore[arg-type]

    def __call__(self, environ: Json, start_response: Callable[..., Any]) -> Iterable[bytes]:
        query = parse_qs(environ["QUERY_STRING"])
        headers = {name[5:].lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        self.asked.append((environ["PATH_INFO"], query, headers))
        status, body = self.instead.pop(0)() if self.instead else self._answer(environ["PATH_INFO"], query, headers)
        start_response(f"{status} x", [("Content-Type", "application/fhir+json"), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, path: str, query: dict[str, list[str]], headers: dict[str, str]) -> Answered:
        if headers.get("apikey") != KEY:
            return outcome(401, "forbidden", "ACCESS_DENIED")
        uuid.UUID(headers["x_correlation_id"])
        kind = path.rpartition("/")[2]
        if kind not in ("Device", "Endpoint"):
            return outcome(404, "not-found", "NOT_IMPLEMENTED")
        ods_code = _token(query.get("organization", []), ODS)
        interaction, party_key = (_token(query.get("identifier", []), each) for each in (SERVICE, PARTY_KEY))
        if not ods_code or not interaction:
            return outcome(400, "required", "BAD_REQUEST")
        found = [
            each
            for each in self.records
            if each.kind == ("nhsAs" if kind == "Device" else "nhsMhs")
            and ("nhsIDCode", ods_code) in each.attributes
            and (("nhsAsSvcIA" if kind == "Device" else "nhsMhsSvcIA"), interaction) in each.attributes
            and (not party_key or ("nhsMHSPartyKey", party_key) in each.attributes)
        ]
        build = device if kind == "Device" else endpoint
        return 200, json.dumps(bundle(*(build(each, interaction) for each in found))).encode()


def _token(values: list[str], system: str) -> str:
    return next((each.partition("|")[2] for each in values if each.partition("|")[0] == system), "")


def bundle(*resources: Json) -> Json:
    entries = [
        {"fullUrl": f"https://api.example/{each['id']}", "resource": each, "search": {"mode": "match"}}
        for each in resources
    ]
    return {
        "resourceType": "Bundle", "id": str(uuid.uuid4()), "type": "searchset", "total": len(entries),
        "link": [{"relation": "self", "url": "https://api.example"}], "entry": entries,
    }  # fmt: skip


def _identifier(system: str, value: str) -> Json:
    return {"system": system, "value": value}


def device(record: Record, interaction: str) -> Json:
    given = dict(record.attributes)
    return {
        "resourceType": "Device", "id": str(uuid.uuid4()),
        "extension": [{
            "url": "https://fhir.nhs.uk/StructureDefinition/Extension-SDS-ManufacturingOrganisation",
            "valueReference": {"identifier": _identifier(ODS, "YGM24")},
        }],
        "identifier": [
            _identifier(f"{ID}nhsSpineASID", record.id), _identifier(PARTY_KEY, given["nhsMHSPartyKey"]),
            _identifier(SERVICE, interaction),
        ],
        "owner": {"identifier": _identifier(ODS, given["nhsIDCode"])},
    }  # fmt: skip


def endpoint(record: Record, interaction: str) -> Json:
    given = dict(record.attributes)
    return {
        "resourceType": "Endpoint", "id": str(uuid.uuid4()),
        "extension": [{
            "url": "https://fhir.nhs.uk/StructureDefinition/Extension-SDS-ReliabilityConfiguration",
            "extension": [{"url": "nhsMHSSyncReplyMode", "valueString": "None"}, {"url": "nhsMHSRetries", "valueInteger": 0}],
        }],
        "identifier": [
            _identifier(SERVICE, interaction), _identifier(f"{ID}nhsMhsFQDN", given["nhsMhsFQDN"]),
            _identifier(PARTY_KEY, given["nhsMHSPartyKey"]), _identifier(f"{ID}nhsMhsCPAId", record.id),
            _identifier(f"{ID}nhsSpineMHS", record.id),
        ],
        "status": "active",
        "connectionType": {"system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "code": "hl7-fhir-msg"},
        "managingOrganization": {"identifier": _identifier(ODS, given["nhsIDCode"])},
        "payloadType": [{"coding": [{"code": "any", "display": "Any"}]}],
        "address": given["nhsMHSEndPoint"],
    }  # fmt: skip


def outcome(status: int, code: str, spine_code: str) -> Answered:
    coding = {
        "system": "https://fhir.nhs.uk/STU3/ValueSet/Spine-ErrorOrWarningCode-1",
        "code": spine_code,
        "display": "x",
    }
    issue = {"severity": "error", "code": code, "details": {"coding": [coding]}, "diagnostics": "x"}
    return status, json.dumps({"resourceType": "OperationOutcome", "id": str(uuid.uuid4()), "issue": [issue]}).encode()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked may have gone."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def serving(records: Iterable[Record]) -> Iterator[Directory]:
    directory = Directory(tuple(records))
    server = make_server("127.0.0.1", 0, directory, server_class=_Server, handler_class=_Quiet)
    directory.address = f"http://127.0.0.1:{server.server_port}/spine-directory/FHIR/R4"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield directory
    finally:
        server.shutdown()
        server.server_close()
