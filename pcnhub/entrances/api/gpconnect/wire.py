"""From an answer to HTTP: media type, compression, entity tag, and that nothing on the way keeps it.

Source: GP Connect 1.2.7, general API guidance (content negotiation, compression) and API security guidance (no-store).
"""

from __future__ import annotations

import gzip
import re

from django.http import HttpRequest, HttpResponse

from pcnhub.entrances.api.gpconnect.answers import Answer, Refused, Spine, outcome
from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir.media import Media, negotiate

LARGEST_BODY = 256 * 1024  # bytes; an appointment or a registration has a few thousand
WORTH_COMPRESSING = 500  # bytes


def media_wanted(request: HttpRequest) -> Media:
    """What to answer in: _format, then Accept, then the body's own type, then JSON. Raises Refused (415)."""
    found = negotiate(
        format=request.GET.get("_format"),
        accept=request.headers.get("Accept"),
        content_type=request.headers.get("Content-Type"),
    )
    if found is None:
        raise Refused(
            Spine.BAD_REQUEST,
            "Neither _format nor Accept names a media type that is spoken here: application/fhir+json, application/fhir+xml.",
            status=415,
            issue="not-supported",
        )
    return found


def body_of(request: HttpRequest) -> bytes:
    """The body, whether its length was announced or it comes in chunks. Raises Refused when it is too large or compressed."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refused(Spine.BAD_REQUEST, "A compressed body is not taken.", status=415, issue="not-supported")
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isdecimal() and int(announced) > LARGEST_BODY:
        raise _too_large()
    if not announced and "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        # Django reads no more than Content-Length; the server beneath ends the stream with the last chunk (PEP 3333).
        body: bytes = request.META["wsgi.input"].read(LARGEST_BODY + 1)
    else:
        body = request.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise _too_large()
    return body


def _too_large() -> Refused:
    return Refused(Spine.BAD_REQUEST, f"The body is larger than {LARGEST_BODY} bytes.", status=413, issue="too-long")


def encoded(answer: Answer, media: Media) -> bytes:
    if answer.resource is None:
        return b""
    return answer.resource if isinstance(answer.resource, bytes) else codec.encode(answer.resource, media)


def respond(request: HttpRequest, answer: Answer, body: bytes, media: Media, root: str) -> HttpResponse:
    response = _plain(request, body, media, answer.status)
    if answer.version is not None:
        response["ETag"] = f'W/"{answer.version}"'
    if answer.location:
        response["Location"] = f"{root}/{answer.location}"
    return response


def respond_refused(request: HttpRequest, refused: Refused, media: Media) -> HttpResponse:
    response = _plain(request, codec.encode(outcome(refused), media), media, refused.status)
    if refused.token:
        response["WWW-Authenticate"] = 'Bearer error="invalid_request"'  # RFC 6750, 3.1
    return response


def _plain(request: HttpRequest, body: bytes, media: Media, status: int) -> HttpResponse:
    compressed = len(body) >= WORTH_COMPRESSING and _takes_gzip(request.headers.get("Accept-Encoding", ""))
    response = HttpResponse(
        gzip.compress(body, compresslevel=5, mtime=0) if compressed else body,
        status=status,
        content_type=media.content_type,
    )
    if compressed:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept, Accept-Encoding"
    response["Content-Length"] = str(len(response.content))
    return response


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", quality)
    return False
