"""The practice's pages: drugs of copies that wait for somebody, and its formularies."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.writeback import operations
from pcnhub.care.writeback.queries import formularies, prescribers_of, waiting_drug, waiting_drugs
from pcnhub.care.writeback.rules import DrugState
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.writeback.forms import DeclineDrugForm, FileDrugForm, FormularyForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.CONSULT, methods=("GET",))
def waiting(request: StaffRequest) -> HttpResponse:
    number = request.GET.get("page", "1")
    found = waiting_drugs(actor=request.actor, now=request.now, page=int(number) if number.isdecimal() else 1)
    return render(request, "writeback/drugs.jinja", {"found": found, "clock": _clock})


@page(Permission.CONSULT)
def decide(request: StaffRequest, drug_id: int) -> HttpResponse:
    drug = waiting_drug(actor=request.actor, now=request.now, drug_id=drug_id)
    prescribers = [(each.id, each.name) for each in prescribers_of(actor=request.actor, now=request.now)]
    wanted, given = request.POST.get("decision", ""), request.POST or None
    filing = FileDrugForm(given if wanted == "file" else None, prescribers=prescribers)
    declining = DeclineDrugForm(given if wanted == "decline" else None)
    errors = Errors()
    form = {"file": filing, "decline": declining}.get(wanted)
    if request.method == "POST" and form is not None:
        errors = Errors.of_form(form) if not form.is_valid() else Errors()
        if not errors:
            try:
                _decide(request, drug_id, wanted, form.cleaned_data)
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                return redirect("drugs")
    context = {
        "drug": drug,
        "filing": filing,
        "declining": declining,
        "has_prescriber": bool(prescribers),
        "waits": drug.state is DrugState.WAITING,
        "errors": errors or None,
        "clock": _clock,
    }
    return render(request, "writeback/drug.jinja", context, status=422 if errors else 200)


def _decide(request: StaffRequest, drug_id: int, wanted: str, given: dict[str, object]) -> None:
    if wanted == "file":
        position = int(str(given["position"]))
        operations.file_drug(actor=request.actor, now=request.now, drug_id=drug_id, position_id=position)
        flash(request, "The drug is in the medication list.")
    else:
        operations.decline_drug(actor=request.actor, now=request.now, drug_id=drug_id, reason=str(given["reason"]))
        flash(request, "Declined. The hub reads your reason with the consultation.")


@page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
def formulary_lists(request: StaffRequest) -> HttpResponse:
    form, errors = FormularyForm(request.POST or None, request.FILES or None), Errors()
    if request.method == "POST":
        errors = Errors.of_form(form) if not form.is_valid() else Errors()
        if not errors:
            file = form.cleaned_data["file"]
            try:
                done = operations.import_formulary(
                    actor=request.actor,
                    now=request.now,
                    name=form.cleaned_data["name"],
                    file_name=file.name,
                    content=file.read(),
                )
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal, {f"line {number}": "file" for number in range(1, 50_002)})
            else:
                flash(request, f"The list has {done.drugs} drugs now: {done.gained} new, {done.lost} taken out.")
                return redirect("formularies")
    context = {
        "lists": formularies(organisation_id=request.actor.organisation.id),
        "form": form,
        "errors": errors or None,
        "clock": _clock,
    }
    return render(request, "writeback/formularies.jinja", context, status=422 if errors else 200)


def _clock(instant: object) -> str:
    return f"{in_london(instant):%-d %b %Y %H:%M}"  # type: ignore[arg-type]
