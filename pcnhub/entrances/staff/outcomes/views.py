"""The list that a clinician finishes a consultation with: added to, renamed, put in order, retired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.queries import OutcomeView
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.outcomes.forms import NameForm, OutcomeForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound

for_managers = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
by_button = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION, methods=("POST",))


@for_managers
def outcomes(request: StaffRequest) -> HttpResponse:
    """Those that can be chosen, in order, and those that no longer can."""
    if request.actor.organisation.kind != OrganisationKind.HUB:
        raise NotFound("Only a hub keeps a list of outcomes.", remedy="Ask the hub if one is missing.")
    every = queries.every_outcome(hub_id=request.actor.organisation.id)
    offered = [outcome for outcome in every if outcome.is_offered(london_date(request.now))]
    retired = [outcome for outcome in every if outcome not in offered]
    return render(request, "outcomes/outcomes.jinja", {"offered": offered, "retired": retired})


@for_managers
def new(request: StaffRequest) -> HttpResponse:
    if request.actor.organisation.kind != OrganisationKind.HUB:
        raise NotFound("Only a hub keeps a list of outcomes.", remedy="Ask the hub if one is missing.")
    form = OutcomeForm(request.POST if request.method == "POST" else None)

    def save() -> str:
        operations.save_outcome(actor=request.actor, now=request.now, is_new=True, **form.cleaned_data)
        return f"{form.cleaned_data['name']} is added, at the end of the list."

    return _answer(request, form, {"outcome": None}, save)


@for_managers
def rename(request: StaffRequest, outcome_id: int) -> HttpResponse:
    """What is finished already keeps the name that it was finished with."""
    outcome = _mine(request, outcome_id)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": outcome.name})

    def save() -> str:
        _save(request, outcome, name=form.cleaned_data["name"], is_retired=outcome.retired_on is not None)
        return f"{form.cleaned_data['name']} is saved."

    return _answer(request, form, {"outcome": outcome}, save)


@by_button
def move(request: StaffRequest, outcome_id: int, way: Literal["up", "down"]) -> HttpResponse:
    if way not in ("up", "down"):
        raise NotFound("An outcome moves up or down.", remedy="Use the buttons of the outcomes page.")
    outcome = _mine(request, outcome_id)
    operations.move_outcome(actor=request.actor, now=request.now, outcome_id=outcome_id, up=way == "up")
    flash(request, f"{outcome.name} has moved {way}.")
    return redirect("outcomes")


@by_button
def retire(request: StaffRequest, outcome_id: int) -> HttpResponse:
    outcome = _mine(request, outcome_id)
    _save(request, outcome, name=outcome.name, is_retired=True)
    flash(request, f"{outcome.name} is retired: it can’t be chosen any more. What was finished with it keeps it.")
    return redirect("outcomes")


@by_button
def bring_back(request: StaffRequest, outcome_id: int) -> HttpResponse:
    outcome = _mine(request, outcome_id)
    _save(request, outcome, name=outcome.name, is_retired=False)
    flash(request, f"{outcome.name} can be chosen again.")
    return redirect("outcomes")


def _mine(request: StaffRequest, outcome_id: int) -> OutcomeView:
    return queries.outcome(hub_id=request.actor.organisation.id, outcome_id=outcome_id)


def _save(request: StaffRequest, outcome: OutcomeView, *, name: str, is_retired: bool) -> None:
    retired_on = (outcome.retired_on or london_date(request.now)) if is_retired else None
    operations.save_outcome(actor=request.actor, now=request.now, code=outcome.code, name=name, retired_on=retired_on)


def _answer(request: StaffRequest, form: NameForm, context: dict[str, Any], save: Callable[[], str]) -> HttpResponse:
    """The form, the form with all that is wrong, or on to the list."""
    template, context = "outcomes/outcome.jinja", {**context, "form": form}
    if request.method != "POST":
        return render(request, template, context)
    errors = Errors.of_form(form)
    if not errors:
        try:
            done = save()
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
        else:
            flash(request, done)
            return redirect("outcomes")
    return render(request, template, {**context, "errors": errors}, status=422)
