"""A file comes in through the browser, and its columns are matched."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.patients.operations.imports import map_columns, receive, save_mapping
from pcnhub.care.patients.operations.imports.receiving import KEPT
from pcnhub.care.patients.queries import batches, mappings, preview, progress
from pcnhub.care.patients.rules import columns_of, mapping_from
from pcnhub.care.patients.rules.standard import STANDARD
from pcnhub.care.patients.rules.suggesting import suggest_mapping
from pcnhub.entrances.staff.door import StaffRequest, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.patients.importing import matching, pages
from pcnhub.entrances.staff.patients.importing.forms import UploadForm
from pcnhub.entrances.staff.patients.importing.reviewing import import_page
from pcnhub.foundations.kernel.refusals import InvalidInput


@import_page
def import_list(request: StaffRequest) -> HttpResponse:
    context = {
        "rows": [pages.row(each) for each in batches(actor=request.actor, now=request.now)],
        "may_import": bool(pages.practices(request.actor, request.now)),
        "is_hub": pages.is_hub(request.actor),
    }
    return render(request, "imports/list.jinja", context)


@import_page
def import_new(request: StaffRequest) -> HttpResponse:
    practices = pages.practices(request.actor, request.now)
    if request.method != "POST":
        return _upload(request, UploadForm(practices=practices))
    form = UploadForm(request.POST, request.FILES, practices=practices)
    if not form.is_valid():
        return _upload(request, form, Errors.of_form(form))
    given = form.cleaned_data
    practice_id = int(given["practice"]) if "practice" in given else request.actor.organisation.id
    try:
        batch_id = receive(
            actor=request.actor,
            now=request.now,
            practice_id=practice_id,
            file=given["file"],
            file_name=given["file"].name,
            is_delta=given["whole"] == "delta",
        )
    except InvalidInput as refusal:
        return _upload(request, form, Errors(FieldError("file", problem.sentence()) for problem in refusal.problems))
    return redirect("import", batch_id=batch_id)


@import_page
def import_columns(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Which column is what: as guessed, or as in a saved matching. Sent, the file is checked by what was chosen."""
    found = progress(actor=request.actor, now=request.now, batch_id=batch_id)
    file = preview(actor=request.actor, now=request.now, batch_id=batch_id)
    saved = mappings(actor=request.actor, now=request.now)
    begun = next((each for each in saved if str(each.id) == request.GET.get("mapping")), None)
    content = begun.content if begun else file.mapping or suggest_mapping(file.headers).content()
    errors, name = None, ""
    if request.method == "POST":
        content, name = matching.chosen(file, request.POST), request.POST.get("save-as", "").strip()
        try:
            columns_of(file.headers, mapping_from(content))
            if name:
                save_mapping(actor=request.actor, now=request.now, name=name, headers=file.headers, content=content)
            map_columns(actor=request.actor, now=request.now, batch_id=batch_id, mapping=content)
            return redirect("import", batch_id=batch_id)
        except InvalidInput as refusal:
            errors = matching.errors(file, refusal)
    mapping = mapping_from(content)
    context = {
        "batch": found,
        "caption": pages.caption(found),
        "practice": found.practice.name,
        "columns": matching.columns(file, mapping),
        "sexes": matching.sexes(file, mapping),
        "fields": [(each.name, each.header) for each in STANDARD],
        "needed": [each.header for each in STANDARD if each.is_needed],
        "saved": saved,
        "chosen": begun.id if begun else None,
        "save_as": name,
        "errors": errors,
    }
    return render(request, "imports/columns.jinja", context, status=422 if errors else 200)


def _upload(request: StaffRequest, form: UploadForm, errors: Errors | None = None) -> HttpResponse:
    context = {"form": form, "errors": errors, "standard": STANDARD, "kept_days": KEPT.days}
    return render(request, "imports/new.jinja", context, status=422 if errors else 200)
