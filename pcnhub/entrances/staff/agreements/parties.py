"""What only the hub does: making agreements, changing their terms, and saying who is a party."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing import operations, queries
from pcnhub.care.sharing.operations import AgreementFacts
from pcnhub.care.sharing.rules import KINDS, AgreementKind
from pcnhub.entrances.staff.agreements.forms import AgreementForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound

for_managers = page(Permission.MANAGE_AGREEMENTS, purpose=Purpose.ADMINISTRATION)
by_button = page(Permission.MANAGE_AGREEMENTS, purpose=Purpose.ADMINISTRATION, methods=("POST",))


@for_managers
def new(request: StaffRequest, kind: str) -> HttpResponse:
    """An agreement of a kind that the hub has not made yet."""
    if kind not in set(AgreementKind):
        raise NotFound("There is no such kind of agreement.", remedy="Choose one from the agreements page.")
    initial = {"terms_version": "1", "starts_on": london_date(request.now)}
    return _save(request, AgreementKind(kind), request.actor.organisation.id, initial)


@for_managers
def edit(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """Name, terms, job categories and dates of one of the hub's agreements."""
    shown = queries.agreement(actor=request.actor, agreement_id=agreement_id, day=london_date(request.now))
    initial = {
        "name": shown.name,
        "terms_version": shown.terms_version,
        "allowed_job_categories": "\n".join(shown.allowed_job_categories),
        "starts_on": shown.starts_on,
        "ends_on": shown.ends_on,
    }
    return _save(request, shown.kind, shown.hub.id, initial, agreement_id)


@by_button
def join(request: StaffRequest, agreement_id: int, organisation_id: int) -> HttpResponse:
    operations.join(
        actor=request.actor,
        now=request.now,
        agreement_id=agreement_id,
        organisation_id=organisation_id,
        joined_on=london_date(request.now),
    )
    flash(request, "The practice is a party now. It takes effect once its own people have activated it.")
    return redirect("agreement", agreement_id=agreement_id)


@by_button
def leave(request: StaffRequest, agreement_id: int, organisation_id: int) -> HttpResponse:
    operations.leave(
        actor=request.actor,
        now=request.now,
        agreement_id=agreement_id,
        organisation_id=organisation_id,
        left_on=london_date(request.now),
    )
    flash(request, "The organisation is no longer a party.")
    return redirect("agreement", agreement_id=agreement_id)


def _save(
    request: StaffRequest, kind: AgreementKind, hub_id: int, initial: dict[str, Any], agreement_id: int | None = None
) -> HttpResponse:
    form = AgreementForm(request.POST if request.method == "POST" else None, initial=initial)
    context: dict[str, Any] = {"form": form, "words": KINDS[kind], "agreement_id": agreement_id}
    if request.method != "POST":
        return render(request, "agreements/edit.jinja", context)
    if not form.is_valid():
        return render(request, "agreements/edit.jinja", {**context, "errors": Errors.of_form(form)}, status=422)
    given = form.cleaned_data
    facts = AgreementFacts(
        hub_id=hub_id,
        kind=kind,
        name=given["name"],
        terms_version=given["terms_version"],
        starts_on=given["starts_on"],
        ends_on=given["ends_on"],
        allowed_job_categories=form.job_categories(),
    )
    try:
        with unit_of_work(request.actor):
            saved = operations.make_agreement(actor=request.actor, now=request.now, facts=facts)
    except InvalidInput as refusal:
        return render(request, "agreements/edit.jinja", {**context, "errors": Errors.of_refusal(refusal)}, status=422)
    flash(request, "The agreement is made. Add its parties." if saved.made else "The agreement is saved.")
    return redirect("agreement", agreement_id=saved.id)
