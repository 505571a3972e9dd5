"""What sessions are made from: the weekly sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from pcnhub.care.appointments import operations, queries
from pcnhub.care.appointments.operations import TemplateDetails
from pcnhub.care.appointments.rules.recurrence import Recurrence
from pcnhub.entrances.staff.door import StaffRequest, flash, render
from pcnhub.entrances.staff.forms import DateField, Errors
from pcnhub.entrances.staff.rota import pages
from pcnhub.entrances.staff.rota.closed_days import after
from pcnhub.entrances.staff.rota.forms import WEEKDAYS, ChangedTemplateForm, EndForm, TemplateForm, of_template
from pcnhub.entrances.staff.rota.limits import codes_to_check
from pcnhub.entrances.staff.rota.saving import save_or_show
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.kernel.local_time import in_london, london_date

LOOK_AHEAD_DAYS = 183  # nobody makes sessions further ahead than half a year
PREVIEW_DAYS = 42
IN, OUT = "in", "out"


class SingleDayForm(forms.Form):
    day = DateField(label="Day", help_text="For example, 26 12 2026.", error_messages={"required": "Enter a day."})
    takes_place = forms.ChoiceField(
        label="On this day",
        widget=forms.RadioSelect,
        choices=[(OUT, "It does not take place"), (IN, "It takes place, although it would not otherwise")],
        error_messages={"required": "Choose one of the two."},
    )
    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why."})


@rota_page
def templates(request: StaffRequest) -> HttpResponse:
    today = london_date(request.now)
    found = [
        (how_often(view), f"{view.starts_at:%H:%M} to {view.ends_at:%H:%M}", view)
        for view in queries.templates(hub_id=request.actor.organisation.id)
        if view.ends_on is None or view.ends_on > today
    ]
    return render(request, "rota/templates.jinja", {"templates": found})


@rota_page
def template_new(request: StaffRequest) -> HttpResponse:
    """An empty one, or with `?copy=` one like another from today on."""
    today = london_date(request.now)
    initial: dict[str, Any] = {"starts_on": today}
    copied = request.GET.get("copy", "")
    if copied.isdecimal():
        view = queries.template(hub_id=request.actor.organisation.id, template_id=int(copied))
        initial = of_template(view) | {"name": f"{view.name} (copy)", "starts_on": today, "ends_on": None}
    form = TemplateForm(_posted(request), actor=request.actor, day=today, initial=initial)

    def save() -> HttpResponse:
        made = operations.save_template(actor=request.actor, now=request.now, details=form.template())
        _warn(request, form)
        return redirect("template", template_id=made)

    return _save_or_preview(request, form, save, None)


@rota_page
def template_edit(request: StaffRequest, template_id: int) -> HttpResponse:
    """Correct it as a whole, or change it from a day on: until then it stays as it was."""
    view = queries.template(hub_id=request.actor.organisation.id, template_id=template_id)
    today = london_date(request.now)
    initial = of_template(view) | {"from_day": today if view.starts_on < today else None}
    form = ChangedTemplateForm(_posted(request), actor=request.actor, day=today, initial=initial)

    def save() -> HttpResponse:
        from_day = form.cleaned_data["from_day"]
        details = form.template()
        if from_day is None or from_day <= view.starts_on:
            operations.save_template(actor=request.actor, now=request.now, details=details, template_id=template_id)
            _warn(request, form)
            return redirect("template-sessions", template_id=template_id)
        changed = operations.change_template_from(
            actor=request.actor, now=request.now, template_id=template_id, day=from_day, details=details
        )
        _warn(request, form)
        return redirect("template-sessions", template_id=changed.template_id)

    return _save_or_preview(request, form, save, view)


def _warn(request: StaffRequest, form: TemplateForm) -> None:
    if check := codes_to_check(form.details()):
        flash(request, check, "information")


@rota_page
def template_sessions(request: StaffRequest, template_id: int) -> HttpResponse:
    """The sessions that were made from it and lie ahead: no change of it touches them."""
    view = queries.template(hub_id=request.actor.organisation.id, template_id=template_id)
    made = [(f"{in_london(one.starts_at):%a %-d %B}, {pages.times(one)}", one) for one in _made(request, template_id)]
    return render(request, "rota/template_sessions.jinja", {"template": view, "when": how_often(view), "made": made})


@rota_page
def template_end(request: StaffRequest, template_id: int) -> HttpResponse:
    """From which day on no session is made from it; those that are made already stay."""
    view = queries.template(hub_id=request.actor.organisation.id, template_id=template_id)
    form = EndForm(_posted(request), initial={"ends_on": view.ends_on or london_date(request.now)})

    def save() -> None:
        ends_on = form.cleaned_data["ends_on"]
        operations.end_template(actor=request.actor, now=request.now, template_id=template_id, ends_on=ends_on)

    context = {"template": view, "when": how_often(view), "made": len(_made(request, template_id))}
    return save_or_show(request, form, save, "rota/template_end.jinja", context, "templates")


@rota_page
def template_day(request: StaffRequest, template_id: int) -> HttpResponse:
    """Take a single day out, or bring one in."""
    view = queries.template(hub_id=request.actor.organisation.id, template_id=template_id)
    form = SingleDayForm(_posted(request))

    def save() -> HttpResponse:
        given = form.cleaned_data
        there = operations.set_single_day(
            actor=request.actor,
            now=request.now,
            template_id=template_id,
            day=given["day"],
            takes_place=given["takes_place"] == IN,
            reason=given["reason"],
        )
        return after(
            request, given["day"].isoformat(), len(there), reverse("template", kwargs={"template_id": template_id})
        )

    context = {"template": view, "when": how_often(view)}
    return save_or_show(request, form, save, "rota/template_day.jinja", context, "templates")


@rota_page
def template_day_forget(request: StaffRequest, template_id: int, single_day_id: int) -> HttpResponse:
    if request.method == "POST":
        operations.forget_single_day(
            actor=request.actor, now=request.now, template_id=template_id, single_day_id=single_day_id
        )
        flash(request, "The day is like any other of the weekly session again.")
    return redirect("template", template_id=template_id)


def how_often(view: queries.TemplateView) -> str:
    """Monday; every 2 weeks on Monday."""
    weekday = WEEKDAYS[view.weekday - 1]
    return weekday if view.every_weeks == 1 else f"Every {view.every_weeks} weeks on {weekday}"


def _posted(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _made(request: StaffRequest, template_id: int) -> list[queries.SessionView]:
    today = london_date(request.now)
    found = queries.sessions(
        hub_id=request.actor.organisation.id, from_on=today, to_on=today + timedelta(days=LOOK_AHEAD_DAYS)
    )
    return [one for one in found if one.template_id == template_id and one.starts_at > request.now]


def _save_or_preview(request: StaffRequest, form: TemplateForm, save: Any, view: Any) -> HttpResponse:
    """Save it, or show what it would make in the next weeks as it is typed now."""
    is_preview = "preview" in request.POST
    errors = Errors.of_form(form) if is_preview else Errors()
    shown = form.template() if is_preview and not errors else view
    context: dict[str, Any] = {
        "template": view,
        "is_typed": is_preview,
        "preview": _preview(request, shown, view) if shown and not errors else None,
        "single_days": [
            (f"{each.day:%a %-d %B %Y}", each)
            for each in (queries.exceptions_of(template_id=view.id) if view else ())
            if each.day >= london_date(request.now)
        ],
    }
    if is_preview:
        context |= {"form": form, "errors": errors}
        return render(request, "rota/template.jinja", context, status=422 if errors else 200)
    return save_or_show(request, form, save, "rota/template.jinja", context, "templates")


def _preview(
    request: StaffRequest, shown: TemplateDetails | queries.TemplateView, view: queries.TemplateView | None
) -> list[tuple[str, str]]:
    """The days of the next weeks in words, each with why it is left out. A template that comes back as often as before keeps
    its weeks, so the first day of the kept one counts."""
    today = london_date(request.now)
    keeps_weeks = view is not None and view.every_weeks == shown.every_weeks
    found = queries.occurrences_of(
        hub_id=request.actor.organisation.id,
        recurrence=Recurrence(
            weekday=shown.weekday,
            starts_on=view.starts_on if view and keeps_weeks else shown.starts_on,
            ends_on=shown.ends_on,
            every_weeks=shown.every_weeks,
            on_bank_holidays=shown.on_bank_holidays,
        ),
        template_id=view.id if view else None,
        from_on=today,
        until=today + timedelta(days=PREVIEW_DAYS),
    )
    times = f"{shown.starts_at:%H:%M} to {shown.ends_at:%H:%M}"
    return [(f"{each.day:%a %-d %b %Y}, {times}", each.why_not) for each in found]
