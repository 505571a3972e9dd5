"""Everybody of the worklist at once: who can be told beyond doubt is linked, the others are left to a person."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import NothingToTrace, RunGoesOn, trace_all
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import RUN_LASTS
from pcnhub.care.patients.queries import trace_run as read_trace_run
from pcnhub.care.patients.rules import TraceOutcome
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.tracing import pages
from pcnhub.entrances.staff.tracing.views import STALE_AHEAD


@page(Permission.TRACE_PATIENTS, methods=("POST",))
def trace_everybody(request: StaffRequest) -> HttpResponse:
    try:
        run_id = trace_all(actor=request.actor, now=request.now, stale_until=request.now + STALE_AHEAD)
    except NothingToTrace as refusal:
        flash(request, refusal.sentence(), "information")
        return redirect("tracing")
    except RunGoesOn as refusal:
        flash(request, refusal.sentence(), "information")
        return redirect("trace-run", run_id=refusal.run_id)
    return redirect("trace-run", run_id=run_id)


@page(Permission.TRACE_PATIENTS, methods=("GET",))
def trace_run(request: StaffRequest, run_id: int) -> HttpResponse:
    """How far it is, and what was found; loads itself anew while it goes on."""
    run = read_trace_run(actor=request.actor, now=request.now, run_id=run_id)
    counts = [(words, run.counted(outcome)) for outcome, words in pages.OUTCOME_WORDS.items()]
    context = {
        "run": run,
        "when": pages.when(run.asked_at),
        "counts": [(words, number) for words, number in counts if number],
        "notes": sorted({attempt.note for attempt in run.attempts if attempt.note}),
        "goes_on": not run.is_over and request.now - run.asked_at < RUN_LASTS,
        "linked": run.counted(TraceOutcome.LINKED),
    }
    return render(request, "tracing/trace_run.jinja", context)
