"""The pages that say no: refused, not found, not understood, broken. Each says what happened, what to do and who can."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.entrances.staff.pages import render
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted, NotShared, Refusal

log = structlog.get_logger("pcnhub.refusals")


class BookElsewhere(Refusal):
    """The page works on an appointment book that another system keeps."""

    code = "book-elsewhere"
    remedy = "Book, see patients and work tasks in that system. What there is for your network here is Readiness."
    who_can = "an administrator of the hub, who says under Organisation which system keeps its book"

    def __init__(self, organisation: OrganisationRef) -> None:
        whose = "Your hub’s" if organisation.kind != OrganisationKind.HUB else "This hub’s"
        super().__init__(
            f"{whose} appointment book is kept in another system, so there is nothing to show or do on this page."
        )


_PAGES: tuple[tuple[type[Refusal], int, str], ...] = (
    (NotPermitted, 403, "You cannot do this in your position"),
    (NotShared, 403, "This is not shared with your organisation"),
    (NotFound, 404, "This cannot be found"),
    (BookElsewhere, 404, "The appointment book is kept in another system"),
    (Conflict, 409, "This has changed"),
    (InvalidInput, 422, "There is a problem"),
)


def refused(request: HttpRequest, refusal: Refusal, *, words_are_kept: bool = False) -> HttpResponse:
    """The page for a refusal that its journey does not show in its own way. `words_are_kept`: what was sent is kept."""
    status, title = next(
        ((status, title) for kind, status, title in _PAGES if isinstance(refusal, kind)),
        (403, "This was refused"),
    )
    return render(
        request, "staff/refused.jinja", {"title": title, "refusal": refusal, "kept": words_are_kept}, status=status
    )


def put_on_record(request: HttpRequest, refusal: Refusal, *, actor: Actor, now: datetime) -> None:
    """Who was turned away from where, in a unit of work of its own: the one that was refused is undone."""
    if not isinstance(refusal, (NotPermitted, NotShared, NotFound)):
        return
    match = request.resolver_match
    ids = {name: value for name, value in match.kwargs.items() if isinstance(value, int)} if match else {}
    patient_id = ids.get("patient_id")
    with unit_of_work(actor):
        record(
            actor=actor,
            now=now,
            action="access.refused",
            subject=Subject("patient", patient_id, patient_id=patient_id) if patient_id else Subject("page"),
            reason=refusal.code,
            detail={"page": (match.url_name or "") if match else "", **ids},
        )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    # The page was done, and keeping its session failed: somebody signed out meanwhile, or the database went away.
    if isinstance(exception, SessionInterrupted):
        return server_error(request)
    return _plain(request, "staff/bad_request.jinja", 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(request, "staff/bad_request.jinja", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(request, "staff/not_found.jinja", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """It never says that nothing was saved: the line to the database may have been cut while a change was being confirmed."""
    return _plain(request, "staff/server_error.jinja", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: a page kept open past the session's end, cookies refused, or a forged request. What it says may
    be kept for its sender all the same: that asks for a token of its own (`door.page`)."""
    match = request.resolver_match
    log.warning("csrf-failure", page=match.url_name if match else "")
    keeps = getattr(match.func, "keeps", None) if match else None
    kept = keeps is not None and keeps(request, timezone.now())
    return _plain(request, "staff/stale_form.jinja", 403, {"kept": kept})


def too_large(request: HttpRequest) -> HttpResponse:
    return _plain(request, "staff/too_large.jinja", 413)


def length_required(request: HttpRequest) -> HttpResponse:
    """A body that doesn't say how long it is. No browser sends one."""
    return _plain(request, "staff/bad_request.jinja", 411)


def _plain(request: HttpRequest, template: str, status: int, more: dict[str, bool] | None = None) -> HttpResponse:
    """These pages show nothing that needs the database: it may be what is broken."""
    request_id: str = getattr(request, "request_id", "")
    return render(request, template, {"request_id": request_id, **(more or {})}, status=status)
