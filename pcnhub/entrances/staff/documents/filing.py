"""The documents of a consultation: filed to it, and detached again with a reason."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.consultations.operations import attach_document, detach_document
from pcnhub.care.consultations.queries import attached_documents, consultation
from pcnhub.care.documents.queries import documents_of
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import patient_label
from pcnhub.entrances.staff.documents import pages
from pcnhub.entrances.staff.documents.forms import ReasonForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.CONSULT)
def consultation_documents(request: StaffRequest, consultation_id: int) -> HttpResponse:
    actor, now = request.actor, request.now
    view = consultation(actor=actor, now=now, consultation_id=consultation_id)
    errors = Errors()
    if request.method == "POST":
        chosen = request.POST.get("document", "")
        try:
            if chosen.isdecimal() and len(chosen) < 19:
                attach_document(actor=actor, now=now, consultation_id=consultation_id, document_id=int(chosen))
                flash(request, "The document is filed to the consultation.")
            return redirect("consultation-documents", consultation_id=consultation_id)
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
    filed = attached_documents(actor=actor, consultation_id=consultation_id, with_detached=True)
    here = {each.document.id for each in filed if each.detached_at is None}
    others = documents_of(
        actor=actor, now=now, patient_id=view.patient.id, page=pages.page_number(request.GET.get("page", ""))
    )
    context = {
        "view": view,
        "label": patient_label(view.patient),
        "filed": [each for each in filed if each.detached_at is None],
        "detached": [each for each in filed if each.detached_at is not None],
        "others": others,
        "here": here,
        "errors": errors,
        **pages.WORDS,
    }
    return render(request, "documents/consultation.jinja", context, status=422 if errors else 200)


@page(Permission.CONSULT)
def detach(request: StaffRequest, consultation_id: int, document_id: int) -> HttpResponse:
    actor, now = request.actor, request.now
    view = consultation(actor=actor, now=now, consultation_id=consultation_id)
    filed = attached_documents(actor=actor, consultation_id=consultation_id)
    held = next((each for each in filed if each.document.id == document_id), None)
    if held is None:
        return redirect("consultation-documents", consultation_id=consultation_id)
    form, errors = ReasonForm(request.POST or None), Errors()
    if request.method == "POST":
        try:
            reason = request.POST.get("reason", "")[:1000]
            detach_document(
                actor=actor, now=now, consultation_id=consultation_id, document_id=document_id, reason=reason
            )
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
        else:
            flash(request, "The document is detached. It stays with the patient’s documents.")
            return redirect("consultation-documents", consultation_id=consultation_id)
    words = {
        "title": "Detach from the consultation",
        "lead": "It was filed to this consultation in error. That it was here stays on record with your reason, and the document "
        "stays with the patient. If it is another patient’s, mark the document itself as filed in error too.",
        "button": "Detach it",
    }
    context = {
        "view": held.document,
        "label": patient_label(view.patient),
        "form": form,
        "errors": errors,
        "words": words,
        "back": consultation_id,
        **pages.WORDS,
    }
    return render(request, "documents/reason.jinja", context, status=422 if errors else 200)
