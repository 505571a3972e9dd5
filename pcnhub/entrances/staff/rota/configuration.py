"""What sessions are made from: slot types and weekly sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments import operations, queries
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.rota.forms import WEEKDAYS, EndForm, SlotTypeForm, TemplateForm, of_slot_type, of_template
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

LOOK_AHEAD_DAYS = 183  # nobody makes sessions further ahead than half a year

slot_type_page = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)


@rota_page
def slot_types(request: StaffRequest) -> HttpResponse:
    found = queries.slot_types(hub_id=request.actor.organisation.id, include_retired=True)
    may_change = request.actor.may(Permission.MANAGE_ORGANISATION)
    return render(request, "rota/slot_types.jinja", {"slot_types": found, "may_change": may_change})


@slot_type_page
def slot_type_new(request: StaffRequest) -> HttpResponse:
    return _slot_type(request, {"minutes": 15, "bookable": True}, None)


@slot_type_page
def slot_type_edit(request: StaffRequest, slot_type_id: int) -> HttpResponse:
    view = queries.slot_type(hub_id=request.actor.organisation.id, slot_type_id=slot_type_id)
    return _slot_type(request, of_slot_type(view), view)


@slot_type_page
def slot_type_retire(request: StaffRequest, slot_type_id: int) -> HttpResponse:
    if request.method == "POST":
        operations.retire_slot_type(actor=request.actor, now=request.now, slot_type_id=slot_type_id)
        flash(request, "The slot type is retired: no new session uses it.")
    return redirect("slot-types")


@rota_page
def templates(request: StaffRequest) -> HttpResponse:
    today = london_date(request.now)
    found = [
        (WEEKDAYS[view.weekday - 1], f"{view.starts_at:%H:%M} to {view.ends_at:%H:%M}", view)
        for view in queries.templates(hub_id=request.actor.organisation.id)
        if view.ends_on is None or view.ends_on > today
    ]
    return render(request, "rota/templates.jinja", {"templates": found})


@rota_page
def template_new(request: StaffRequest) -> HttpResponse:
    return _template(request, {"starts_on": london_date(request.now)}, None)


@rota_page
def template_edit(request: StaffRequest, template_id: int) -> HttpResponse:
    view = queries.template(hub_id=request.actor.organisation.id, template_id=template_id)
    return _template(request, of_template(view), view)


@rota_page
def template_end(request: StaffRequest, template_id: int) -> HttpResponse:
    """From which day on no session is made from it; those that are made already stay."""
    view = queries.template(hub_id=request.actor.organisation.id, template_id=template_id)
    today = london_date(request.now)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"ends_on": view.ends_on or today})
    made = [
        one
        for one in queries.sessions(
            hub_id=request.actor.organisation.id, from_on=today, to_on=today + timedelta(days=LOOK_AHEAD_DAYS)
        )
        if one.template_id == template_id and one.starts_at > request.now
    ]

    def save() -> None:
        ends_on = form.cleaned_data["ends_on"]
        operations.end_template(actor=request.actor, now=request.now, template_id=template_id, ends_on=ends_on)

    context = {"template": view, "weekday": WEEKDAYS[view.weekday - 1], "made": len(made)}
    return _save(request, form, save, "rota/template_end.jinja", context, "templates")


def _slot_type(request: StaffRequest, initial: dict[str, Any], view: queries.SlotTypeView | None) -> HttpResponse:
    form = SlotTypeForm(request.POST if request.method == "POST" else None, initial=initial)

    def save() -> None:
        operations.save_slot_type(
            actor=request.actor,
            now=request.now,
            details=operations.SlotTypeDetails(**form.cleaned_data),
            slot_type_id=view.id if view else None,
        )

    return _save(request, form, save, "rota/slot_type.jinja", {"slot_type": view}, "slot-types")


def _template(request: StaffRequest, initial: dict[str, Any], view: queries.TemplateView | None) -> HttpResponse:
    form = TemplateForm(
        request.POST if request.method == "POST" else None,
        actor=request.actor,
        day=london_date(request.now),
        initial=initial,
    )

    def save() -> None:
        operations.save_template(
            actor=request.actor,
            now=request.now,
            details=form.template(),
            template_id=view.id if view else None,
        )

    return _save(request, form, save, "rota/template.jinja", {"template": view}, "templates")


def _save(
    request: StaffRequest,
    form: forms.Form,
    save: Callable[[], None],
    template: str,
    context: dict[str, Any],
    then: str,
) -> HttpResponse:
    """Show the form, or save it and go on; every problem on the form again."""
    if request.method != "POST":
        return render(request, template, {**context, "form": form, "errors": Errors()})
    errors = Errors.of_form(form)
    if not errors:
        try:
            save()
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
        else:
            flash(request, "Saved.")
            return redirect(then)
    return render(request, template, {**context, "form": form, "errors": errors}, status=422)
