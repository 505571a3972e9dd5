"""The organisation's directory of other systems, kept by hand."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.queries import organisation
from pcnhub.care.organisations.rules import Permission
from pcnhub.connections.gpconnect import directory
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.elsewhere.forms import EndpointForm
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION, methods=("GET",))
def endpoints(request: StaffRequest) -> HttpResponse:
    mine = organisation(id=request.actor.organisation.id)
    context = {"endpoints": directory.endpoints(actor=request.actor), "mine": mine}
    return render(request, "elsewhere/endpoints.jinja", context)


@page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
def endpoint_edit(request: StaffRequest, endpoint_id: int | None = None) -> HttpResponse:
    view = directory.endpoint(actor=request.actor, endpoint_id=endpoint_id) if endpoint_id else None
    form = EndpointForm(request.POST if request.method == "POST" else None, initial=asdict(view.facts) if view else {})
    errors = Errors()
    if request.method == "POST":
        if form.is_valid():
            try:
                directory.save_endpoint(
                    actor=request.actor, now=request.now, facts=form.facts(), endpoint_id=endpoint_id
                )
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "The directory is saved.")
                return redirect("endpoints")
        else:
            errors = Errors.of_form(form)
    context = {"view": view, "form": form, "errors": errors}
    return render(request, "elsewhere/endpoint.jinja", context, status=422 if errors else 200)
