"""The pages that say no to a patient. Each says who can help, and none says more than a stranger may know."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from pcnhub.entrances.public import session
from pcnhub.entrances.public.pages import render
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Refusal

log = structlog.get_logger("pcnhub.refusals")


def ask(request: HttpRequest, *, status: int = 403) -> HttpResponse:
    """The one page for everything that is no longer, or never was: it ends what was open."""
    session.close(request)
    answer = render(request, "own/ask.jinja", status=status)
    session.forget_token(answer)
    return answer


def refused(request: HttpRequest, refusal: Refusal, *, actor: Actor, now: datetime) -> HttpResponse:
    """What an operation refused to a patient whose link is open. On record, in a unit of its own: that of the page is undone."""
    match = request.resolver_match
    with unit_of_work(actor):
        record(
            actor=actor,
            now=now,
            action="access.refused",
            subject=Subject("page"),
            reason=refusal.code,
            detail={"page": (match.url_name or "") if match else ""},
        )
    return render(request, "own/refused.jinja", status=409)


def stale_form(request: HttpRequest) -> HttpResponse:
    """A form without its token: kept open too long, or cookies are refused."""
    log.warning("csrf-failure", page=request.resolver_match.url_name if request.resolver_match else "")
    return render(request, "own/stale_form.jinja", status=403)


def not_found(request: HttpRequest, *, status: int = 404) -> HttpResponse:
    """Also for what no browser of a patient's sends: there is nothing else that they could do about it."""
    return render(request, "own/not_found.jinja", status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Nothing of it needs the database, so that the session is not asked, either; and it never says that nothing was booked."""
    shown = {"errors": None, "said": "", "is_open": False}
    return HttpResponse(render_to_string("own/server_error.jinja", shown, request=request), status=500)
