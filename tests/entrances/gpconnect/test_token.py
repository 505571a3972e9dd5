"""Every rule of the token (GP Connect 1.2.7, cross-organisation audit and provenance), one row each, in both formats."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.foundations.fhir.media import Media
from tests.entrances.gpconnect.calling import Caller, claims, jwt, segment
from tests.entrances.gpconnect.oracle import error_of, understood, why

Claims = dict[str, Any]
BAD, INVALID = (400, "BAD_REQUEST"), (422, "INVALID_RESOURCE")


def with_(**changes: Any) -> Callable[[Claims], Claims]:
    return lambda good: good | changes


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda good: {key: value for key, value in good.items() if key != name}


def shifted(seconds: int) -> Callable[[Claims], Claims]:
    return lambda good: good | {"iat": good["iat"] + seconds, "exp": good["exp"] + seconds}


def lasting(seconds: int) -> Callable[[Claims], Claims]:
    return lambda good: good | {"exp": good["iat"] + seconds}


def inside(claim: str, **changes: Any) -> Callable[[Claims], Claims]:
    """A claim's resource with these elements; None takes one out."""
    return lambda good: (
        good | {claim: {key: value for key, value in (good[claim] | changes).items() if value is not None}}
    )


DEVICE, ORGANISATION, PRACTITIONER = "requesting_device", "requesting_organization", "requesting_practitioner"
UNKNOWN_NUMBERS = [
    {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "UNK"},
    {"system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": "UNK"},
]
ONLY_USER = [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "111222333444"}]
ODS_SYSTEM = "https://fhir.nhs.uk/Id/ods-organization-code"

REFUSED: dict[str, tuple[Callable[[Claims], Claims], tuple[int, str], str]] = {
    **{f"no {name}": (without(name), BAD, name) for name in claims()},
    **{f"{name} is null": (with_(**{name: None}), BAD, name) for name in claims()},
    "iss blank": (with_(iss=" "), BAD, "iss"),
    "iat as text": (with_(iat="1700000000"), BAD, "iat"),
    "iat a fraction": (lambda good: good | {"iat": good["iat"] + 0.5}, BAD, "iat"),
    "iat true": (with_(iat=True), BAD, "iat"),
    "exp as text": (with_(exp="1700000300"), BAD, "exp"),
    "iat too far ahead": (shifted(700), BAD, "future"),
    "exp after 301 s": (lasting(301), BAD, "300"),
    "exp after 299 s": (lasting(299), BAD, "300"),
    "exp before iat": (lasting(-5), BAD, "300"),
    "consumer's clock slow by 600 s": (shifted(-600), BAD, "expired"),
    "another reason": (with_(reason_for_request="secondaryuses"), BAD, "directcare"),
    "unknown scope": (with_(requested_scope="encounter/*.read"), BAD, "requested_scope"),
    "scope of another interaction": (with_(requested_scope="patient/*.read"), BAD, "organization/*.read"),
    "write scope for a read": (with_(requested_scope="organization/*.write"), BAD, "organization/*.read"),
    "requested_record of 0.x": (with_(requested_record={"resourceType": "Patient"}), BAD, "requested_record"),
    "sub is another": (with_(sub="2"), BAD, "sub"),
    "device as text": (with_(requesting_device="Client"), BAD, DEVICE),
    "device of another type": (inside(DEVICE, resourceType="Organization"), INVALID, DEVICE),
    "device without a type": (inside(DEVICE, resourceType=None), INVALID, DEVICE),
    "device with an unknown element": (inside(DEVICE, invalidField="x"), INVALID, DEVICE),
    "device without identifier": (inside(DEVICE, identifier=None), BAD, "identifier"),
    "device without model": (inside(DEVICE, model=None), BAD, "model"),
    "device without version": (inside(DEVICE, version=None), BAD, "version"),
    "organisation of another type": (inside(ORGANISATION, resourceType="Device"), INVALID, ORGANISATION),
    "organisation with an unknown element": (inside(ORGANISATION, invalidField="x"), INVALID, ORGANISATION),
    "organisation without name": (inside(ORGANISATION, name=None), BAD, "name"),
    "organisation without code": (inside(ORGANISATION, identifier=None), BAD, "ODS"),
    "organisation's code of another system": (
        inside(ORGANISATION, identifier=[{"system": "https://example.org", "value": "A81001"}]), BAD, "ODS",
    ),
    "organisation's code malformed": (
        inside(ORGANISATION, identifier=[{"system": ODS_SYSTEM, "value": "A8-1001"}]), BAD, "ODS",
    ),
    "practitioner of another type": (inside(PRACTITIONER, resourceType="Patient"), INVALID, PRACTITIONER),
    "practitioner with an unknown element": (inside(PRACTITIONER, invalidField="x"), INVALID, PRACTITIONER),
    "practitioner without id": (inside(PRACTITIONER, id=None), BAD, "id"),
    "practitioner without user id": (inside(PRACTITIONER, identifier=None), BAD, "user id"),
    "practitioner without name": (inside(PRACTITIONER, name=None), BAD, "name"),
    "practitioner without family name": (inside(PRACTITIONER, name=[{"given": ["Claire"]}]), BAD, "name"),
}  # fmt: skip
TAKEN: dict[str, Callable[[Claims], Claims]] = {
    "as it should be": lambda good: good,
    "iat 200 s ahead": shifted(200),
    "aud anything": with_(aud="https://elsewhere.example/token"),
    "user and role not known": inside(PRACTITIONER, identifier=UNKNOWN_NUMBERS),
    "no role profile, no local id": inside(PRACTITIONER, identifier=ONLY_USER),
    "a claim of its own": with_(jti="7"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_claim_is_refused_and_named(hub: Organisation, case: str) -> None:
    spoil, expected, named = REFUSED[case]
    answer = Caller().get("metadata", "rest:read:metadata-1", token=jwt(spoil(claims())))
    assert error_of(answer) == expected
    assert named in why(answer)


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_right_is_taken(hub: Organisation, case: str) -> None:
    answer = Caller().get("metadata", "rest:read:metadata-1", token=jwt(TAKEN[case](claims())))
    assert answer.status_code == 200, why(answer)
    assert understood(answer)["resourceType"] == "CapabilityStatement"


def test_all_that_is_wrong_is_said_at_once(hub: Organisation, media: Media) -> None:
    spoilt = without("iss")(with_(reason_for_request="x", requesting_device=None)(lasting(1)(claims())))
    answer = Caller(media=media).get("metadata", "rest:read:metadata-1", token=jwt(spoilt), headers={"Ssp-From": None})
    assert error_of(answer) == BAD
    assert all(word in why(answer) for word in ("iss", "300", "directcare", DEVICE, "Ssp-From"))
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_request"'


def doubled(good: Claims) -> bytes:
    return json.dumps(good).replace('"sub"', '"sub": "2", "sub"', 1).encode()


def enormous(good: Claims) -> bytes:
    return json.dumps(good | {"x": 0}).replace('"x": 0', '"x": ' + "9" * 5000).encode()


MALFORMED: dict[str, Callable[[Claims], str | None]] = {
    "no header": lambda _: None,
    "no scheme": jwt,
    "another scheme": lambda good: "Basic " + jwt(good),
    "no token": lambda _: "Bearer ",
    "no trailing dot": lambda good: "Bearer " + jwt(good).rstrip("."),
    "one part": lambda good: "Bearer " + segment(good),
    "four parts": lambda good: "Bearer " + jwt(good) + "x.",
    "signed": lambda good: "Bearer " + jwt(good) + "c2lnbmVk",
    "raw JSON": lambda good: f'Bearer {{"alg":"none","typ":"JWT"}}.{json.dumps(good)}.',
    "padded": lambda good: (
        "Bearer " + ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in
                             ({"alg": "none", "typ": "JWT", }, good | {"pad": "x"})) + "=."
    ),
    "not UTF-8": lambda _: f"Bearer {segment({'alg': 'none', 'typ': 'JWT'})}.{segment(bytes([255, 123, 125]))}.",
    "not JSON": lambda _: f"Bearer {segment({'alg': 'none', 'typ': 'JWT'})}.{segment(b'claims')}.",
    "a list": lambda good: "Bearer " + jwt([good]),
    "alg HS256": lambda good: "Bearer " + jwt(good, {"alg": "HS256", "typ": "JWT"}),
    "alg None": lambda good: "Bearer " + jwt(good, {"alg": "None", "typ": "JWT"}),
    "no typ": lambda good: "Bearer " + jwt(good, {"alg": "none"}),
    "more in the header": lambda good: "Bearer " + jwt(good, {"alg": "none", "typ": "JWT", "kid": "1"}),
    "a claim twice": lambda good: f"Bearer {segment({'alg': 'none', 'typ': 'JWT'})}.{segment(doubled(good))}.",
    "a number of 5,000 digits": lambda good: "Bearer " + jwt(enormous(good)),
    "NaN": lambda good: "Bearer " + jwt(good | {"x": float("nan")}),
    "nested very deep": lambda _: (
        f"Bearer {segment({'alg': 'none', 'typ': 'JWT'})}.{segment(b'[' * 9000)}."
    ),
    "too long": lambda good: "Bearer " + jwt(good | {"x": "x" * 20_000}),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
def test_a_token_that_is_none_is_refused(hub: Organisation, case: str) -> None:
    answer = Caller().get("metadata", "rest:read:metadata-1", headers={"Authorization": MALFORMED[case](claims())})
    assert error_of(answer) == BAD
    assert why(answer).startswith("Authorization")


def test_an_audience_is_compared_where_the_deployment_says_so(hub: Organisation, settings: Any) -> None:
    settings.GP_CONNECT_AUDIENCES = ("https://hub.example/{ods}/STU3/1/gpconnect",)
    caller = Caller()
    assert error_of(caller.get("metadata", "rest:read:metadata-1")) == BAD
    right = jwt(claims() | {"aud": "https://hub.example/Y07108/STU3/1/gpconnect"})
    assert caller.get("metadata", "rest:read:metadata-1", token=right).status_code == 200


def test_the_clock_that_is_allowed_ahead_is_a_setting(hub: Organisation, settings: Any) -> None:
    settings.GP_CONNECT_CLOCK_SECONDS = 60
    ahead = jwt(shifted(200)(claims()))
    assert error_of(Caller().get("metadata", "rest:read:metadata-1", token=ahead)) == BAD
