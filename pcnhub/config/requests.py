"""Each request gets an id and one line in the log: what was asked for and how it ended, never whom it was about."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
log = structlog.get_logger("pcnhub.request")


class RequestMiddleware:
    """Sets `request.request_id`, returns it as X-Request-ID, binds it to every log line of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if GIVEN_ID.fullmatch(given) else str(uuid.uuid4())
        request.request_id = request_id  # type: ignore[attr-defined]
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            match = request.resolver_match
            log.info(
                "request",
                method=request.method,
                # the pattern, not the path: what a person types into an address is not ours to keep
                route=match.route if match else None,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )
        response["X-Request-ID"] = request_id
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        if match is not None and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"  # a page may hold a record: no shared screen should bring it back
        return response
