"""The access token of this application: asked for with a signed JWT, kept until it has nearly run out.

Source: `national-services` 4.5 (application-restricted access: client credentials with a signed assertion, RS512, `kid`, `exp`
at most five minutes ahead, a `jti` of its own), 13.6 (one request at a time, renewed at 80 % of its life).
"""

from __future__ import annotations

import functools
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
from joserfc import jwt
from joserfc.jwk import RSAKey

from pcnhub.connections.pds.configuration import Configuration
from pcnhub.connections.pds.refusals import INSTALLATION, NoAnswer, SaidNo, Unclear
from pcnhub.foundations.database.apart import apart

LIFETIME = 300  # seconds of an assertion: the most that is taken
RENEWED_AT = 0.8
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class _Given(msgspec.Struct):
    access_token: str
    expires_in: float | str = 599


class _Refused(msgspec.Struct):
    error: str = ""
    error_description: str = ""


@dataclass
class _Kept:
    """The token of one configuration. Whoever needs a new one asks for it; the others wait for that answer."""

    value: str = ""
    renew_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


@functools.cache
def _kept(configuration: Configuration) -> _Kept:
    return _Kept()


def access_token(configuration: Configuration, http: httpx.Client) -> str:
    """A token that is good for a while yet. Raises NoAnswer, Unclear, SaidNo."""
    kept = _kept(configuration)
    with kept.lock:
        if time.monotonic() >= kept.renew_at:
            given = _ask(configuration, http)
            try:
                seconds = float(given.expires_in)
            except ValueError:
                raise Unclear("The service's token has no readable lifetime.") from None
            kept.value, kept.renew_at = given.access_token, time.monotonic() + seconds * RENEWED_AT
        return kept.value


def forget(configuration: Configuration, value: str) -> None:
    """The service did not take this token: the next request asks for another one."""
    kept = _kept(configuration)
    with kept.lock:
        if kept.value == value:
            kept.value, kept.renew_at = "", 0.0


def assertion(configuration: Configuration, *, issued: int) -> str:
    """The signed JWT. `issued` in seconds since 1970."""
    claims = {
        "iss": configuration.api_key,
        "sub": configuration.api_key,
        "aud": configuration.token_address,
        "jti": str(uuid.uuid4()),
        "iat": issued,
        "exp": issued + LIFETIME,
    }
    header = {"alg": "RS512", "typ": "JWT", "kid": configuration.key_id}
    if configuration.private_key is None:
        raise SaidNo(
            "There is no key to sign with.",
            remedy="Set PCNHUB_PDS_PRIVATE_KEY.",
            who_can=INSTALLATION,
            status=0,
            spine_code="",
        )
    return jwt.encode(header, claims, _key(configuration.private_key), algorithms=["RS512"])


@functools.cache
def _key(path: Path) -> RSAKey:
    return RSAKey.import_key(path.read_bytes())


def _ask(configuration: Configuration, http: httpx.Client) -> _Given:
    with apart() as cursor:  # the job that runs may have begun long ago; the assertion must not be as old
        cursor.execute("select extract(epoch from clock_timestamp())::bigint")
        issued = int(cursor.fetchone()[0])
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion(configuration, issued=issued),
    }
    try:
        answer = http.post(configuration.token_address, data=form, timeout=configuration.seconds)
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL):
        raise NoAnswer("The service that gives access tokens can't be reached, or did not answer.") from None
    try:
        if answer.status_code == httpx.codes.OK:
            return msgspec.json.decode(answer.content, type=_Given)
        said = msgspec.json.decode(answer.content, type=_Refused)
    except msgspec.MsgspecError:
        raise Unclear(f"The service that gives access tokens answered HTTP {answer.status_code}, unreadably.") from None
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise NoAnswer(f"The service that gives access tokens answered HTTP {answer.status_code}.")
    raise SaidNo(
        f"No access token was given to this application: {said.error_description or said.error or 'no reason was told'}.",
        remedy="Have PCNHUB_PDS_API_KEY, PCNHUB_PDS_KEY_ID and PCNHUB_PDS_PRIVATE_KEY checked against the registration.",
        who_can=INSTALLATION,
        status=answer.status_code,
        spine_code=said.error,
    )  # fmt: skip
