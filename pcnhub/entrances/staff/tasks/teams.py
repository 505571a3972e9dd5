"""The organisation's teams: seen by all who work tasks, changed by its managers."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.queries import positions_at
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.queries import TeamView
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.tasks import pages
from pcnhub.entrances.staff.tasks.forms import TeamForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound

managers_page = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)


@page(purpose=Purpose.ADMINISTRATION, methods=("GET",))
def teams(request: StaffRequest) -> HttpResponse:
    """Names of colleagues and no patient: open to everybody of the organisation."""
    context = {
        "teams": queries.teams_of(organisation_id=request.actor.organisation.id, day=london_date(request.now)),
        "may_manage": request.actor.may(Permission.MANAGE_ORGANISATION),
        "may_work": request.actor.may(Permission.WORK_TASKS),
        "covers": queries.covers_of(organisation_id=request.actor.organisation.id, day=london_date(request.now)),
        "partner_names": {
            each.id: each.name for each in queries.partners_of(request.actor.organisation, london_date(request.now))
        },
        "position_id": request.actor.position_id,
        **pages.words(),
    }
    return render(request, "tasks/teams.jinja", context)


@managers_page
def team_new(request: StaffRequest) -> HttpResponse:
    return _save(request, None)


@managers_page
def team(request: StaffRequest, team_id: int) -> HttpResponse:
    held = queries.team(team_id=team_id, day=london_date(request.now))
    if held.organisation.id != request.actor.organisation.id:
        raise NotFound(
            "There is no such team at your organisation.",
            remedy="Choose one from the teams page.",
            who_can=f"a manager at {held.organisation.name}",
        )
    return _save(request, held)


def _save(request: StaffRequest, held: TeamView | None) -> HttpResponse:
    staff = positions_at(organisation_id=request.actor.organisation.id, day=london_date(request.now))
    partners = queries.partners_of(request.actor.organisation, london_date(request.now))
    form = TeamForm(request.POST if request.method == "POST" else None, staff=staff, partners=partners, team=held)
    errors = Errors()
    if request.method == "POST":
        if not form.is_valid():
            errors = Errors.of_form(form)
        else:
            try:
                operations.save_team(
                    actor=request.actor, now=request.now, request=form.request(), team_id=held.id if held else None
                )
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "The team is saved.")
                return redirect("teams")
    context = {"form": form, "team": held, "errors": errors or None}
    return render(request, "tasks/team.jinja", context, status=422 if errors else 200)
