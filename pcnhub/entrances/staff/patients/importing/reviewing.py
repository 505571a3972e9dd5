"""One import: how far it is, what it would change or changed, and what can be done with it."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.operations.imports import bring_as_own, choose_absent, drop, resume, take_in, undo
from pcnhub.care.patients.queries import BatchView, batch, changes, kept_out, left_by_undo, progress, rejections_of
from pcnhub.care.patients.rules import ChangeKind, ImportState, rejections_csv
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.patients.importing import acts, pages, parts
from pcnhub.entrances.staff.patients.importing.forms import ReasonForm
from pcnhub.entrances.staff.patients.importing.words import KINDS
from pcnhub.entrances.staff.patients.pages import page_number
from pcnhub.foundations.kernel.actors import Purpose

import_page = page(Permission.IMPORT_PATIENTS, purpose=Purpose.ADMINISTRATION)
import_act = page(Permission.IMPORT_PATIENTS, purpose=Purpose.ADMINISTRATION, methods=("POST",))


@import_page
def import_one(request: StaffRequest, batch_id: int) -> HttpResponse:
    """While it works, how far it is; else what it would change, or changed."""
    found = progress(actor=request.actor, now=request.now, batch_id=batch_id)
    step = pages.step(found)
    if step.runs:
        context = {"batch": found, "step": step, "caption": pages.caption(found), "still": "still" in request.GET}
        return render(request, "imports/progress.jinja", context)
    kind = request.GET.get("show") or parts.first(found)
    context = {"batch": found, "shown": pages.shown(found, kind, request.actor), "part": _part(request, batch_id, kind)}
    return render(request, "imports/review.jinja", context)


def _part(request: StaffRequest, batch_id: int, kind: str) -> parts.Listed | None:
    number = page_number(request.GET.get("page", ""))
    actor, now = request.actor, request.now
    if kind == parts.REJECTED:
        return parts.of_rejections(batch(actor=actor, now=now, batch_id=batch_id, page=number))
    if kind == parts.LEFT_BY_UNDO:
        return parts.of_those_left(left_by_undo(actor=actor, now=now, batch_id=batch_id, page=number))
    if kind == parts.KEPT_OUT:
        return parts.of_kept_out(kept_out(actor=actor, now=now, batch_id=batch_id, page=number))
    if kind in KINDS:
        return parts.of_changes(changes(actor=actor, now=now, batch_id=batch_id, kind=ChangeKind(kind), page=number))
    return None


@import_page
def import_progress(request: StaffRequest, batch_id: int) -> HttpResponse:
    """For the script of the page that waits."""
    return JsonResponse(asdict(pages.step(progress(actor=request.actor, now=request.now, batch_id=batch_id))))


@import_page
def import_rejections(request: StaffRequest, batch_id: int) -> HttpResponse:
    """The rejected rows as a file for whoever mends them."""
    content = rejections_csv(rejections_of(actor=request.actor, now=request.now, batch_id=batch_id))
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejected-rows-{batch_id}.csv"'
    return answer


@import_act
def import_take_in(request: StaffRequest, batch_id: int) -> HttpResponse:
    """What was reviewed, and nothing else: the form carries the changeset's digest."""
    shown = request.POST.get("changes", "")
    take_in(actor=request.actor, now=request.now, batch_id=batch_id, changes_sha256=shown)
    done = progress(actor=request.actor, now=request.now, batch_id=batch_id)
    if done.state == ImportState.IMPORTED:
        flash(request, f"The list was taken in: {acts.changes_words(done)}.")
    return redirect("import", batch_id=batch_id)


@import_page
def import_undo(request: StaffRequest, batch_id: int) -> HttpResponse:
    found = progress(actor=request.actor, now=request.now, batch_id=batch_id)
    form = ReasonForm(request.POST)
    if request.method != "POST":
        return _confirm(request, found, acts.undoing(found), ReasonForm())
    if not form.is_valid():
        return _confirm(request, found, acts.undoing(found), form, Errors.of_form(form))
    undo(actor=request.actor, now=request.now, batch_id=batch_id, reason=form.cleaned_data["reason"])
    done = progress(actor=request.actor, now=request.now, batch_id=batch_id)
    if done.state == ImportState.UNDONE:
        flash(request, "The import was undone.")
    return redirect("import", batch_id=batch_id)


@import_page
def import_absent(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Those whom a whole list does not name: their registration ends with it (`?ends=yes`), or it does not after all."""
    ends = request.GET.get("ends") == "yes"
    found = progress(actor=request.actor, now=request.now, batch_id=batch_id)
    if request.method != "POST":
        return _confirm(request, found, acts.about_absent(found, ends=ends))
    choose_absent(actor=request.actor, now=request.now, batch_id=batch_id, ends=ends)
    return redirect("import", batch_id=batch_id)


@import_page
def import_drop(request: StaffRequest, batch_id: int) -> HttpResponse:
    found = progress(actor=request.actor, now=request.now, batch_id=batch_id)
    if request.method != "POST":
        return _confirm(request, found, acts.dropping(found))
    drop(actor=request.actor, now=request.now, batch_id=batch_id)
    flash(request, "The file was dropped and removed. No patient was changed.")
    return redirect("imports")


@import_page
def import_as_own(request: StaffRequest, batch_id: int) -> HttpResponse:
    found = progress(actor=request.actor, now=request.now, batch_id=batch_id)
    if request.method != "POST":
        return _confirm(request, found, acts.bringing_as_own(found))
    return redirect("import", batch_id=bring_as_own(actor=request.actor, now=request.now, batch_id=batch_id))


@import_act
def import_resume(request: StaffRequest, batch_id: int) -> HttpResponse:
    resume(actor=request.actor, now=request.now, batch_id=batch_id)
    return redirect("import", batch_id=batch_id)


def _confirm(
    request: StaffRequest,
    found: BatchView,
    act: acts.Act,
    form: ReasonForm | None = None,
    errors: Errors | None = None,
) -> HttpResponse:
    context = {"batch": found, "act": act, "caption": pages.caption(found), "form": form, "errors": errors}
    return render(request, "imports/confirm.jinja", context, status=422 if errors else 200)
