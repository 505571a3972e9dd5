"""For who looks after documents: what wants somebody, a practice's documents brought in, and whether they open from the hub."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.documents import queries
from pcnhub.care.documents.operations import DocumentsImport, import_documents, try_test_documents
from pcnhub.care.documents.queries.testing import keeping_documents_here
from pcnhub.care.documents.rules import INDEX
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import patient_label, patients_by_id
from pcnhub.entrances.staff.documents import pages
from pcnhub.entrances.staff.documents.forms import ImportForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

UPLOAD_MEGABYTES = settings.FILE_UPLOAD_MAX_MEMORY_SIZE // 1024 // 1024 - 1


@page(Permission.MANAGE_DOCUMENTS, methods=("GET",))
def attention(request: StaffRequest) -> HttpResponse:
    found = queries.attention(actor=request.actor, now=request.now, page=pages.page_number(request.GET.get("page", "")))
    people = patients_by_id(actor=request.actor, ids={each.patient_id for each in found.documents})
    context = {
        "found": found,
        "labels": {key: patient_label(view) for key, view in people.items()},
        "scans": pages.SCANS,
        "has_scanner": bool(settings.CLAMD),
        "unscanned": settings.UNSCANNED_DOCUMENTS,
        "may_try": request.actor.organisation.kind == "hub" and request.actor.may(Permission.VIEW_READINESS),
        "may_import": request.actor.organisation.kind == "practice",
        **pages.WORDS,
    }
    return render(request, "documents/attention.jinja", context)


@page(Permission.MANAGE_DOCUMENTS)
def import_page(request: StaffRequest) -> HttpResponse:
    """An index and its documents, sent together: all of it is taken, or nothing."""
    form, errors = ImportForm(), Errors()
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                done = import_documents(
                    actor=request.actor,
                    now=request.now,
                    index=form.cleaned_data["index"].read(),
                    files=_readers(request.FILES.getlist("files")),
                )
            except InvalidInput as refusal:
                named = {each.field: "files" if "file" in each.field else "index" for each in refusal.problems}
                errors = Errors.of_refusal(_with_places(refusal), named)
            else:
                flash(request, _told(done))
                return redirect("documents-import")
        else:
            errors = Errors.of_form(form)
    context = {"form": form, "errors": errors, "index": INDEX, "megabytes": UPLOAD_MEGABYTES}
    return render(request, "documents/import.jinja", context, status=422 if errors else 200)


@page(Permission.VIEW_READINESS)
def trials_page(request: StaffRequest) -> HttpResponse:
    """Whether each practice's test document opens from this hub, with its checksum, and how fast (CHK-40, CHK-41)."""
    actor, now = request.actor, request.now
    members = network_of_hub(hub_id=actor.organisation.id, day=london_date(now)).members
    keeping = keeping_documents_here([each.id for each in members])
    here = [each for each in members if each.id in keeping]
    if request.method == "POST":
        came = try_test_documents(
            actor=actor, now=now, holder_ids=[each.id for each in here], stopwatch=time.perf_counter
        )
        opened = sum(not problem for problem in came.values())
        text = f"Test documents that opened as they were kept: {opened} of {len(came)}."
        flash(request, text, "success" if opened == len(came) else "information")
        return redirect("documents-trials")
    found = queries.trials(actor=actor, holder_ids=[each.id for each in here])
    context = {
        "practices": [(each, found[each.id]) for each in here],
        "elsewhere": [each for each in members if each not in here],
        "limit": settings.DOCUMENT_LIMIT_MILLISECONDS,
        **pages.WORDS,
    }
    return render(request, "documents/trials.jinja", context)


def _readers(files: list[Any]) -> dict[str, Callable[[], bytes]]:
    def reader(file: Any) -> Callable[[], bytes]:
        def read() -> bytes:
            file.seek(0)
            content: bytes = file.read()
            return content

        return read

    return {file.name or "": reader(file) for file in files}


def _with_places(refusal: InvalidInput) -> InvalidInput:
    """Each problem says its line, which the page's two inputs don't."""
    return InvalidInput(
        [
            replace(
                each, message=": ".join(part for part in (each.field.capitalize(), each.value, each.message) if part)
            )
            for each in refusal.problems
        ]
    )


def _told(done: DocumentsImport) -> str:
    return f"Taken in: {done.new} new, {done.newer} newer versions, {done.unchanged} as before."
