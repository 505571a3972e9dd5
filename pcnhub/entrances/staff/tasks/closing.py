"""Single days, or parts of them, on which the organisation is closed: no clock runs then."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations import operations, queries
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import DateField, Errors
from pcnhub.entrances.staff.tasks.hours import time_from
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

FIELDS = ("day", "starts", "ends", "reason")


class TimeOfDayField(forms.CharField):
    """A time such as 13:00, or nothing. Cleans to a time or None."""

    def clean(self, value: object) -> time | None:
        word = str(super().clean(value)).strip()
        try:
            return time_from(word) if word else None
        except ValueError:
            raise forms.ValidationError(f"{self.label} must be written as 13:00, or left empty.") from None


class ClosingForm(forms.Form):
    """What is wrong with the rest the operation says; both are told at once."""

    day = DateField(label="Day", help_text="For example, 9 12 2026.", error_messages={"required": "Enter the day."})
    starts = TimeOfDayField(
        label="Closed from", required=False, max_length=5, help_text="Such as 13:00. Leave it empty: from opening."
    )
    ends = TimeOfDayField(
        label="Closed until", required=False, max_length=5, help_text="Such as 15:00. Leave it empty: until closing."
    )
    reason = forms.CharField(
        label="Why",
        help_text="For example, training. Your colleagues read it here.",
        error_messages={"required": "Say why you are closed."},
    )


@page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
def closings(request: StaffRequest) -> HttpResponse:
    form, errors = ClosingForm(request.POST if request.method == "POST" else None), Errors()
    if request.method == "POST":
        errors = _save(request, form)
        if not errors:
            flash(request, "The closing is saved. Clocks stand still then.")
            return redirect("closings")
    said = queries.closed_days(organisation_id=request.actor.organisation.id, from_on=london_date(request.now))
    context = {
        "form": form,
        "fields": FIELDS,
        "errors": errors or None,
        "said": [(f"{each.closing.day:%A %-d %B %Y}", bank_holiday(each.closing.day), each) for each in said],
    }
    return render(request, "tasks/closings.jinja", context, status=422 if errors else 200)


@page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION, methods=("POST",))
def open_again(request: StaffRequest, closed_day_id: int) -> HttpResponse:
    operations.open_again(actor=request.actor, now=request.now, closed_day_id=closed_day_id)
    flash(request, "The day is like any other again.")
    return redirect("closings")


def _save(request: StaffRequest, form: ClosingForm) -> Errors:
    """Nothing, or every problem: what could not be read, and what is wrong with the rest."""
    form.is_valid()
    given: dict[str, Any] = {"reason": "", **dict.fromkeys(FIELDS[:3]), **form.cleaned_data}
    at: dict[str, Any] = {"now": request.now, "organisation_id": request.actor.organisation.id}
    try:
        if form.errors:
            operations.problems_to_close(**at, **given).refuse_if_any()
        else:
            operations.close_for(actor=request.actor, **at, **given)
    except InvalidInput as refusal:
        rest = [each for each in Errors.of_refusal(refusal).problems if each.field not in form.errors]
        return Errors(sorted([*Errors.of_form(form).problems, *rest], key=lambda each: FIELDS.index(each.field)))
    return Errors.of_form(form)
