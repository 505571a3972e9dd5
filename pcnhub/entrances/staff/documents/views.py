"""A patient's documents: listed, attached, shown, opened."""

from __future__ import annotations

import time
from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.consultations.operations import attach_document
from pcnhub.care.consultations.queries import consultations_with
from pcnhub.care.documents.operations import attach, open_measured
from pcnhub.care.documents.queries import described, document, documents_of
from pcnhub.care.documents.rules import DocumentState, Scan, is_open_to, retention
from pcnhub.care.documents.rules.types import PDF
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.queries import own_registration, patient_label
from pcnhub.entrances.staff.documents import pages
from pcnhub.entrances.staff.documents.forms import AttachForm, ReasonForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import InvalidInput

# Whatever the bytes are, nothing of them runs, frames, or reaches anything else. Browsers show a PDF in a viewer of their own,
# apart from this origin; Safari's, and Chromium's of former years, stay blank under `sandbox`, and the latter needs the styles.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
SANDBOX = f"sandbox; {NOTHING}; img-src 'self'; style-src 'unsafe-inline'"
OF_A_PDF = f"{NOTHING}; object-src 'self'; style-src 'unsafe-inline'"


@page(methods=("GET",))
def documents(request: StaffRequest, patient_id: int) -> HttpResponse:
    actor, now = request.actor, request.now
    with_old = request.GET.get("old") == "yes"
    own = documents_of(
        actor=actor,
        now=now,
        patient_id=patient_id,
        page=pages.page_number(request.GET.get("page", "")),
        with_old=with_old,
    )
    shared = pages.shared_of(actor, now, patient_id, pages.page_number(request.GET.get("shared", "")))
    context = {
        "patient_id": patient_id,
        "label": patient_label(own_registration(actor=actor, patient_id=patient_id)),
        "own": own,
        "with_old": with_old,
        "shared": shared,
        "may_add": pages.may_add(actor),
        "holder": actor.organisation.name,
        "retention": retention(is_practice=actor.organisation.kind == OrganisationKind.PRACTICE),
        **pages.WORDS,
    }
    return render(request, "documents/list.jinja", context)


@page(Permission.MANAGE_DOCUMENTS)
def add(request: StaffRequest, patient_id: int) -> HttpResponse:
    """`replaces` and `consultation` say what the new document is for."""
    actor, now = request.actor, request.now
    patient = own_registration(actor=actor, patient_id=patient_id)
    replaces_id = _id(request, "replaces")
    consultation_id = _id(request, "consultation")
    replaced = document(actor=actor, now=now, document_id=replaces_id) if replaces_id else None
    initial = {"title": replaced.title, "kind": replaced.kind.value, "author": replaced.author} if replaced else None
    sent = request.method == "POST"
    form = AttachForm(request.POST, request.FILES) if sent else AttachForm(initial=initial)
    errors = Errors()
    if sent:
        if form.is_valid():
            try:
                with unit_of_work(actor):  # a refusal to file it leaves nothing attached that nobody was told of
                    made = _attach(request, patient.id, form, replaces_id)
                    targets = consultations_with(actor=actor, document_id=replaces_id) if replaces_id else ()
                    for each in dict.fromkeys([*targets, *([consultation_id] if consultation_id else [])]):
                        attach_document(actor=actor, now=now, consultation_id=each, document_id=made)
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "The document is attached.")
                if consultation_id:
                    return redirect("consultation-documents", consultation_id=consultation_id)
                return redirect("document", document_id=made)
        else:
            errors = Errors.of_form(form)
    context = {
        "form": form,
        "errors": errors,
        "patient_id": patient.id,
        "label": patient_label(patient),
        "replaced": replaced,
        "consultation_id": consultation_id,
    }
    return render(request, "documents/add.jinja", context, status=422 if errors else 200)


@page(methods=("GET",))
def document_page(request: StaffRequest, document_id: int) -> HttpResponse:
    """One's own, or a practice's: that one is read and downloaded here, and nothing else."""
    found = described(actor=request.actor, now=request.now, document_id=document_id)
    view, is_own = found.document, found.holder is None
    context = {
        "view": view,
        "patient_id": found.patient.id,
        "label": patient_label(found.patient),
        "holder": found.holder,
        "scan": pages.SCANS[view.scan],
        "is_open": is_open_to(view.state, view.scan, is_holder=is_own),
        "may_correct": is_own and pages.may_add(request.actor) and view.state is not DocumentState.IN_ERROR,
        "wants_settling": view.scan is Scan.FOUND and view.state is DocumentState.QUARANTINED and not view.settled_at,
        "form": ReasonForm(),
        **pages.WORDS,
    }
    return render(request, "documents/document.jinja", context)


@page(methods=("GET",), opens_work=False)
def content(request: StaffRequest, document_id: int) -> HttpResponse:
    """The bytes, shown in the browser when it runs nothing of them, else downloaded."""
    opened = open_measured(actor=request.actor, now=request.now, document_id=document_id, stopwatch=time.perf_counter)
    view = opened.document
    as_file = request.GET.get("download") == "yes" or not view.is_inline
    answer = HttpResponse(opened.content, content_type=view.content_type)
    answer["Content-Disposition"] = f'{"attachment" if as_file else "inline"}; filename="{view.file_name}"'
    answer["Content-Security-Policy"] = OF_A_PDF if view.content_type == PDF.content_type else SANDBOX
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "no-store"
    return answer


def _attach(request: StaffRequest, patient_id: int, form: AttachForm, replaces_id: int | None) -> int:
    given = form.cleaned_data
    file = given["file"]
    assert isinstance(file, UploadedFile)  # noqa: S101 - the form's field gives nothing else
    assert file.file is not None  # noqa: S101
    return attach(
        actor=request.actor,
        now=request.now,
        patient_id=patient_id,
        title=given["title"],
        file=cast("BinaryIO", file.file),
        file_name=file.name or "",
        kind=given["kind"],
        dated_on=given["dated_on"],
        author=given["author"],
        is_confidential=given["is_confidential"],
        replaces_id=replaces_id,
    )


def _id(request: StaffRequest, name: str) -> int | None:
    text = request.POST.get(name) or request.GET.get(name) or ""
    return int(text) if text.isdecimal() and len(text) < 19 else None
