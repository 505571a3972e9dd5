"""Which page says that something failed: each kind of visitor has its own, by the address that was asked for."""

import structlog
from django.http import HttpRequest, HttpResponse

from pcnhub.entrances.public import refusals as own
from pcnhub.entrances.public.session import is_own
from pcnhub.entrances.staff import refusals as staff

log = structlog.get_logger("pcnhub.failing")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return own.not_found(request, status=400) if is_own(request) else staff.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return own.not_found(request, status=403) if is_own(request) else staff.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return own.not_found(request) if is_own(request) else staff.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django writes down what failed only after this has answered: should it fail as well, nobody would ever learn of either."""
    try:
        return own.server_error(request) if is_own(request) else staff.server_error(request)
    except Exception:
        log.exception("failure-page-failed")
        return HttpResponse("Something went wrong here.", status=500, content_type="text/plain; charset=utf-8")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return own.stale_form(request) if is_own(request) else staff.csrf_failure(request, reason)
