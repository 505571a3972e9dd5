"""A counterpart of the demographics service on loopback: its headers, errors, token and limits, and everything that goes wrong.

with Counterpart() as service:
    service.has(person(...))
    service.faults = [slow(1), too_many_requests("2")]
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from tests.counterparts.pds_people import Entry, Json, outcome
from tests.counterparts.pds_search import listed, search

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
API_KEY, KEY_ID = "an-api-key", "test-1"
Fault = Callable[["Handler"], bool]
"""Does something to a request instead of, or before, answering it; whether it was answered."""


@dataclass
class Received:
    path: str
    parameters: dict[str, list[str]]
    headers: dict[str, str]
    at: float


@dataclass
class Counterpart:
    """`faults` happen to the next requests, one each. `asked` is what came in. With a `key`, a token is demanded."""

    people: dict[str, Entry] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[Received] = field(default_factory=list)
    tokens: list[Json] = field(default_factory=list)  # claims of the assertions that were taken
    key: RSAKey | None = None
    valid_token: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        bound = type("Bound", (Handler,), {"service": self})
        self.server = Server(("127.0.0.1", 0), bound)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def address(self) -> str:
        return f"{self.root}/personal-demographics/FHIR/R4"

    @property
    def token_address(self) -> str:
        return f"{self.root}/oauth2/token"

    def has(self, *entries: Entry) -> None:
        self.people |= {entry.patient["id"]: entry for entry in entries}

    def take_fault(self) -> Fault | None:
        with self.lock:
            return self.faults.pop(0) if self.faults else None


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked may have gone: that is what some of the tests are about."""


class Handler(BaseHTTPRequestHandler):
    service: Counterpart
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are written one after the other

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        parameters = listed(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.service.lock:
            self.service.asked.append(Received(parts.path, parameters, headers, time.monotonic()))
        fault = self.service.take_fault()
        if fault is not None and fault(self):
            return
        self.answer(*self._meant(parts.path, parameters, headers))

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.answer(*self._token(form))

    def _meant(self, path: str, parameters: dict[str, list[str]], headers: dict[str, str]) -> tuple[int, Json]:
        request_id = headers.get("x-request-id", "")
        if not request_id:
            said = "Invalid request with error - X-Request-ID header must be supplied to access this resource"
            return 400, outcome("MISSING_VALUE", issue="required", diagnostics=said)
        if not UUID.fullmatch(request_id):
            return 400, outcome("INVALID_VALUE", diagnostics=f"Invalid value - '{request_id}' in header 'X-Request-ID'")
        if not headers.get("nhsd-end-user-organisation-ods"):
            return 400, outcome("MISSING_VALUE", issue="required", diagnostics="NHSD-End-User-Organisation-ODS")
        expected = f"Bearer {self.service.valid_token}"
        if self.service.key is not None and (not self.service.valid_token or headers.get("authorization") != expected):
            return 401, outcome("ACCESS_DENIED", issue="forbidden", diagnostics="Invalid Access Token")
        beneath = path.removeprefix("/personal-demographics/FHIR/R4")
        if beneath == "/Patient":
            return search(parameters, self.service.people)
        return self._read(beneath.removeprefix("/Patient/"))

    def _read(self, number: str) -> tuple[int, Json]:
        if not _is_number(number):
            return 400, outcome("INVALID_RESOURCE_ID", "Resource Id is invalid")
        entry = self.service.people.get(number)
        if entry is not None and entry.superseded_by:
            entry = self.service.people.get(entry.superseded_by)
        if entry is None:
            return 404, outcome("RESOURCE_NOT_FOUND", "Resource not found", issue="not-found", severity="information")
        if entry.is_invalid:
            return 404, outcome("INVALIDATED_RESOURCE", issue="processing")
        return 200, entry.patient

    def _token(self, form: dict[str, str]) -> tuple[int, Json]:
        def no(description: str) -> tuple[int, Json]:
            return 400, {"error": "invalid_request", "error_description": description}

        service = self.service
        assert service.key is not None
        if form.get("grant_type") != "client_credentials":
            return no("grant_type is missing or unsupported")
        try:
            token = jwt.decode(form.get("client_assertion", ""), service.key, algorithms=["RS512"])
        except (JoseError, ValueError):
            return 401, {"error": "public_key error", "error_description": "JWT signature verification failed"}
        claims = token.claims
        if token.header.get("kid") != KEY_ID:
            return 401, {
                "error": "invalid_request",
                "error_description": "Invalid 'kid' header - no matching public key",
            }
        if not claims.get("iss") == claims.get("sub") == API_KEY:
            return no("Missing or non-matching 'iss'/'sub' claims in client_assertion JWT")
        if claims.get("jti") in [each["jti"] for each in service.tokens]:
            return no("Non-unique 'jti' claim in client_assertion JWT")
        if claims.get("aud") != service.token_address:
            return no("Missing or invalid 'aud' claim in client_assertion JWT")
        if not 0 < claims.get("exp", 0) - time.time() <= 310:
            return no("Invalid 'exp' claim in client_assertion JWT - more than 5 minutes in future")
        service.tokens.append(dict(claims))
        service.valid_token = uuid.uuid4().hex
        return 200, {"access_token": service.valid_token, "expires_in": "599", "token_type": "Bearer"}

    def answer(self, status: int, body: Json | bytes, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        pass


# What goes wrong


def slow(seconds: float) -> Fault:
    """Answers, but later than anybody waits."""

    def happens(handler: Handler) -> bool:
        time.sleep(seconds)
        return False

    return happens


def drop_by_drop(seconds: float) -> Fault:
    """Headers at once, then a byte now and then: no single wait is long."""

    def happens(handler: Handler) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            try:
                handler.wfile.write(b" ")
                handler.wfile.flush()
            except OSError:
                break
            time.sleep(0.02)
        handler.close_connection = True
        return True

    return happens


def too_many_requests(retry_after: str, **headers: str) -> Fault:
    def happens(handler: Handler) -> bool:
        handler.answer(429, outcome("TOO_MANY_REQUESTS", issue="throttled"), Retry_After=retry_after, **headers)
        return True

    return happens


def answers(status: int, body: Json | bytes) -> Fault:
    """An error of the service, or nonsense."""

    def happens(handler: Handler) -> bool:
        handler.answer(status, body)
        return True

    return happens


def cut(handler: Handler) -> bool:
    """The connection breaks off in the middle of the answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"resourceType":"Patient","id":"9')
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True
    return True


def _is_number(text: str) -> bool:
    if not re.fullmatch("[0-9]{10}", text):
        return False
    check = (11 - sum(int(digit) * (10 - place) for place, digit in enumerate(text[:9])) % 11) % 11
    return check == int(text[9])
