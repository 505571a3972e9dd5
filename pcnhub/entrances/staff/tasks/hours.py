"""When the organisation is open: the clocks of what it owes others run in these hours."""

from __future__ import annotations

import re
from datetime import time

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from pcnhub.care.organisations import operations, queries
from pcnhub.care.organisations.operations.hours import DAYS
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.opening_hours import Opening, OpeningHours
from pcnhub.foundations.kernel.refusals import InvalidInput


class HoursForm(forms.Form):
    """A line for each day, such as 08:00 to 18:30, and nothing for a day on which nobody is there."""

    on_bank_holidays = forms.BooleanField(label="Open on bank holidays, too", required=False)

    def __init__(self, given: QueryDict | None, *, hours: OpeningHours) -> None:
        initial: dict[str, object] = {"on_bank_holidays": hours.on_bank_holidays}
        super().__init__(given, initial=initial)
        for day, opening in zip(DAYS, hours.week, strict=True):
            self.fields[day.lower()] = forms.CharField(label=day, required=False, max_length=20)
            initial[day.lower()] = f"{opening.opens:%H:%M} to {opening.closes:%H:%M}" if opening else ""
        self.order_fields([*(day.lower() for day in DAYS), "on_bank_holidays"])

    def hours(self) -> OpeningHours | Errors:
        """What was typed, or everything that can't be read."""
        wrong, week = [], []
        for day in DAYS:
            given = self.cleaned_data[day.lower()].replace("-", " to ").split()
            try:
                week.append(_opening(given))
            except ValueError:
                wrong.append(FieldError(day.lower(), f"{day} must be written as 08:00 to 18:30, or left empty."))
        return Errors(wrong) if wrong else OpeningHours(tuple(week), self.cleaned_data["on_bank_holidays"])


def _opening(words: list[str]) -> Opening | None:
    """Raises ValueError."""
    if not words:
        return None
    opens, _to, closes = words
    return Opening(time_from(opens), time_from(closes))


def time_from(word: str) -> time:
    """Raises ValueError. Narrower than ISO 8601, which also knows times with a zone: they can't be compared with others."""
    if not re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", word):
        raise ValueError
    return time.fromisoformat(word.rjust(5, "0"))


@page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
def hours(request: StaffRequest) -> HttpResponse:
    mine = request.actor.organisation.id
    form = HoursForm(
        request.POST if request.method == "POST" else None, hours=queries.opening_hours(organisation_id=mine)
    )
    errors = Errors()
    if request.method == "POST" and form.is_valid():
        wanted = form.hours()
        if isinstance(wanted, Errors):
            errors = wanted
        else:
            try:
                operations.save_hours(actor=request.actor, now=request.now, organisation_id=mine, hours=wanted)
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "The opening hours are saved. Clocks run in them from now on.")
                return redirect("teams")
    elif request.method == "POST":
        errors = Errors.of_form(form)
    context = {
        "form": form,
        "days": [day.lower() for day in DAYS],
        "is_own": queries.has_own_hours(organisation_id=mine),
        "errors": errors or None,
    }
    return render(request, "tasks/hours.jinja", context, status=422 if errors else 200)
