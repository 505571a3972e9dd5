"""Every answer is also read by `fhir.resources` (STU3), in its own format: it shares nothing with our vocabulary."""

from __future__ import annotations

import gzip
import json
from typing import Any

from django.http import HttpResponse

from pcnhub.foundations.fhir.media import Media
from tests.entrances.gpconnect.consumer import as_json

OUTCOME = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-OperationOutcome-1"
ERROR_CODES = "https://fhir.nhs.uk/STU3/ValueSet/Spine-ErrorOrWarningCode-1"


def body_of(answer: HttpResponse) -> bytes:
    content: bytes = answer.content
    return gzip.decompress(content) if answer.headers.get("Content-Encoding") == "gzip" else content


def understood(answer: HttpResponse) -> dict[str, Any]:
    """The answer's resource as the oracle reads it. Fails also where an answer lacks what all must have: a charset that is
    said, nobody keeps it, no cookie."""
    kinds = {media.content_type: media for media in Media}
    media = kinds[answer.headers["Content-Type"]]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert not answer.cookies
    resource: dict[str, Any] = json.loads(as_json(body_of(answer), media))
    return resource


def entries_of(answer: HttpResponse) -> list[dict[str, Any]]:
    """The resources of a searchset that was answered with 200."""
    bundle = understood(answer)
    assert answer.status_code == 200, bundle
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    assert bundle["meta"]["profile"] == ["https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Searchset-Bundle-1"]
    found = bundle.get("entry", [])
    assert not [each for each in found if "fullUrl" in each]
    return [each["resource"] for each in found]


def read_of(answer: HttpResponse, profile: str) -> dict[str, Any]:
    """The one resource that was read, having checked version, entity tag and profile."""
    resource = understood(answer)
    assert answer.status_code == 200, resource
    assert answer.headers["ETag"] == f'W/"{resource["meta"]["versionId"]}"'
    assert resource["meta"]["profile"] == [f"https://fhir.nhs.uk/STU3/StructureDefinition/{profile}"]
    return resource


def error_of(answer: HttpResponse) -> tuple[int, str]:
    """HTTP status and Spine code of an error, having checked its form."""
    resource = understood(answer)
    assert resource["resourceType"] == "OperationOutcome", resource["resourceType"]
    assert resource["meta"]["profile"] == [OUTCOME]
    [issue] = resource["issue"]
    assert issue["severity"] == "error"
    assert issue["diagnostics"]
    assert "Traceback" not in issue["diagnostics"]
    [coding] = issue["details"]["coding"]
    assert coding["system"] == ERROR_CODES
    assert coding["display"]
    return answer.status_code, coding["code"]


def why(answer: HttpResponse) -> str:
    """The diagnostics of an error."""
    text: str = understood(answer)["issue"][0]["diagnostics"]
    return text
