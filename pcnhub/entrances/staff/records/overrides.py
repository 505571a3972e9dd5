"""Records that were opened without the patient's permission: the list, and what somebody found who looked into one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import patient_label
from pcnhub.care.records import queries
from pcnhub.care.records.operations import review_override
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.records import pages
from pcnhub.entrances.staff.records.forms import FindingForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.VIEW_AUDIT, purpose=Purpose.ADMINISTRATION, methods=("GET",))
def overrides(request: StaffRequest) -> HttpResponse:
    found = queries.overrides(actor=request.actor, now=request.now)
    context = {"found": found, "clock": pages.clock, "label_of": patient_label}
    return render(request, "records/overrides.jinja", context)


@page(Permission.VIEW_AUDIT, purpose=Purpose.ADMINISTRATION)
def override(request: StaffRequest, permission_id: int) -> HttpResponse:
    seen = queries.override(actor=request.actor, now=request.now, permission_id=permission_id)
    form = FindingForm(request.POST if request.method == "POST" else None)
    errors = Errors()
    if request.method == "POST":
        if form.is_valid():
            try:
                review_override(actor=request.actor, now=request.now, permission_id=permission_id, **form.cleaned_data)
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "What you found is on record.")
                return redirect("overrides")
        else:
            errors = Errors.of_form(form)
    context = {"seen": seen, "form": form, "errors": errors or None, "clock": pages.clock, "label_of": patient_label}
    return render(request, "records/override.jinja", context, status=422 if errors else 200)
