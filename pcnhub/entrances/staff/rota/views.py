"""The rota of a week, and making sessions from the weekly ones."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse

from pcnhub.care.appointments.operations import make_sessions
from pcnhub.care.appointments.queries import session
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.rota import pages
from pcnhub.entrances.staff.rota.forms import MakeForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import NotFound

rota_page = page(Permission.MANAGE_ROTA, purpose=Purpose.ADMINISTRATION)


@rota_page
def rota(request: StaffRequest) -> HttpResponse:
    if request.actor.organisation.kind != "hub":
        raise NotFound(
            f"{request.actor.organisation.name} is not a hub: it has no rota here.",
            remedy="Sign in with a position at the hub.",
            who_can="the hub's rota manager",
        )
    week = pages.week_of(
        request.GET.get("week", ""), hub_id=request.actor.organisation.id, today=london_date(request.now)
    )
    return render(request, "rota/rota.jinja", {"week": week, "state_colour": pages.state_colour})


@rota_page
def make(request: StaffRequest) -> HttpResponse:
    """Make and publish the sessions of the weekly templates up to a day; what stays a draft is listed with its reasons."""
    today = london_date(request.now)
    form = MakeForm(request.POST if request.method == "POST" else None, initial={"until": today + timedelta(days=27)})
    if request.method == "POST" and form.is_valid():
        hub_id = request.actor.organisation.id
        made = make_sessions(actor=request.actor, now=request.now, hub_id=hub_id, until=form.cleaned_data["until"])
        drafts = []
        for draft in made.drafts:
            view = session(hub_id=hub_id, session_id=draft.session_id)
            drafts.append((view, f"{in_london(view.starts_at):%a %-d %B, %H:%M}", draft.reasons))
        return render(request, "rota/made.jinja", {"made": made, "drafts": drafts})
    errors = Errors.of_form(form) if request.method == "POST" else Errors()
    return render(request, "rota/make.jinja", {"form": form, "errors": errors}, status=422 if errors else 200)
