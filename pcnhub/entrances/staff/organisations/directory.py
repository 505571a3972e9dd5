"""The organisations that a hub keeps besides itself: its practices' entries, its ICB, its 111 provider."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from pcnhub.care.organisations import operations, queries
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.organisations import pages
from pcnhub.entrances.staff.organisations.forms import KIND_LABELS, NewOrganisationForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted

for_managers = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)


@for_managers
def directory(request: StaffRequest) -> HttpResponse:
    """All that the hub keeps, one list for each kind."""
    _refuse_others(request)
    kept = pages.kept_by(actor=request.actor)
    lists = {
        label: found for kind, label in KIND_LABELS.items() if (found := [each for each in kept if each.kind == kind])
    }
    return render(request, "organisations/directory.jinja", {"lists": lists})


@for_managers
def new(request: StaffRequest) -> HttpResponse:
    """One more. A practice goes on to the page where it joins the network."""
    _refuse_others(request)
    wanted = request.GET.get("kind", "")
    initial = {"kind": wanted if wanted in set(OrganisationKind) else OrganisationKind.PRACTICE}
    form = NewOrganisationForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {
        "form": form,
        "title": "Add an organisation",
        "back": "Other organisations",
        "back_to": reverse("directory"),
    }
    template = "organisations/form.jinja"
    if request.method != "POST":
        return render(request, template, context)
    errors = Errors.of_form(form)
    if not errors:
        try:
            saved = operations.save_organisation(
                actor=request.actor, now=request.now, facts=form.new_facts(), is_new=True
            )
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
        else:
            flash(request, f"{form.cleaned_data['name']} is added.")
            return redirect(_next(request, saved.id, form.cleaned_data["kind"]))
    return render(request, template, {**context, "errors": errors}, status=422)


def _next(request: StaffRequest, organisation_id: int, kind: str) -> str:
    mine = request.actor.organisation.id
    network = next((each for each in queries.networks(day=london_date(request.now)) if each.hub.id == mine), None)
    if kind != OrganisationKind.PRACTICE or network is None:
        return reverse("directory")
    chosen = QueryDict(mutable=True)
    chosen["practice"] = str(organisation_id)
    return f"{reverse('network-join', args=[network.id])}?{chosen.urlencode()}"


def _refuse_others(request: StaffRequest) -> None:
    if request.actor.organisation.kind != OrganisationKind.HUB:
        raise NotPermitted(
            "Only a hub keeps the entries of other organisations.",
            remedy="Change your own on the organisation page.",
            who_can="an administrator of the hub, or of the organisation itself",
        )
