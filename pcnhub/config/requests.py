"""Each request gets an id and one line in the log: what was asked for and how it ended, never whom it was about.

And a limit: how much it may send."""

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pcnhub.entrances.staff.refusals import length_required, too_large
from pcnhub.entrances.staff.session import is_signed_in

GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
LARGEST_FORM = 1024 * 1024  # bytes
# bytes: the largest file that an import takes, and the form around it
LARGEST_UPLOAD = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
PAGES_OF_FILES = {"import-new", "document-add", "documents-import"}
log = structlog.get_logger("pcnhub.request")


class RequestMiddleware:
    """Sets `request.request_id`, returns it as X-Request-ID, binds it to every log line of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuses a body that is too large for its page before anything reads it: the forgery check would have it parsed,
        and an upload filled the memory, whoever sent it. Runs after the session is known and before that check."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length.isdecimal():
            return length_required(request) if length or "HTTP_TRANSFER_ENCODING" in request.META else None
        match = request.resolver_match
        takes_files = match is not None and match.url_name in PAGES_OF_FILES and is_signed_in(request)
        return too_large(request) if int(length) > (LARGEST_UPLOAD if takes_files else LARGEST_FORM) else None

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
