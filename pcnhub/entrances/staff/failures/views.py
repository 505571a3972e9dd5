"""The list of failed work, retrying one, and dropping one with a reason."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.connections.mail.operations import status as mail_status
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.jobs import operations, queries
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import InvalidInput


class DropForm(forms.Form):
    reason = forms.CharField(
        label="Why it shall not happen",
        max_length=operations.LONGEST_REASON,
        widget=forms.Textarea,
        error_messages={"required": "Enter a reason. It is kept on record with your name."},
    )


@page(Permission.MEND_FAILURES, purpose=Purpose.ADMINISTRATION, methods=("GET",))
def failures(request: StaffRequest) -> HttpResponse:
    given = request.GET.get("page", "")
    number = int(given) if given.isdecimal() and len(given) < 9 else 1
    context = {
        "found": queries.failures(actor=request.actor, page=number),
        "backlog": queries.backlog(actor=request.actor, now=request.now),
        "workers": queries.workers(now=request.now),
        "mail": mail_status(actor=request.actor),
        "clock": clock,
        "words": words,
    }
    return render(request, "failures/failures.jinja", context)


@page(Permission.MEND_FAILURES, purpose=Purpose.ADMINISTRATION, methods=("POST",))
def retry(request: StaffRequest, job_id: int) -> HttpResponse:
    operations.retry(actor=request.actor, now=request.now, job_id=job_id)
    flash(request, "It is being tried again. If it fails for good once more, it comes back to this list.")
    return redirect("failures")


@page(Permission.MEND_FAILURES, purpose=Purpose.ADMINISTRATION)
def drop(request: StaffRequest, job_id: int) -> HttpResponse:
    """Asks for the reason first: dropping can't be undone."""
    failed = queries.failure(actor=request.actor, job_id=job_id)
    form = DropForm(request.POST if request.method == "POST" else None)
    errors = Errors()
    if request.method == "POST":
        if not form.is_valid():
            errors = Errors.of_form(form)
        else:
            try:
                operations.drop(actor=request.actor, now=request.now, job_id=job_id, reason=form.cleaned_data["reason"])
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "It is dropped. What waited behind it goes on.")
                return redirect("failures")
    context = {"form": form, "failed": failed, "errors": errors or None, "clock": clock, "words": words}
    return render(request, "failures/drop.jinja", context, status=422 if errors else 200)


def words(job: queries.FailedJob) -> str:
    """`writeback.send` after `consultations.finished` reads: Writeback: send, after consultations: finished."""
    handler, fact = (each.replace(".", ": ").replace("-", " ") for each in (job.handler, job.fact))
    return f"{handler[:1].upper()}{handler[1:]}, after {fact}"


def clock(instant: datetime) -> str:
    return f"{in_london(instant):%-d %b %Y, %H:%M}"
