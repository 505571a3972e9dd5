"""The door of every page behind a link: the link is asked anew each time, and so is what it may do.

@page
def appointment(request: PatientRequest) -> HttpResponse:
    return render(request, "own/appointment.jinja", {...})
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone

from pcnhub.care.appointments.operations import opened_link
from pcnhub.care.appointments.queries import LinkNotUsable
from pcnhub.entrances.public import refusals, session
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Refusal


class PatientRequest(HttpRequest):
    """A request behind an open link: `actor` is its patient, made anew for it, `now` its one instant."""

    link_id: int
    actor: Actor
    now: datetime
    request_id: str


View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """Lets in whoever opened a link in this browser, for as long as the link may be used; all others get one and the same page.

    The view runs inside the patient's unit of work. A Refusal that it raises undoes the unit, is put on record, and is shown.
    """

    @wraps(view)
    def through_the_door(request: HttpRequest, **arguments: Any) -> HttpResponse:
        now = timezone.now()
        link_id = session.link_in_use(request)
        if link_id is None:
            return refusals.ask(request)
        asked = cast("PatientRequest", request)
        try:
            opened = opened_link(
                now=now, link_id=link_id, origin=session.origin(request), request_id=asked.request_id
            )  # fmt: skip
        except LinkNotUsable:  # withdrawn, run out or locked meanwhile
            return refusals.ask(request)
        asked.link_id, asked.actor, asked.now = opened.link_id, opened.actor, now
        try:
            with unit_of_work(opened.actor):
                return view(request, **arguments)
        except Refusal as refusal:
            return refusals.refused(request, refusal, actor=opened.actor, now=now)

    return outside(through_the_door)


def outside(view: View) -> View:
    """What holds for all addresses of patients, link or none: which methods there are, and who is told where they came from."""

    @wraps(view)
    def through_the_porch(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(("GET", "POST"))
        answer = view(request, **arguments)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        answer["Cache-Control"] = "no-store"
        return answer

    through_the_porch.is_for_patients = True  # type: ignore[attr-defined]
    return through_the_porch
