"""The door behind the real web server: what a test client can't show."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator

import pytest

from pcnhub.care.organisations.rules import OrganisationKind
from tests.cast import organisation
from tests.cli.test_serving import as_served, free_port, running, wait_for
from tests.conftest import FreshDatabase
from tests.entrances.gpconnect.calling import OWN_ASID, TRACE, URN, WRITE_PATIENT, claims, jwt
from tests.entrances.gpconnect.consumer import switch_on

pytestmark = pytest.mark.slow
BODY = json.dumps({"resourceType": "Parameters", "parameter": [{"name": "a"}, {"name": "b"}]}).encode()


def in_chunks(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def test_a_body_in_chunks_is_read_whole_and_not_beyond_its_limit(fresh_database: FreshDatabase) -> None:
    switch_on(organisation("Y07108", "Riverside Hub", OrganisationKind.HUB))
    port = free_port()
    environment = as_served(fresh_database) | {"PCNHUB_PORT": str(port), "PCNHUB_WORKERS": "1"}
    with running(environment, "serve"):
        wait_for(f"http://127.0.0.1:{port}/health/live", 200)
        for content, said in ((BODY, "Send exactly one parameter"), (b"x" * 300_000, "larger than")):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request(
                "POST",
                "/Y07108/STU3/1/gpconnect/Patient/$gpc.registerpatient",
                in_chunks(content, 7_000),
                {
                    "Ssp-TraceID": TRACE,
                    "Ssp-From": "200000000359",
                    "Ssp-To": OWN_ASID,
                    "Ssp-InteractionID": URN + "operation:gpc.registerpatient-1",
                    "Authorization": f"Bearer {jwt(claims(WRITE_PATIENT))}",
                    "Content-Type": "application/fhir+json",
                },
                encode_chunked=True,
            )
            answer = connection.getresponse()
            outcome = json.loads(answer.read())
            assert said in outcome["issue"][0]["diagnostics"]
            connection.close()
