"""The worklist of people to trace, and the page on which one of them is compared and settled.

Each page asks the service before anything is locked, so that none holds a unit of work open meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import no_match, reject_candidates
from pcnhub.care.appointments.queries import live_bookings_of, unlinked
from pcnhub.care.organisations.queries import practices_of
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.operations import AnotherPersons
from pcnhub.care.patients.operations.protected import is_somebody_else
from pcnhub.care.patients.queries import PatientView, attempts_for, patient_of_trace
from pcnhub.care.patients.rules import TraceBasis, TraceOutcome
from pcnhub.connections.pds import demographics, linking
from pcnhub.connections.pds.refusals import NotAnswered
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.patients.changing_forms import ReasonForm
from pcnhub.entrances.staff.tracing import pages
from pcnhub.entrances.staff.tracing.forms import AcceptForm, RejectForm, TypedForm
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, Refusal

STALE_AHEAD = timedelta(days=1)


@page(Permission.TRACE_PATIENTS, methods=("GET",))
def tracing(request: StaffRequest) -> HttpResponse:
    found = unlinked(actor=request.actor, now=request.now, stale_until=request.now + STALE_AHEAD)
    rows = [pages.row_of(each, request.now) for each in found]
    ahead = [row for row in rows if row.each.left(request.now) >= timedelta()]
    context = {
        "ahead": ahead,
        "over": [row for row in rows if row not in ahead],
        "source": pages.SOURCE_WORDS["pds" if demographics.verifies() else "local"],
    }
    return render(request, "tracing/tracing.jinja", context)


@page(Permission.TRACE_PATIENTS, opens_work=False)
def trace_patient(request: StaffRequest, patient_id: int) -> HttpResponse:
    patient = patient_of_trace(actor=request.actor, now=request.now, patient_id=patient_id)
    if not patient.is_untraced:
        flash(request, "It is known who this is.", "information")
        return redirect("patient", patient_id=patient.id)
    if request.method == "POST" and "accept" in request.POST:
        return _accept(request, patient)
    if request.method == "POST" and "reject" in request.POST:
        return _reject(request, patient)
    if request.method == "POST" and "somebody-else" in request.POST and patient.is_sensitive:
        return _somebody_else(request, patient)
    if request.method == "POST" and "typed" in request.POST:
        return _typed(request, patient)
    return _compare(request, patient)


def _accept(request: StaffRequest, patient: PatientView) -> HttpResponse:
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _compare(request, patient, errors=Errors.of_form(form))
    nhs_number, seal = form.choice
    try:
        linked = linking.accept(
            actor=request.actor,
            now=request.now,
            patient_id=patient.id,
            nhs_number=nhs_number,
            basis=TraceBasis.CHOICE,
            seal=seal,
        )
    except InvalidInput as refusal:
        return _compare(request, patient, errors=Errors.of_refusal(refusal, {"accept": ""}))
    except (NotAnswered, AnotherPersons) as refusal:
        return _compare(request, patient, errors=_said(refusal))
    return _done(request, linked.outcome)


def _reject(request: StaffRequest, patient: PatientView) -> HttpResponse:
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _compare(request, patient, errors=Errors.of_form(form))
    given = form.cleaned_data
    if not given["candidates"]:  # tomorrow's list may have them: a run goes on looking
        no_match(actor=request.actor, now=request.now, patient_id=patient.id, source=given["source"])
        flash(request, "Noted: nobody was found. They stay on the list.", "information")
        return redirect("tracing")
    reject_candidates(
        actor=request.actor,
        now=request.now,
        patient_id=patient.id,
        source=given["source"],
        candidates=given["candidates"],
    )
    flash(
        request,
        "Noted: none of them is the person. Ring them or the practice that booked, and correct or complete what was said.",
        "information",
    )
    return redirect("tracing")


def _somebody_else(request: StaffRequest, patient: PatientView) -> HttpResponse:
    """The number that was given is a protected person's, and this is not that person: for who may know so."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _compare(request, patient, why=form, errors=Errors.of_form(form))
    is_somebody_else(actor=request.actor, now=request.now, patient_id=patient.id, reason=form.cleaned_data["reason"])
    flash(request, "The number is taken off. Whoever traces patients can now find out who this person is.")
    return redirect("tracing")


def _typed(request: StaffRequest, patient: PatientView) -> HttpResponse:
    """A number that a practice read out: read at the service where it can be asked, so that both are compared; where it
    can't, or knows nobody, the practice's word is taken for what it is."""
    form = TypedForm(request.POST, practices=_members(request))
    if not form.is_valid():
        return _compare(request, patient, form=form, errors=Errors.of_form(form))
    given = form.cleaned_data
    try:
        linked = linking.accept_read_out(
            actor=request.actor,
            now=request.now,
            patient=patient,
            nhs_number=given["nhs_number"],
            practice_ods=given["practice"],
        )
    except InvalidInput as refusal:
        return _compare(request, patient, form=form, errors=Errors.of_refusal(refusal))
    except AnotherPersons as refusal:
        return _compare(request, patient, form=form, errors=_said(refusal))
    return _done(request, linked.outcome)


def _done(request: StaffRequest, outcome: TraceOutcome) -> HttpResponse:
    flash(request, "The person is linked. Their appointments and what was kept for their practice follow.")
    if outcome is TraceOutcome.OUTSIDE:
        flash(
            request,
            "They are registered outside the network: nothing can be written back from here. Tell whoever booked, and decide "
            "with the person whether they come, or go to their own practice’s hub.",
            "information",
        )
    return redirect("tracing")


def _compare(
    request: StaffRequest,
    patient: PatientView,
    *,
    form: TypedForm | None = None,
    why: ReasonForm | None = None,
    errors: Errors | None = None,
) -> HttpResponse:
    members = _members(request)
    context: dict[str, Any] = {
        "patient": patient,
        "bookings": pages.bookings_words(
            live_bookings_of(actor=request.actor, now=request.now, patient_id=patient.id), request.now
        ),
        "attempts": attempts_for(actor=request.actor, patient_ids=[patient.id]).get(patient.id, ()),
        "words": pages,
        "form": form or TypedForm(None, practices=members),
        "why": why or ReasonForm(),
        "errors": errors or Errors(),
        "silence": None,
        "answer": None,
        "shown": (),
    }
    try:
        answer = linking.look_for(actor=request.actor, now=request.now, patient=patient)
    except (NotAnswered, InvalidInput) as refusal:
        context["silence"] = refusal
    else:
        context |= {"answer": answer, "shown": pages.shown_of(answer, patient, members)}
    return render(request, "tracing/trace_patient.jinja", context, status=422 if errors else 200)


def _members(request: StaffRequest) -> Any:
    return practices_of(hub_id=request.actor.organisation.id, day=london_date(request.now))


def _said(refusal: Refusal) -> Errors:
    return Errors([FieldError("", refusal.sentence())])
