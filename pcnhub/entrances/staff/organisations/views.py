"""One organisation, its sites, codes and switches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations import operations, queries
from pcnhub.care.organisations.rules import GpConnectCapability, Permission, Saved
from pcnhub.care.records.operations import offer_record
from pcnhub.care.records.queries import held
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.organisations import pages
from pcnhub.entrances.staff.organisations.forms import (
    KIND_LABELS,
    SWITCH_LABELS,
    CodeForm,
    OrganisationForm,
    SiteForm,
    SwitchesForm,
)
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

shown_to_all = page(purpose=Purpose.ADMINISTRATION, methods=("GET",))
for_managers = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
by_button = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION, methods=("POST",))


@shown_to_all
def organisation(request: StaffRequest, organisation_id: int | None = None) -> HttpResponse:
    wanted = organisation_id or request.actor.organisation.id
    found = pages.organisation_page(actor=request.actor, organisation_id=wanted, day=london_date(request.now))
    here = request.actor.organisation.runs_here
    context = {
        "found": found, "switch_labels": SWITCH_LABELS, "kinds": KIND_LABELS, "in_london": in_london, "runs_here": here,
    }  # fmt: skip
    return render(request, "organisations/organisation.jinja", context)


@for_managers
def organisation_edit(request: StaffRequest, organisation_id: int) -> HttpResponse:
    view = pages.seen(actor=request.actor, organisation_id=organisation_id, day=london_date(request.now))
    form = OrganisationForm(_data(request), initial=OrganisationForm.of(view), kind=view.kind)
    return _answer(
        request,
        form,
        {"title": f"Change {view.name}", "back": view.name, "view": view},
        lambda: operations.save_organisation(actor=request.actor, now=request.now, facts=form.facts(view)),
        f"{view.name} is saved.",
        organisation_id,
    )


@for_managers
def site_new(request: StaffRequest, organisation_id: int) -> HttpResponse:
    view = pages.seen(actor=request.actor, organisation_id=organisation_id, day=london_date(request.now))
    form = SiteForm(_data(request))
    return _answer(
        request,
        form,
        {"title": f"Add a site of {view.name}", "back": view.name, "view": view},
        lambda: operations.save_site(
            actor=request.actor, now=request.now, organisation_id=organisation_id, facts=form.facts(None), is_new=True
        ),
        "The site is added.",
        organisation_id,
    )


@for_managers
def site_edit(request: StaffRequest, site_id: int) -> HttpResponse:
    site = queries.site(id=site_id)
    view = pages.seen(actor=request.actor, organisation_id=site.organisation_id, day=london_date(request.now))
    form = SiteForm(_data(request), initial=SiteForm.of(site))
    return _answer(
        request,
        form,
        {"title": f"Change {site.name}", "back": view.name, "view": view},
        lambda: operations.save_site(
            actor=request.actor, now=request.now, organisation_id=view.id, facts=form.facts(site), site_id=site.id
        ),
        "The site is saved.",
        view.id,
    )


@for_managers
def code_new(request: StaffRequest, organisation_id: int) -> HttpResponse:
    view = pages.seen(actor=request.actor, organisation_id=organisation_id, day=london_date(request.now))
    form = CodeForm(_data(request))
    return _answer(
        request,
        form,
        {"title": "Add a prescriber code", "back": view.name, "view": view},
        lambda: operations.add_prescriber_code(
            actor=request.actor, now=request.now, organisation_id=organisation_id, **form.cleaned_data
        ),
        "The prescriber code is added.",
        organisation_id,
    )


@by_button
def code_remove(request: StaffRequest, organisation_id: int, code: str) -> HttpResponse:
    operations.remove_prescriber_code(actor=request.actor, now=request.now, organisation_id=organisation_id, code=code)
    flash(request, "The prescriber code is removed.")
    return redirect("organisation", organisation_id=organisation_id)


def _turn(request: StaffRequest, organisation_id: int, capability: GpConnectCapability, *, is_on: bool) -> Saved:
    """What gives a practice's record on is turned on by the room that keeps it: it knows whether there is one."""
    if capability is GpConnectCapability.ACCESS_STRUCTURED:
        return offer_record(actor=request.actor, now=request.now, organisation_id=organisation_id, is_on=is_on)
    return operations.set_gp_connect_switch(
        actor=request.actor, now=request.now, organisation_id=organisation_id, capability=capability, is_on=is_on
    )


@page(purpose=Purpose.ADMINISTRATION)
def switches(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """How the GP Connect switches stand, for the whole network to see; only its own people change them."""
    day = london_date(request.now)
    found = pages.organisation_page(actor=request.actor, organisation_id=organisation_id, day=day)
    context = {
        "found": found,
        "switch_labels": SWITCH_LABELS,
        "in_london": in_london,
        "held": held(actor=request.actor) if found.keeps_its_record_here else None,
    }
    initial = {"on": [switch.capability.value for switch in found.switches if switch.is_on]}
    form = SwitchesForm(_data(request), initial=initial)
    if request.method != "POST":
        return render(request, "organisations/switches.jinja", {**context, "form": form})
    if not form.is_valid():
        errors = Errors.of_form(form)
        return render(request, "organisations/switches.jinja", {**context, "form": form, "errors": errors}, status=422)
    try:
        with unit_of_work(request.actor):  # all of them or none
            changed = [
                _turn(request, organisation_id, capability, is_on=capability.value in form.cleaned_data["on"])
                for capability in GpConnectCapability
            ]
    except InvalidInput as refusal:
        errors = Errors.of_refusal(refusal)
        return render(request, "organisations/switches.jinja", {**context, "form": form, "errors": errors}, status=422)
    number = sum(saved.was != "unchanged" for saved in changed)
    flash(request, f"{number} switches are changed." if number != 1 else "One switch is changed.")
    return redirect("gp-connect-switches", organisation_id=organisation_id)


def _data(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _answer(
    request: StaffRequest,
    form: forms.Form,
    context: dict[str, Any],
    save: Callable[[], object],
    done: str,
    organisation_id: int,
) -> HttpResponse:
    """The form, the form with all that is wrong, or on to the organisation's page."""
    template, context = "organisations/form.jinja", {**context, "form": form}
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return render(request, template, {**context, "errors": Errors.of_form(form)}, status=422)
    try:
        with unit_of_work(request.actor):
            save()
    except InvalidInput as refusal:
        return render(request, template, {**context, "errors": Errors.of_refusal(refusal)}, status=422)
    flash(request, done)
    return redirect("organisation", organisation_id=organisation_id)
