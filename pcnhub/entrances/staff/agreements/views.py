"""The matrix, one agreement, and what each organisation does about its own side."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing import operations, queries
from pcnhub.care.sharing.rules import Standing
from pcnhub.entrances.staff.agreements import pages
from pcnhub.entrances.staff.agreements.forms import AcceptForm, PermissionToViewForm, ReasonForm, SettingsForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

shown_to_all = page(purpose=Purpose.ADMINISTRATION, methods=("GET",))
for_managers = page(Permission.MANAGE_AGREEMENTS, purpose=Purpose.ADMINISTRATION)


@shown_to_all
def agreements(request: StaffRequest) -> HttpResponse:
    """Practices x agreements x sides, one table for each practice."""
    found = pages.matrices(actor=request.actor, day=london_date(request.now))
    context = {"matrices": found, "colours": pages.COLOURS, "may_manage": _may(request)}
    return render(request, "agreements/agreements.jinja", context)


@shown_to_all
def agreement(request: StaffRequest, agreement_id: int) -> HttpResponse:
    found = pages.agreement_page(actor=request.actor, agreement_id=agreement_id, day=london_date(request.now))
    context = {
        "found": found,
        "colours": pages.COLOURS,
        "may_manage": _may(request),
        "standings": Standing,
        "in_london": in_london,
    }
    return render(request, "agreements/agreement.jinja", context)


@for_managers
def activate(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """The terms to accept; for a practice's write-back also the settings."""
    day = london_date(request.now)
    shown, mine = pages.own_side(actor=request.actor, agreement_id=agreement_id, day=day)
    data = request.POST if request.method == "POST" else None
    accept = AcceptForm(data, initial={"terms_version": shown.terms_version})
    settings_form = _settings_form(request, data, day) if pages.settles_write_back(shown, mine.side) else None
    context: dict[str, Any] = {"agreement": shown, "mine": mine, "form": accept, "settings_form": settings_form}
    if data is None:
        return render(request, "agreements/activate.jinja", context)
    checked: list[forms.Form] = [accept] if settings_form is None else [accept, settings_form]
    errors = Errors([problem for form in checked if not form.is_valid() for problem in Errors.of_form(form).problems])
    if errors:
        return _again(request, "agreements/activate.jinja", context, errors)
    chosen = settings_form.cleaned_data if settings_form else {}
    try:
        with unit_of_work(request.actor):
            done = operations.activate(
                actor=request.actor,
                now=request.now,
                agreement_id=agreement_id,
                side=mine.side,
                accepted_terms=accept.cleaned_data["terms_version"],
                formulary=chosen.get("formulary", ""),
                prescribing_position_id=chosen.get("prescribing_position_id"),
            )
    except InvalidInput as refusal:
        context["form"] = AcceptForm(initial={"terms_version": shown.terms_version})  # newer terms are read first
        errors = Errors.of_refusal(refusal, {"accepted_terms": "accepts"})
        return _again(request, "agreements/activate.jinja", context, errors)
    flash(request, f"{shown.name} is activated for {request.actor.organisation.name}.")
    for warning in done.warnings:
        flash(request, warning, "information")
    return redirect("agreement", agreement_id=agreement_id)


@for_managers
def deactivate(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """Asks why; takes effect at once."""
    shown, mine = pages.own_side(actor=request.actor, agreement_id=agreement_id, day=london_date(request.now))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"agreement": shown, "mine": mine, "form": form}
    if request.method != "POST":
        return render(request, "agreements/deactivate.jinja", context)
    if not form.is_valid():
        return _again(request, "agreements/deactivate.jinja", context, Errors.of_form(form))
    try:
        with unit_of_work(request.actor):
            operations.deactivate(
                actor=request.actor,
                now=request.now,
                agreement_id=agreement_id,
                side=mine.side,
                reason=form.cleaned_data["reason"],
            )
    except InvalidInput as refusal:
        return _again(request, "agreements/deactivate.jinja", context, Errors.of_refusal(refusal))
    flash(request, f"{shown.name} is deactivated for {request.actor.organisation.name}, from now on.")
    return redirect("agreement", agreement_id=agreement_id)


@for_managers
def settings(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """A practice's formulary and prescribing user, while its side stays as it is."""
    day = london_date(request.now)
    shown, mine = pages.own_side(actor=request.actor, agreement_id=agreement_id, day=day)
    data = request.POST if request.method == "POST" else None
    initial = {"formulary": mine.formulary, "prescribing_position_id": mine.prescribing_position_id}
    form = _settings_form(request, data, day, initial)
    context = {"agreement": shown, "form": form}
    if data is None:
        return render(request, "agreements/settings.jinja", context)
    if not form.is_valid():
        return _again(request, "agreements/settings.jinja", context, Errors.of_form(form))
    try:
        with unit_of_work(request.actor):
            operations.change_write_back_settings(
                actor=request.actor, now=request.now, agreement_id=agreement_id, **form.cleaned_data
            )
    except InvalidInput as refusal:
        return _again(request, "agreements/settings.jinja", context, Errors.of_refusal(refusal))
    flash(request, "The settings for copied consultations are saved.")
    return redirect("agreement", agreement_id=agreement_id)


@for_managers
def permission_to_view(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """A practice says whether its patients are asked before the hub opens their record."""
    shown, mine = pages.own_side(actor=request.actor, agreement_id=agreement_id, day=london_date(request.now))
    asks = {"asks": "yes" if mine.asks_permission_to_view else "no"}
    form = PermissionToViewForm(request.POST if request.method == "POST" else None, initial=asks)
    context: dict[str, Any] = {"agreement": shown, "form": form}
    if request.method != "POST":
        return render(request, "agreements/permission.jinja", context)
    if not form.is_valid():
        return _again(request, "agreements/permission.jinja", context, Errors.of_form(form))
    operations.ask_permission_to_view(
        actor=request.actor, now=request.now, agreement_id=agreement_id, asks=form.cleaned_data["asks"] == "yes"
    )
    flash(request, "It is saved. It holds from now on.")
    return redirect("agreement", agreement_id=agreement_id)


def _settings_form(request: StaffRequest, data: Any, day: Any, initial: dict[str, Any] | None = None) -> SettingsForm:
    able = queries.may_prescribe_for_copies(practice_id=request.actor.organisation.id, day=day)
    return SettingsForm(data, positions=able, initial=initial)


def _again(request: StaffRequest, template: str, context: dict[str, Any], errors: Errors) -> HttpResponse:
    return render(request, template, {**context, "errors": errors}, status=422)


def _may(request: StaffRequest) -> bool:
    return request.actor.may(Permission.MANAGE_AGREEMENTS)
