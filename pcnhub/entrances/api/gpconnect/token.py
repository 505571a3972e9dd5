"""The token of a call: an unsigned JWT in which the calling system says who asks, for whom, from which device and why.

It is not proof of anything by itself: the Spine proxy, known by its certificate, vouches for the system that made it. So every
rule is checked, to refuse a system that is wrong about itself, and what it says goes on record.
Source: GP Connect 1.2.7, cross-organisation audit and provenance; RFC 7519; the official assurance tests where they differ.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard, TypeVar

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine
from pcnhub.entrances.api.gpconnect.calls import Consumer, Practitioner
from pcnhub.entrances.api.gpconnect.interactions import SCOPES
from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.media import Media
from pcnhub.foundations.fhir.refusals import NotFhir

ODS_SYSTEM = "https://fhir.nhs.uk/Id/ods-organization-code"
SDS_USER_SYSTEM = "https://fhir.nhs.uk/Id/sds-user-id"
SDS_ROLE_SYSTEM = "https://fhir.nhs.uk/Id/sds-role-profile-id"
LIFETIME = 300  # seconds from iat to exp, neither more nor less
LONGEST = 16 * 1024  # characters of a token
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_SEGMENT = "A token has a header and a body, each base64url without padding, and ends with a dot (no signature)."

F = TypeVar("F", bound=r.Resource)


@dataclass(frozen=True, slots=True)
class Token:
    """A token that stands: who asks, for whom, and what they ask for. Nothing else of it is kept."""

    practitioner: Practitioner
    consumer: Consumer
    scope: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What a deployment decides: how far ahead a consumer's clock may be (seconds), and the audiences that are taken (none
    named: any, since the assurance tests send a fixed one)."""

    clock_seconds: int = 600
    audiences: tuple[str, ...] = ()


class _Wrong(ValueError):
    """The token can't be read; the message says why."""


def read(authorization: str, *, now: datetime, rules: Rules, provider_ods: str) -> Token:
    """The token of an Authorization header. Raises Refused with everything that is wrong with it: 400 BAD_REQUEST, or 422
    INVALID_RESOURCE where only the FHIR resources in it are at fault."""
    try:
        claims = _claims(authorization)
    except _Wrong as wrong:
        raise Refused(Spine.BAD_REQUEST, f"Authorization: {wrong}") from None
    problems = [*_plain_problems(claims, now=now, rules=rules, provider_ods=provider_ods)]
    invalid: list[str] = []
    device = _resource(claims, "requesting_device", r.Device, problems, invalid)
    organisation = _resource(claims, "requesting_organization", r.Organization, problems, invalid)
    practitioner = _resource(claims, "requesting_practitioner", r.Practitioner, problems, invalid)
    problems += _device_problems(device) if device else []
    problems += _organisation_problems(organisation) if organisation else []
    problems += _practitioner_problems(practitioner, claims.get("sub")) if practitioner else []
    if problems:
        raise Refused(Spine.BAD_REQUEST, "The token is refused: " + " ".join([*problems, *invalid]))
    if invalid or not (device and organisation and practitioner):
        raise Refused(Spine.INVALID_RESOURCE, "The token is refused: " + " ".join(invalid))
    return Token(_asker(practitioner), _consumer(organisation, device), claims["requested_scope"])


def claimed(authorization: str) -> dict[str, str]:
    """What a token that may be refused says of who asks: the ODS code and the user id, where they can be read and could be
    such. For the record of a refusal, as claimed: nothing of it is checked."""
    try:
        claims = _claims(authorization)
    except _Wrong:
        return {}
    wanted = (
        ("claimed_consumer", "requesting_organization", ODS_SYSTEM),
        ("claimed_user", "requesting_practitioner", SDS_USER_SYSTEM),
    )
    said = {name: _claimed_id(claims.get(claim), system) for name, claim, system in wanted}
    return {name: value for name, value in said.items() if value}


def _claimed_id(resource: object, system: str) -> str:
    identifiers = resource.get("identifier") if isinstance(resource, dict) else None
    for each in identifiers if isinstance(identifiers, list) else ():
        if isinstance(each, dict) and each.get("system") == system:
            value = each.get("value")
            if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9-]{1,40}", value):
                return value
    return ""


def _claims(authorization: str) -> dict[str, Any]:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _Wrong("it must be Bearer and a token." if authorization else "it is missing.")
    parts = token.split(".")
    if len(token) > LONGEST or len(parts) != 3:
        raise _Wrong(_SEGMENT)
    if parts[2]:
        raise _Wrong("the token is signed. " + _SEGMENT)
    header, claims = (_object(part) for part in parts[:2])
    if header != {"alg": "none", "typ": "JWT"}:
        raise _Wrong('the header of the token must be {"alg":"none","typ":"JWT"}.')
    return claims


def _object(segment: str) -> dict[str, Any]:
    if not _BASE64URL.fullmatch(segment):
        raise _Wrong(_SEGMENT)
    try:
        text = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode("utf-8")
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except _Wrong:
        raise
    except (binascii.Error, UnicodeDecodeError):
        raise _Wrong(_SEGMENT) from None
    except (ValueError, RecursionError):  # a number of thousands of digits is a ValueError, too
        raise _Wrong("what the token carries is not JSON.") from None
    if not isinstance(found, dict):
        raise _Wrong("what the token carries is not a JSON object.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7519, 4: a name that comes twice would be read differently by different readers."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Wrong("a name comes twice in the token.")
    return found


def _no_constant(text: str) -> float:
    raise _Wrong("the token has a number that JSON does not know.")


def _plain_problems(claims: dict[str, Any], *, now: datetime, rules: Rules, provider_ods: str) -> Iterable[str]:
    for name in ("iss", "sub", "aud"):
        if not _is_text(claims.get(name)):
            yield f"{name} is missing."
    audiences = {each.replace("{ods}", provider_ods) for each in rules.audiences}
    if audiences and _is_text(claims.get("aud")) and claims["aud"] not in audiences:
        yield "aud is not this service."
    yield from _times(claims, now=now, rules=rules)
    if claims.get("reason_for_request") != "directcare":
        yield "reason_for_request must be directcare."
    if claims.get("requested_scope") not in SCOPES:
        yield f"requested_scope must be one of {', '.join(SCOPES)}."
    if "requested_record" in claims:
        yield "requested_record is not of this version of GP Connect."


def _times(claims: dict[str, Any], *, now: datetime, rules: Rules) -> Iterable[str]:
    issued, expires = claims.get("iat"), claims.get("exp")
    for name, value in (("iat", issued), ("exp", expires)):
        if not _is_integer(value):
            yield f"{name} must be a whole number of seconds."
    if not _is_integer(issued) or not _is_integer(expires):
        return
    if expires != issued + LIFETIME:
        yield f"exp must be {LIFETIME} seconds after iat."
    if issued > now.timestamp() + rules.clock_seconds:
        yield "iat is in the future."
    if expires <= now.timestamp():
        yield "the token has expired."


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _resource(claims: dict[str, Any], name: str, type_: type[F], problems: list[str], invalid: list[str]) -> F | None:
    """A claim as the FHIR resource that it must be, read as strictly as a body is."""
    given = claims.get(name)
    if not isinstance(given, dict) or not given:
        problems.append(f"{name} is missing.")
        return None
    try:
        return codec.decode(json.dumps(given).encode(), Media.JSON, type_)
    except NotFhir as wrong:
        invalid.append(f"{name}: {wrong}")
        return None


def _device_problems(device: r.Device) -> list[str]:
    lacking = [name for name in ("model", "version") if not _is_text(getattr(device, name))]
    if not any(_is_text(each.system) and _is_text(each.value) for each in device.identifier or ()):
        lacking.insert(0, "identifier with system and value")
    return [f"requesting_device has no {each}." for each in lacking]


def _organisation_problems(organisation: r.Organization) -> list[str]:
    code = _value(organisation.identifier, ODS_SYSTEM)
    found = []
    if not re.fullmatch(r"[A-Za-z0-9]{3,10}", code):
        found.append(f"requesting_organization has no ODS code ({ODS_SYSTEM}).")
    if not _is_text(organisation.name):
        found.append("requesting_organization has no name.")
    return found


def _practitioner_problems(practitioner: r.Practitioner, subject: object) -> list[str]:
    checks: list[tuple[bool, str]] = [
        (_is_text(practitioner.id), "has no id."),
        (not _is_text(practitioner.id) or practitioner.id == subject, "has another id than sub."),
        (bool(_value(practitioner.identifier, SDS_USER_SYSTEM)), f"has no user id ({SDS_USER_SYSTEM})."),
        (any(_is_text(name.family) for name in practitioner.name or ()), "has no family name."),
    ]
    return [f"requesting_practitioner {words}" for holds, words in checks if not holds]


def _asker(practitioner: r.Practitioner) -> Practitioner:
    name = next(name for name in practitioner.name or () if _is_text(name.family))
    words = [*(name.prefix or ()), *(name.given or ()), name.family or ""]
    return Practitioner(
        id=_kept(practitioner.id),
        name=_kept(" ".join(word for word in words if word)),
        sds_user_id=_kept(_value(practitioner.identifier, SDS_USER_SYSTEM)),
        sds_role_profile_id=_kept(_value(practitioner.identifier, SDS_ROLE_SYSTEM)),
    )


def _consumer(organisation: r.Organization, device: r.Device) -> Consumer:
    types = [_first_text(each) for each in organisation.type or ()]
    identifier = next(each for each in device.identifier or () if _is_text(each.value))
    return Consumer(
        ods_code=_value(organisation.identifier, ODS_SYSTEM).upper(),
        name=_kept(organisation.name),
        organisation_type=_kept(next((each for each in types if each), "")),
        device=_kept(" ".join(filter(None, (identifier.value, device.model, device.version)))),
    )


def _first_text(concept: r.CodeableConcept) -> str:
    codes = [each.code for each in concept.coding or () if each.code]
    return codes[0] if codes else concept.text or ""


def _value(identifiers: Iterable[r.Identifier] | None, system: str) -> str:
    return next((each.value for each in identifiers or () if each.system == system and _is_text(each.value)), "") or ""


def _kept(text: str | None) -> str:
    """Words that go on record: on one line, and no longer than a name."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text or "")[:120].strip()
