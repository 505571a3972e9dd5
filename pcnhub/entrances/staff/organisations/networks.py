"""A network: its name, population and members. Its hub changes it, its practices may look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations import operations, queries
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.organisations import pages
from pcnhub.entrances.staff.organisations.forms import JoinForm, LeaveForm, NetworkForm, NewNetworkForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted

shown_to_all = page(purpose=Purpose.ADMINISTRATION, methods=("GET",))
for_managers = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
by_button = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION, methods=("POST",))


@shown_to_all
def network(request: StaffRequest, network_id: int) -> HttpResponse:
    day = london_date(request.now)
    found = pages.network_page(actor=request.actor, network_id=network_id, day=day)
    context = {"found": found, "day": day, "may_see_readiness": request.actor.may(Permission.VIEW_READINESS)}
    return render(request, "organisations/network.jinja", context)


@for_managers
def new(request: StaffRequest) -> HttpResponse:
    """For a hub that works for no network yet."""
    mine = request.actor.organisation
    if mine.kind != OrganisationKind.HUB:
        raise NotPermitted(
            "A network is made by its hub.", remedy="Ask the hub to add your practice.", who_can="the hub’s manager"
        )
    standing = next((each for each in queries.networks(day=london_date(request.now)) if each.hub.id == mine.id), None)
    if standing is not None:
        return redirect("network", network_id=standing.id)
    form = NewNetworkForm(_data(request))

    def save() -> HttpResponse:
        saved = operations.make_network(
            actor=request.actor, now=request.now, facts=form.facts(hub_id=mine.id, ods_code="")
        )
        flash(request, "The network is made. Let its practices join.")
        return redirect("network", network_id=saved.id)

    return _answer(request, "organisations/network_form.jinja", form, {"view": None}, save)


@for_managers
def edit(request: StaffRequest, network_id: int) -> HttpResponse:
    view = pages.own_network(actor=request.actor, network_id=network_id, day=london_date(request.now))
    form = NetworkForm(_data(request), initial=NetworkForm.of(view))

    def save() -> HttpResponse:
        facts = form.facts(hub_id=view.hub.id, ods_code=view.ods_code)
        operations.make_network(actor=request.actor, now=request.now, facts=facts)
        flash(request, f"{facts.name} is saved.")
        return redirect("network", network_id=view.id)

    return _answer(request, "organisations/network_form.jinja", form, {"view": view}, save)


@for_managers
def join(request: StaffRequest, network_id: int) -> HttpResponse:
    """A practice that is known here becomes a member, from a day on."""
    view = pages.own_network(actor=request.actor, network_id=network_id, day=london_date(request.now))
    practices = pages.who_may_become_member(view=view)
    initial = {"organisation_id": request.GET.get("practice", ""), "joined_on": london_date(request.now)}
    form = JoinForm(_data(request), practices=practices, initial=initial)

    def save() -> HttpResponse:
        given = form.cleaned_data
        operations.join_network(actor=request.actor, now=request.now, network_id=view.id, **given)
        name = next(each.name for each in practices if each.id == given["organisation_id"])
        flash(request, f"{name} is a member from {given['joined_on']:%-d %B %Y}.")
        flash(request, "Now add it to the sharing agreements and to your organisation groups.", "information")
        return redirect("network", network_id=view.id)

    return _answer(request, "organisations/network_join.jinja", form, {"view": view, "practices": practices}, save)


@for_managers
def leave(request: StaffRequest, network_id: int, organisation_id: int) -> HttpResponse:
    """Says what leaving means for this practice, and asks from which day."""
    day = london_date(request.now)
    view = pages.own_network(actor=request.actor, network_id=network_id, day=day)
    member = pages.membership_now(network_id=view.id, organisation_id=organisation_id)
    bonds = pages.bonds_of(hub_id=view.hub.id, organisation=member.organisation, day=day)
    form = LeaveForm(_data(request))

    def save() -> HttpResponse:
        left_on = form.cleaned_data["left_on"]
        operations.leave_network(
            actor=request.actor, now=request.now, network_id=view.id, organisation_id=organisation_id, left_on=left_on
        )
        flash(request, f"{member.organisation.name} is no longer a member from {left_on:%-d %B %Y}.")
        return redirect("network", network_id=view.id)

    context = {"view": view, "member": member, "bonds": bonds}
    context["may_see_readiness"] = request.actor.may(Permission.VIEW_READINESS)
    return _answer(request, "organisations/network_leave.jinja", form, context, save)


@by_button
def stay(request: StaffRequest, network_id: int, membership_id: int) -> HttpResponse:
    """A practice that was to leave, and has not yet, stays."""
    day = london_date(request.now)
    view = pages.own_network(actor=request.actor, network_id=network_id, day=day)
    member = next((each for each in queries.memberships_of(network_id=view.id) if each.id == membership_id), None)
    if member is None or (member.left_on is not None and member.left_on <= day):
        raise NotFound("This membership is over.", remedy="Let the practice join again.")
    operations.join_network(
        actor=request.actor,
        now=request.now,
        network_id=view.id,
        organisation_id=member.organisation.id,
        joined_on=member.joined_on,
    )
    flash(request, f"{member.organisation.name} stays a member.")
    return redirect("network", network_id=view.id)


def _data(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _answer(
    request: StaffRequest,
    template: str,
    form: forms.Form,
    context: dict[str, Any],
    save: Callable[[], HttpResponse],
) -> HttpResponse:
    """The form, the form with all that is wrong, or what saving leads to."""
    context = {**context, "form": form}
    if request.method != "POST":
        return render(request, template, context)
    errors = Errors.of_form(form)
    if not errors:
        try:
            return save()
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
    return render(request, template, {**context, "errors": errors}, status=422)
