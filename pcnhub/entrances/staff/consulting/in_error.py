"""Marking a consultation as recorded in error, by a page that says what follows from it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.consultations import operations, queries
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.consulting import pages
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.CONSULT)
def in_error(request: StaffRequest, consultation_id: int) -> HttpResponse:
    view = queries.consultation(actor=request.actor, now=request.now, consultation_id=consultation_id)
    if view.is_in_error:
        return redirect("consultation", consultation_id=view.id)
    reason, errors = request.POST.get("reason", ""), Errors()
    if request.method == "POST":
        try:
            operations.mark_in_error(
                actor=request.actor, now=request.now, consultation_id=consultation_id, reason=reason
            )
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
        else:
            flash(request, "Marked as recorded in error.")
            return redirect("consultation", consultation_id=view.id)
    context = pages.marking(request, view) | {"reason": reason, "errors": errors}
    return render(request, "consulting/in_error.jinja", context, status=422 if errors else 200)
