"""Rehearsals of the hub: asking for one, the grid of each, and what people did by hand.

These pages open no unit of work at the door: a rehearsal is read as the hub's, not as a patient's.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.rehearsal import pages
from pcnhub.entrances.staff.rehearsal.forms import ByHandForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound
from pcnhub.insight.readiness.queries import hub_seen_by
from pcnhub.rehearsal import jobs, operations, queries
from pcnhub.rehearsal.ground import outlook


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, opens_work=False)
def rehearsals(request: StaffRequest) -> HttpResponse:
    """The newest grid and those before it. A post asks the worker for a new one."""
    if request.method == "POST":
        jobs.ask(actor=request.actor, now=request.now)
        flash(request, "The worker begins the rehearsal. It takes about a minute; look at this page again.")
        return redirect("rehearsals")
    hub = hub_seen_by(actor=request.actor, now=request.now)
    runs = queries.runs(actor=request.actor, now=request.now, hub_id=hub.id)
    may_manage = request.actor.may(Permission.MANAGE_READINESS)
    network = network_of_hub(hub_id=hub.id, day=london_date(request.now))
    context = {
        "hub": hub,
        "nights": outlook(network),
        "newest": pages.grid(runs[0], actor=request.actor, now=request.now) if runs else None,
        "runs": [pages.line(each, request.now) for each in runs],
        "goes_on": bool(runs) and runs[0].ended_at is None and not runs[0].is_overdue(request.now),
        "may_ask": may_manage and request.actor.organisation.kind == OrganisationKind.HUB,
    }
    return render(request, "rehearsal/rehearsals.jinja", context)


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",), opens_work=False)
def rehearsal(request: StaffRequest, run_id: int) -> HttpResponse:
    run = queries.run(actor=request.actor, now=request.now, run_id=run_id)
    return render(request, "rehearsal/rehearsal.jinja", {"grid": pages.grid(run, actor=request.actor, now=request.now)})


@page(Permission.MANAGE_READINESS, purpose=Purpose.ADMINISTRATION, opens_work=False)
def by_hand(request: StaffRequest, run_id: int, practice_id: int, step: str) -> HttpResponse:
    run = queries.run(actor=request.actor, now=request.now, run_id=run_id)
    row = next((each for each in run.rows if each.organisation and each.organisation.id == practice_id), None)
    shown = next((each for each in row.steps if each.name == step), None) if row else None
    if row is None or shown is None:
        raise NotFound("There is no such step in this rehearsal.", remedy="Choose one from its grid.")
    form = ByHandForm(request.POST if request.method == "POST" else None)
    errors = Errors()
    if request.method == "POST":
        if form.is_valid():
            given = form.cleaned_data
            try:
                operations.record_manual_step(
                    actor=request.actor,
                    now=request.now,
                    run_id=run_id,
                    practice_id=practice_id,
                    step=step,
                    passed=given["went"] == "well",
                    took_minutes=given["took_minutes"],
                    comment=given["comment"],
                )
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal, {"step": "", "passed": "went"})
            else:
                flash(request, "It is put down.")
                return redirect("rehearsal", run_id=run_id)
        else:
            errors = Errors.of_form(form)
    context = {"run": run, "row": row, "step": shown, "form": form, "errors": errors or None, "clock": pages.clock}
    return render(request, "rehearsal/by_hand.jinja", context, status=422 if errors else 200)
