"""Checking everything now: asked for by a button, done by the worker, and watched on a page that needs no script."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.readiness import pages
from pcnhub.foundations.jobs.queries import is_worker_alive
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.insight.readiness import operations, queries


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("POST",), opens_work=False)
def check_now(request: StaffRequest) -> HttpResponse:
    """The worker does it, so that the page need not wait; where none is alive, it is done while the browser waits."""
    hub = queries.hub_seen_by(actor=request.actor, now=request.now)
    run_id = operations.ask_run(actor=request.actor, now=request.now, hub_id=hub.id)
    if is_worker_alive(now=request.now):
        return redirect("readiness-run", run_id=run_id)
    operations.perform(now=request.now, run_id=run_id)
    flash(request, "Everything was checked. No worker runs here, so it was done at once.")
    return redirect("readiness")


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",), opens_work=False)
def run(request: StaffRequest, run_id: int) -> HttpResponse:
    """How far it is; back to the grid once it is over."""
    found = queries.run(actor=request.actor, now=request.now, run_id=run_id)
    if found.ended_at is not None:
        flash(request, f"Everything was checked at {pages.clock(found.ended_at)}.")
        return redirect("readiness")
    goes_on = request.now - found.asked_at < operations.GIVEN_UP
    context = {
        "run": found,
        "when": pages.clock(found.asked_at),
        "goes_on": goes_on,
        "still": "still" in request.GET,
    }
    return render(request, "readiness/run.jinja", context)
