"""Exports: the list, bringing one, matching its columns with a preview and every fault, and keeping it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.rules import rejections_csv
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.exports import pages
from pcnhub.entrances.staff.exports.forms import NewExportForm
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.refusals import InvalidInput
from pcnhub.insight.elsewhere import operations, queries
from pcnhub.insight.elsewhere.rules import KIND_WORDS, LAYOUT, ExportKind


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",))
def exports(request: StaffRequest) -> HttpResponse:
    found = queries.snapshots(actor=request.actor, now=request.now)
    context = {
        "kinds": pages.kinds(found, request.now),
        "rows": found,
        "kind_words": KIND_WORDS,
        "states": pages.STATE_WORDS,
        "clock": pages.clock,
        "may_bring": request.actor.may(Permission.MANAGE_READINESS),
    }
    return render(request, "exports/list.jinja", context)


@page(Permission.MANAGE_READINESS, purpose=Purpose.ADMINISTRATION)
def export_new(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        return _new(request, NewExportForm(initial={"kind": request.GET.get("kind", "")}))
    form = NewExportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _new(request, form, Errors.of_form(form))
    file = form.cleaned_data["file"]
    try:
        snapshot_id = operations.receive(
            actor=request.actor,
            now=request.now,
            kind=ExportKind(form.cleaned_data["kind"]),
            content=file.read(),
            file_name=file.name,
            taken_at=form.taken_at,
        )
    except InvalidInput as refusal:
        names = {"taken_at": "taken_on"}
        return _new(
            request,
            form,
            Errors(FieldError(names.get(each.field, "file"), each.sentence()) for each in refusal.problems),
        )
    return redirect("export-match", snapshot_id=snapshot_id)


@page(Permission.MANAGE_READINESS, purpose=Purpose.ADMINISTRATION)
def export_match(request: StaffRequest, snapshot_id: int) -> HttpResponse:
    """Which column is what, what would be kept, and every fault; then it is checked again, kept or dropped."""
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    draft = queries.draft_view(actor=request.actor, now=request.now, snapshot_id=snapshot_id)
    refusal = draft.refusal if request.method == "GET" and request.GET.get("checked") else None
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action == "drop":
            operations.drop(**who, snapshot_id=snapshot_id)
            flash(request, "The file was dropped. Nothing of it is kept.")
            return redirect("exports")
        try:
            operations.match(**who, snapshot_id=snapshot_id, mapping=pages.chosen(draft, request.POST))
            if action == "keep":
                done = operations.keep(**who, snapshot_id=snapshot_id)
                lines = f"{done.kept} of {done.lines} lines are kept"
                flash(request, f"{KIND_WORDS[done.kind]}: {lines}, and answer checks from now on.")
                return redirect("exports")
        except InvalidInput as problems:
            refusal = problems
            draft = queries.draft_view(actor=request.actor, now=request.now, snapshot_id=snapshot_id)
        else:
            return redirect(f"{request.path}?checked=yes")
    errors = pages.errors(draft, refusal) if refusal else None
    context = {
        "draft": draft,
        "kind": KIND_WORDS[draft.snapshot.kind],
        "columns": pages.columns(draft),
        "words": pages.words(draft),
        "fields": [(each.name, each.header) for each in LAYOUT[draft.snapshot.kind]],
        "needed": [each.header for each in LAYOUT[draft.snapshot.kind] if each.is_needed],
        "shown_faults": pages.SHOWN_FAULTS,
        "clock": pages.clock,
        "errors": errors,
    }
    return render(request, "exports/match.jinja", context, status=422 if errors and request.method == "POST" else 200)


@page(Permission.MANAGE_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",))
def export_faults(request: StaffRequest, snapshot_id: int) -> HttpResponse:
    """Every fault as a file, for whoever mends it in the other system."""
    draft = queries.draft_view(actor=request.actor, now=request.now, snapshot_id=snapshot_id)
    answer = HttpResponse(
        rejections_csv(draft.checked.faults if draft.checked else ()), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="faults-of-export-{snapshot_id}.csv"'
    return answer


def _new(request: StaffRequest, form: NewExportForm, errors: Errors | None = None) -> HttpResponse:
    layouts = [(words, LAYOUT[kind]) for kind, words in KIND_WORDS.items()]
    context = {"form": form, "errors": errors, "layouts": layouts}
    return render(request, "exports/new.jinja", context, status=422 if errors else 200)
