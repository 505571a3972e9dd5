"""The days on which the hub is closed, and the bank holidays on which it is open."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from pcnhub.care.appointments import operations, queries
from pcnhub.entrances.staff.door import StaffRequest, flash
from pcnhub.entrances.staff.forms import DateField
from pcnhub.entrances.staff.rota.saving import save_or_show
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import london_date

A_YEAR = 366
OPEN, CLOSED = "open", "closed"


class ClosedDayForm(forms.Form):
    day = DateField(label="Day", help_text="For example, 26 12 2026.", error_messages={"required": "Enter a day."})
    is_open = forms.ChoiceField(
        label="On this day the hub is",
        widget=forms.RadioSelect,
        choices=[(CLOSED, "Closed: no session is made"), (OPEN, "Open, although it is a bank holiday")],
        error_messages={"required": "Choose one of the two."},
    )
    reason = forms.CharField(
        label="Why",
        max_length=200,
        help_text="Others read it on the rota. For example, training day.",
        error_messages={"required": "Say why."},
    )


@rota_page
def closed_days(request: StaffRequest) -> HttpResponse:
    today = london_date(request.now)
    form = ClosedDayForm(request.POST if request.method == "POST" else None)
    said = queries.closures(
        hub_id=request.actor.organisation.id, from_on=today, to_on=today + timedelta(days=2 * A_YEAR)
    )
    known = {each.day for each in said}
    ahead = [today + timedelta(days=n) for n in range(A_YEAR)]
    context = {
        "said": [(f"{each.day:%a %-d %B %Y}", each) for each in said],
        "bank_holidays": [
            (f"{day:%a %-d %B %Y}", name) for day in ahead if day not in known and (name := bank_holiday(day))
        ],
    }

    def save() -> HttpResponse:
        given = form.cleaned_data
        there = operations.set_hub_day(
            actor=request.actor,
            now=request.now,
            day=given["day"],
            is_open=given["is_open"] == OPEN,
            reason=given["reason"],
        )
        return after(request, given["day"].isoformat(), len(there), reverse("closed-days"))

    return save_or_show(request, form, save, "rota/closed_days.jinja", context, "closed-days")


@rota_page
def closed_day_forget(request: StaffRequest, closure_id: int) -> HttpResponse:
    if request.method == "POST":
        operations.forget_hub_day(actor=request.actor, now=request.now, closure_id=closure_id)
        flash(request, "The day is like any other again.")
    return redirect("closed-days")


def after(request: StaffRequest, day: str, there: int, otherwise: str) -> HttpResponse:
    """Sessions that are there already on a day that was taken out are not cancelled by this: the rota of that week shows them."""
    if not there:
        return redirect(otherwise)
    words = "1 session is" if there == 1 else f"{there} sessions are"
    flash(request, f"{words} there on that day already, shown here. Cancel what should not take place.")
    return redirect(f"{reverse('rota')}?week={day}")
