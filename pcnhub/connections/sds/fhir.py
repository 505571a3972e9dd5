"""The driver that asks by FHIR R4: Endpoint for where, Device for who. Nothing here touches the database.

Source: Spine Directory Service FHIR API (Device, Endpoint); `national-services` 3.1. Nothing found is a yes: total 0.
"""

from __future__ import annotations

import logging
import time
import uuid

import httpx
import msgspec

from pcnhub.connections.pool import lines_to
from pcnhub.connections.sds.configuration import Configuration
from pcnhub.connections.sds.refusals import NoAnswer, SaidNo, Unclear
from pcnhub.connections.sds.words import Device, Endpoint, Question

logging.getLogger("httpx").setLevel(logging.WARNING)
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
INTERACTION = "https://fhir.nhs.uk/Id/nhsServiceInteractionId"
PARTY_KEY = "https://fhir.nhs.uk/Id/nhsMhsPartyKey"
ASID = "https://fhir.nhs.uk/Id/nhsSpineASID"
LARGEST = 2_000_000  # bytes of an answer, unpacked
NOT_NOW = (408, 425, 429)  # beside 5xx: of its own making or of the LDAP server behind it (502, 504)


class _Shape(msgspec.Struct, frozen=True, rename="camel"):
    pass


class _Identifier(_Shape, frozen=True):
    system: str = ""
    value: str = ""


class _Reference(_Shape, frozen=True):
    identifier: _Identifier = _Identifier()


class _Endpoint(_Shape, frozen=True, tag="Endpoint", tag_field="resourceType"):
    identifier: tuple[_Identifier, ...] = ()
    status: str = "active"
    address: str = ""
    managing_organization: _Reference = _Reference()


class _Device(_Shape, frozen=True, tag="Device", tag_field="resourceType"):
    identifier: tuple[_Identifier, ...] = ()
    owner: _Reference = _Reference()


class _Entry(_Shape, frozen=True):
    resource: _Endpoint | _Device


class _Bundle(_Shape, frozen=True, tag="Bundle", tag_field="resourceType"):
    total: int | None = None
    entry: tuple[_Entry, ...] = ()


class _Coding(_Shape, frozen=True):
    code: str = ""


class _Concept(_Shape, frozen=True):
    coding: tuple[_Coding, ...] = ()


class _Issue(_Shape, frozen=True):
    code: str = ""
    details: _Concept = _Concept()


class _OperationOutcome(_Shape, frozen=True, tag="OperationOutcome", tag_field="resourceType"):
    issue: tuple[_Issue, ...] = ()

    @property
    def code(self) -> str:
        codes = [coding.code for issue in self.issue for coding in issue.details.coding if coding.code]
        return next(iter([*codes, *(issue.code for issue in self.issue)]), "")


def endpoints(configuration: Configuration, question: Question, correlation_id: uuid.UUID) -> tuple[Endpoint, ...]:
    """The active ones of this organisation for the interaction. Raises NoAnswer, SaidNo, Unclear."""
    found = []
    for resource in _ask(configuration, "Endpoint", question, correlation_id):
        if not isinstance(resource, _Endpoint):
            raise Unclear("The directory answered with something else than endpoints.")
        _refuse_other(question, resource.managing_organization)
        if resource.status == "active":
            found.append(Endpoint(resource.address, _value(resource.identifier, PARTY_KEY)))
    return tuple(dict.fromkeys(found))


def devices(configuration: Configuration, question: Question, correlation_id: uuid.UUID) -> tuple[Device, ...]:
    """The accredited systems under the question's party key. Raises NoAnswer, SaidNo, Unclear."""
    found = []
    for resource in _ask(configuration, "Device", question, correlation_id):
        if not isinstance(resource, _Device):
            raise Unclear("The directory answered with something else than accredited systems.")
        _refuse_other(question, resource.owner)
        found.append(Device(_value(resource.identifier, ASID)))
    return tuple(dict.fromkeys(found))


def _value(identifiers: tuple[_Identifier, ...], system: str) -> str:
    return next((each.value for each in identifiers if each.system == system), "")


def _refuse_other(question: Question, owner: _Reference) -> None:
    """An answer about somebody else is none; where the owner isn't named, the question stands for it."""
    if owner.identifier.value not in ("", question.ods_code):
        raise Unclear(f"The directory answered about another organisation than {question.ods_code}.")


def _ask(
    configuration: Configuration, kind: str, question: Question, correlation_id: uuid.UUID
) -> tuple[_Endpoint | _Device, ...]:
    parameters = [
        ("organization", f"{ODS}|{question.ods_code}"),
        ("identifier", f"{INTERACTION}|{question.interaction}"),
        *([("identifier", f"{PARTY_KEY}|{question.party_key}")] if question.party_key else []),
    ]
    headers = {"X-Correlation-Id": str(correlation_id), "Accept": "application/fhir+json"}
    if configuration.api_key:
        headers["apikey"] = configuration.api_key
    status, body = _send(configuration, f"{configuration.address}/{kind}", parameters, headers)
    try:
        answer = msgspec.json.decode(body, type=_Bundle | _OperationOutcome)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        answer = None
    if status == httpx.codes.OK and isinstance(answer, _Bundle):
        if answer.total is not None and answer.total > len(answer.entry):
            raise Unclear("The directory has more than it sent.", answer_code=status)
        return tuple(entry.resource for entry in answer.entry)
    code = answer.code if isinstance(answer, _OperationOutcome) else ""
    said = f"HTTP {status}{f', {code}' if code else ''}, correlation id {correlation_id}"
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in NOT_NOW:
        raise NoAnswer(f"The directory can't answer now ({said}).", answer_code=status)
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise SaidNo(f"The directory does not take the API key ({said}).", answer_code=status)
    if 400 <= status < 500:
        raise SaidNo(f"The directory does not take the question ({said}).", answer_code=status)
    raise Unclear(f"The directory answered with something that can't be read ({said}).", answer_code=status)


def _send(
    configuration: Configuration, address: str, parameters: list[tuple[str, str]], headers: dict[str, str]
) -> tuple[int, bytes]:
    seconds = configuration.seconds
    ends = time.monotonic() + seconds
    try:
        with lines_to(configuration.address, most=16).stream(
            "GET", address, params=tuple(parameters), headers=headers, timeout=seconds
        ) as answer:
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise Unclear("The directory answered with more than can be read.")
                if time.monotonic() > ends:  # drop by drop, no single wait is too long
                    raise NoAnswer(f"The directory has not answered within {seconds:g} seconds.")
            return answer.status_code, bytes(body)
    except httpx.TimeoutException:
        raise NoAnswer(f"The directory has not answered within {seconds:g} seconds.") from None
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL):
        raise NoAnswer("The directory can't be reached, or the connection broke off.") from None
