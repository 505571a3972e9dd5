"""The wire to another system: one call, its headers and limits, and what its answer means.

Source: GP Connect 1.2.7, general API guidance and error handling; consumer duties. A call that changes something is
never made inside a unit of work: what is asked must be on record, and committed, before it is asked.
"""

from __future__ import annotations

import functools
import json
import logging
import ssl
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from pcnhub.connections.gpconnect.configuration import Configuration
from pcnhub.connections.gpconnect.refusals import NoAnswer, NotConfigured, SaidNo, Unclear, plain
from pcnhub.connections.gpconnect.token import Caller, bearer
from pcnhub.foundations.database.rehearsing import rehearsal_going
from pcnhub.foundations.database.work import is_at_work
from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.media import Media, named
from pcnhub.foundations.fhir.refusals import NotFhir

URN = "urn:nhs:names:services:gpconnect:fhir:"
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log each address, and with it a patient's NHS number
LARGEST = 10_000_000  # bytes of an answer, unpacked
TRY_AGAIN = (408, 425, 429)  # of whatever stands between: not yet, rather than no
Parameters = tuple[tuple[str, str], ...]


class CallInsideUnitOfWork(RuntimeError):
    """A bug: another system was asked to act while what is asked was not committed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call goes: an endpoint of the directory, without the database."""

    endpoint_id: int
    ods_code: str
    name: str
    service_root: str
    asid: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One interaction. `changes` says that the other system acts on it, so that silence leaves a doubt."""

    interaction: str
    scope: str
    path: str
    method: str = "GET"
    parameters: Parameters = ()
    body: r.Resource | None = None
    if_match: str = ""
    changes: bool = False
    words: Callable[[str], tuple[str, str, str]] = plain  # what a Spine code means here, what to do, who can


@dataclass(frozen=True, slots=True)
class Whole:
    """A yes in JSON, as it came: for what is read more leniently than the vocabulary. Numbers with a point stay as written."""

    content: dict[str, Any]
    trace_id: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A yes: the resource, its version as the ETag has it, and what could not be read of it."""

    resource: r.Resource
    version: str
    trace_id: str
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A caller with the deployment's configuration: everything that a call needs besides the question. `client`: over which
    connections, where they are not the deployment's."""

    caller: Caller
    configuration: Configuration
    now: datetime
    client: httpx.Client | None = None

    def ask(self, place: Place, question: Question, *, seconds: float | None = None) -> Reply:
        """The answer. Raises NotConfigured, NoAnswer, Unclear or SaidNo."""
        answer = _ask(self, place, question, seconds or self.configuration.seconds, self.configuration.media)
        return _meaning(place, question, *answer)

    def ask_whole(self, place: Place, question: Question, *, seconds: float | None = None) -> Whole:
        """The same as JSON, whatever format is configured: providers give both (GP Connect 1.2.7, general API guidance)."""
        answer = _ask(self, place, question, seconds or self.configuration.seconds, Media.JSON)
        return _whole(place, question, *answer)


_Answer = tuple[int, httpx.Headers, bytes, str]  # status, headers, body, trace id


def _ask(link: Link, place: Place, question: Question, seconds: float, media: Media) -> _Answer:
    if question.changes and is_at_work():
        raise CallInsideUnitOfWork(question.interaction)
    if not link.caller.asid:
        raise NotConfigured(
            "Your organisation has no ASID here, so that it can't call other systems over GP Connect.",
            remedy=f"Telephone {place.name}{f' on {place.phone}' if place.phone else ''}; "
            "have the ASID entered on the organisation's page.",
        )
    trace_id = str(uuid.uuid4())
    root = place.service_root.rstrip("/")
    address = f"{link.configuration.spine_proxy}/{root}" if link.configuration.spine_proxy else root
    headers = {
        "Ssp-TraceID": trace_id,
        "Ssp-From": link.caller.asid,
        "Ssp-To": place.asid,
        "Ssp-InteractionID": URN + question.interaction,
        "Authorization": bearer(
            link.caller, now=link.now, audience=root, scope=question.scope,
            address=link.configuration.address, version=link.configuration.version or "1",
        ),
        "Accept": media.value,
        "Accept-Encoding": "gzip",
    }  # fmt: skip
    if question.if_match:
        headers["If-Match"] = f'W/"{question.if_match}"'
    content = None
    if question.body is not None:
        content = codec.encode(question.body, media)
        headers |= {"Content-Type": media.content_type, "Prefer": "return=representation"}
    if link.client is None and rehearsal_going() is not None:
        raise NotConfigured("A rehearsal calls no other system.", remedy="Try it with that system's own test patients.")
    status, received, body = _send(link, place, question, f"{address}/{question.path}", headers, content, seconds)
    return status, received, body, trace_id


def _send(
    link: Link,
    place: Place,
    question: Question,
    url: str,
    headers: dict[str, str],
    content: bytes | None,
    seconds: float,
) -> tuple[int, httpx.Headers, bytes]:
    """Status, headers and body. Nothing was sent where no connection came about; after that, anything may have happened."""
    ends = time.monotonic() + seconds
    try:
        with (link.client or _http(link.configuration)).stream(
            question.method, url, params=question.parameters, headers=headers, content=content, timeout=seconds
        ) as answer:
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise Unclear(f"{place.name} answered with more than can be read.", was_sent=question.changes)
                if time.monotonic() > ends:  # drop by drop, no single wait is too long
                    raise NoAnswer(_silence(place, seconds), was_sent=question.changes)
            return answer.status_code, answer.headers, bytes(body)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
        raise NoAnswer(f"{place.name} can't be reached. Nothing was sent.", was_sent=False) from None
    except httpx.TimeoutException:
        raise NoAnswer(_silence(place, seconds), was_sent=question.changes) from None
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL):
        raise NoAnswer(f"The connection to {place.name} broke off.", was_sent=question.changes) from None


def _silence(place: Place, seconds: float) -> str:
    return f"{place.name} has not answered within {seconds:g} seconds."


def _meaning(
    place: Place, question: Question, status: int, headers: httpx.Headers, body: bytes, trace_id: str
) -> Reply:
    media = named(headers.get("Content-Type", "")) or (Media.XML if body.lstrip()[:1] == b"<" else Media.JSON)
    try:
        resource, left_out = codec.read_answer(body, media, largest=LARGEST)
    except NotFhir:
        resource, left_out = None, ()
    if 200 <= status < 300 and resource is not None and not isinstance(resource, r.OperationOutcome):
        version = headers.get("ETag", "").removeprefix("W/").strip('"')
        if not version and resource.meta is not None:
            version = resource.meta.version_id or ""
        return Reply(resource, version, trace_id, left_out)
    code, said = _said(resource)
    is_their_word = _is_their_word(status, code) or (not question.changes and status not in TRY_AGAIN)
    if 400 <= status < 500 and is_their_word:
        words, remedy, who = question.words(code)
        raise SaidNo(
            f"{place.name}: {words}{f' They wrote: {said}' if said else ''} (trace id {trace_id})",
            remedy=remedy, who_can=who, status=status, spine_code=code, said=said,
        )  # fmt: skip
    raise Unclear(
        f"{place.name} answered with HTTP {status}{f', {code}' if code else ''}, which is neither yes nor no. "
        f"(trace id {trace_id})",
        was_sent=question.changes,
    )


def _whole(place: Place, question: Question, status: int, headers: httpx.Headers, body: bytes, trace_id: str) -> Whole:
    """Raises what `_meaning` raises for anything but a yes; Unclear for a yes that is no JSON object."""
    if not 200 <= status < 300:
        _meaning(place, question, status, headers, body, trace_id)
    try:
        content = json.loads(body.decode("utf-8-sig"), parse_float=str, object_pairs_hook=_once)
        json.dumps(content, ensure_ascii=False).encode()  # half a character, which JSON can spell, can't be shown
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict) and content.get("resourceType") != "OperationOutcome":
        return Whole(content, trace_id)
    raise Unclear(f"{place.name} answered with something that can't be read. (trace id {trace_id})", was_sent=False)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one name nobody knows which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _is_their_word(status: int, code: str) -> bool:
    """Whether a refusal to act comes from GP Connect itself, which names a Spine code in an OperationOutcome (1.2.7, error
    handling). Anything between may answer 408, 429 or 404 of its own when the system behind it has acted already."""
    return bool(code) and status != httpx.codes.REQUEST_TIMEOUT


def _said(resource: r.Resource | None) -> tuple[str, str]:
    """The Spine code and the words of an OperationOutcome; what it writes is cut, and is shown to the asker alone."""
    if not isinstance(resource, r.OperationOutcome):
        return "", ""
    for issue in resource.issue:
        codes = [each.code for each in (issue.details.coding if issue.details else ()) if each.code]
        text = issue.diagnostics or (issue.details.text if issue.details else "") or ""
        if codes or text:
            return (codes[0] if codes else ""), text[:300]
    return "", ""


@functools.cache
def _http(configuration: Configuration) -> httpx.Client:
    """One pool of connections for each configuration. Redirects are answers, not orders."""
    context = ssl.create_default_context(cafile=str(configuration.authorities) if configuration.authorities else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if configuration.certificate and configuration.key:
        context.load_cert_chain(configuration.certificate, configuration.key)
    return httpx.Client(
        verify=context, follow_redirects=False, trust_env=False,
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=4),
    )  # fmt: skip
