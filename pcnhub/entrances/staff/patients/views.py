"""Search, patient, and who saw the patient."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import find_patients, open_patient, who_saw
from pcnhub.entrances.staff.documents.pages import beside as documents_beside
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.patients import details, finding, pages
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.FIND_PATIENTS)
def patients(request: StaffRequest) -> HttpResponse:
    """Sent as a form, pages of results too: what was typed must not stand in an address."""
    text = request.POST.get("text", "").strip()
    with_gone = request.POST.get("gone") == "yes"
    context: dict[str, object] = {"text": text, "gone": with_gone, "found": None}
    if request.method != "POST":
        return render(request, "patients/patients.jinja", context)
    try:
        number = pages.page_number(request.POST.get("page", ""))
        found = find_patients(actor=request.actor, now=request.now, text=text, page=number, with_gone=with_gone)
    except InvalidInput as refusal:
        return render(request, "patients/patients.jinja", {**context, "errors": Errors.of_refusal(refusal)}, status=422)
    return render(request, "patients/patients.jinja", context | {"found": finding.found_on(found)})


@page(Permission.FIND_PATIENTS, methods=("GET",))
def patient(request: StaffRequest, patient_id: int) -> HttpResponse:
    view = open_patient(actor=request.actor, now=request.now, patient_id=patient_id)
    if view.id != patient_id:
        flash(request, "The entry that you opened was merged into this one, of the same person.")
        return redirect("patient", patient_id=view.id)
    actor = request.actor
    context = {
        "patient": view,
        "rows": pages.demographics(view),
        "state": pages.state(view),
        "actions": [
            *pages.actions(actor, view),
            *details.registration_actions(actor, view),
            *details.trace_actions(actor, view),
        ],
        "is_kept_here": details.is_kept_here(view),
        "may_change": actor.may(Permission.MANAGE_REGISTRATIONS),
        "contacts": details.contacts(actor, view),
        "questions": details.questions(actor, view),
        "entries": details.entries(actor, view),
        "numbers": details.numbers(actor, view),
        "documents": documents_beside(actor, request.now, view.id),
    }
    return render(request, "patients/patient.jinja", context)


@page(Permission.VIEW_AUDIT, purpose=Purpose.AUDIT, methods=("GET",))
def patient_audit(request: StaffRequest, patient_id: int) -> HttpResponse:
    number = pages.page_number(request.GET.get("page", ""))
    found = who_saw(actor=request.actor, now=request.now, patient_id=patient_id, page=number)
    words = {"words": pages.action_words, "who": pages.who, "ground": pages.ground, "clock": pages.clock}
    return render(request, "patients/patient_audit.jinja", {"found": found, **words})
