"""The reconciliation page, and retrying."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.writeback import operations
from pcnhub.care.writeback.queries import Reconciliation, reconciliation
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.writeback.forms import DaysForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

DAYS_SHOWN = timedelta(days=6)


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",))
def writeback(request: StaffRequest) -> HttpResponse:
    today = london_date(request.now)
    form = DaysForm(request.GET if request.GET else None, initial={"day_from": today - DAYS_SHOWN, "day_to": today})
    errors, found = Errors(), Reconciliation(())
    if form.is_bound and not form.is_valid():
        errors = Errors.of_form(form)
    else:
        days = form.cleaned_data if form.is_bound else form.initial
        try:
            found = _reconciled(request, days["day_from"], days["day_to"])
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
    context = {
        "form": form,
        "errors": errors or None,
        "found": found,
        "is_hub": request.actor.organisation.kind == OrganisationKind.HUB,
        "may_set": request.actor.may(Permission.MANAGE_ORGANISATION),
        "may_open": request.actor.may(Permission.CONSULT),
        "may_retry": request.actor.may(Permission.CONSULT) or request.actor.may(Permission.MEND_FAILURES),
        "here": request.get_full_path(),
        "clock": lambda instant: f"{in_london(instant):%H:%M}",
    }
    return render(request, "writeback/reconciliation.jinja", context, status=422 if errors else 200)


def _reconciled(request: StaffRequest, day_from: date, day_to: date) -> Reconciliation:
    return reconciliation(actor=request.actor, now=request.now, day_from=day_from, day_to=day_to)


@page(methods=("POST",))
def retry(request: StaffRequest, copy_id: int) -> HttpResponse:
    operations.retry(actor=request.actor, now=request.now, copy_id=copy_id)
    flash(request, "The copy will be tried again within seconds. Reload the page to see how it went.", "information")
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "writeback")
