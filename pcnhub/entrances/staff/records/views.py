"""The record of a patient: what is here at once; what a practice keeps elsewhere, as it comes."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import open_patient, patient_label
from pcnhub.care.records.operations import record_permission
from pcnhub.care.records.queries import open_record
from pcnhub.care.records.rules import PermissionAnswer
from pcnhub.connections.gpconnect.structured import fetch
from pcnhub.entrances.staff.documents.pages import beside as documents_beside
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.records import pages
from pcnhub.entrances.staff.records.forms import PermissionForm
from pcnhub.foundations.kernel.refusals import InvalidInput

SAID = {
    PermissionAnswer.GIVEN: "The patient’s permission is on record. It holds for today.",
    PermissionAnswer.REFUSED: "The patient’s refusal is on record. The record stays closed today, unless they change their mind.",
    # Not that it is open: an objection to sharing, a protected record and a missing agreement stand above any reason.
    PermissionAnswer.OVERRIDDEN: "Your reason is on record, and those who answer for privacy are told. See below what it opens.",
}


@page(Permission.VIEW_RECORD, methods=("GET",), opens_work=False)
def record(request: StaffRequest, patient_id: int) -> HttpResponse:
    """With a script the other system's part is fetched by itself; without, `ask` waits for it. Nothing is kept."""
    view = open_record(actor=request.actor, now=request.now, patient_id=patient_id)
    asks = "ask" in request.GET and view.elsewhere is not None and view.permission.standing.opens
    fetched = fetch(actor=request.actor, now=request.now, patient_id=patient_id) if asks else None
    context = {
        "record": view,
        "label": patient_label(view.patient),
        "differences": pages.differences(view),
        "fetched": fetched,
        "form": PermissionForm() if pages.wants_answer(view) else None,
        "permission": pages.permission_words(view),
        "closed": pages.closed_words(view) if pages.wants_answer(view) else "",
        "documents": documents_beside(request.actor, request.now, patient_id),
        **pages.WORDS,
    }
    return render(request, "records/record.jinja", context)


@page(Permission.VIEW_RECORD, methods=("GET",), opens_work=False)
def elsewhere(request: StaffRequest, patient_id: int) -> HttpResponse:
    """The other system's part alone, for the script that puts it into the page."""
    fetched = fetch(actor=request.actor, now=request.now, patient_id=patient_id)
    return render(request, "records/elsewhere.jinja", {"fetched": fetched, "patient_id": patient_id, **pages.WORDS})


@page(Permission.VIEW_RECORD)
def permission(request: StaffRequest, patient_id: int) -> HttpResponse:
    """Puts on record what the patient said, or why the record is opened all the same."""
    patient = open_patient(
        actor=request.actor, now=request.now, patient_id=patient_id, reason="permission to open the record"
    )
    form = PermissionForm(request.POST if request.method == "POST" else None)
    errors = Errors()
    if request.method == "POST":
        if form.is_valid():
            try:
                record_permission(actor=request.actor, now=request.now, patient_id=patient_id, **form.values())
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, SAID[form.values()["answer"]])
                return redirect("record", patient_id=patient_id)
        else:
            errors = Errors.of_form(form)
    context: dict[str, Any] = {
        "patient": patient,
        "label": patient_label(patient),
        "form": form,
        "errors": errors or None,
    }
    return render(request, "records/permission.jinja", context, status=422 if errors else 200)
