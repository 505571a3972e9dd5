"""Marking a document as filed in error, and saying what was done about one in quarantine."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.documents.operations import mark_in_error, settle
from pcnhub.care.documents.queries import document
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import own_registration, patient_label
from pcnhub.entrances.staff.documents import pages
from pcnhub.entrances.staff.documents.forms import ReasonForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.MANAGE_DOCUMENTS)
def in_error(request: StaffRequest, document_id: int) -> HttpResponse:
    words = {
        "title": "Mark as filed in error",
        "lead": "It stays here with your name and your reason, is no longer listed, and is no longer shared. Nothing is deleted.",
        "button": "Mark as filed in error",
        "done": "The document is marked as filed in error.",
    }
    return _with_reason(request, document_id, mark_in_error, words)


@page(Permission.MANAGE_DOCUMENTS)
def settle_page(request: StaffRequest, document_id: int) -> HttpResponse:
    words = {
        "title": "Say what was done",
        "lead": "The document stays in quarantine, and nobody can open it. Ask whoever sent it for a clean copy, and tell "
        "whoever looks after this organisation’s computers.",
        "button": "This is done",
        "done": "It is noted what was done. The document stays in quarantine.",
    }
    return _with_reason(request, document_id, settle, words)


def _with_reason(
    request: StaffRequest, document_id: int, act: Callable[..., None], words: dict[str, str]
) -> HttpResponse:
    view = document(actor=request.actor, now=request.now, document_id=document_id)
    form, errors = ReasonForm(request.POST or None), Errors()
    if request.method == "POST":
        try:
            reason = request.POST.get("reason", "")[:1000]
            act(actor=request.actor, now=request.now, document_id=document_id, reason=reason)
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
        else:
            flash(request, words["done"])
            return redirect("documents", patient_id=view.patient_id)
    patient = own_registration(actor=request.actor, patient_id=view.patient_id)
    context = {"view": view, "label": patient_label(patient), "form": form, "errors": errors, "words": words}
    return render(request, "documents/reason.jinja", context | pages.WORDS, status=422 if errors else 200)
