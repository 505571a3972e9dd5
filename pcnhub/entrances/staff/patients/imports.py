"""A practice's list comes in through the browser, and its rejected rows go back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.operations import import_demographics
from pcnhub.care.patients.queries import batch, batches, rejections_of
from pcnhub.care.patients.rules import read_file, rejections_csv
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.patients.forms import ImportForm
from pcnhub.entrances.staff.patients.pages import clock, count, page_number
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.refusals import InvalidInput

import_page = page(Permission.IMPORT_PATIENTS, purpose=Purpose.ADMINISTRATION)
MOST_SHOWN = 200  # rejected rows of a mere check, which are kept nowhere


@import_page
def import_list(request: StaffRequest) -> HttpResponse:
    context = {
        "batches": batches(actor=request.actor, now=request.now),
        "clock": clock,
        "is_practice": request.actor.organisation.kind == OrganisationKind.PRACTICE,
    }
    return render(request, "patients/imports.jinja", context)


@import_page
def import_new(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "patients/import_new.jinja", {"form": ImportForm(), "report": None})
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _again(request, form, Errors.of_form(form))
    dry_run = form.cleaned_data["how"] == "check"
    try:
        report = import_demographics(
            actor=request.actor, now=request.now, file=read_file(form.cleaned_data["file"].read()), dry_run=dry_run
        )
    except InvalidInput as refusal:
        return _again(request, form, Errors(FieldError("file", problem.sentence()) for problem in refusal.problems))
    if report.batch_id is None:
        context = {"form": form, "report": report, "rejections": report.rejections[:MOST_SHOWN]}
        return render(request, "patients/import_new.jinja", context)
    flash(
        request, f"The file was imported: {count(report.changes, 'change')}, {count(report.rejected, 'row')} rejected."
    )
    return redirect("import", batch_id=report.batch_id)


@import_page
def import_report(request: StaffRequest, batch_id: int) -> HttpResponse:
    number = page_number(request.GET.get("page", ""))
    found = batch(actor=request.actor, now=request.now, batch_id=batch_id, page=number)
    return render(request, "patients/import.jinja", {"found": found, "clock": clock})


@import_page
def import_rejections(request: StaffRequest, batch_id: int) -> HttpResponse:
    """The rejected rows as a file for whoever mends them."""
    content = rejections_csv(rejections_of(actor=request.actor, now=request.now, batch_id=batch_id))
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejected-rows-{batch_id}.csv"'
    return answer


def _again(request: StaffRequest, form: ImportForm, errors: Errors) -> HttpResponse:
    return render(request, "patients/import_new.jinja", {"form": form, "errors": errors, "report": None}, status=422)
