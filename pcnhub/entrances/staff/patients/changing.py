"""The pages that change a registration at the hub: end, reactivate, contact details, and what a source offers."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.operations import answer_offer, change_contact, end_registration, reactivate
from pcnhub.care.patients.queries import contact_details, open_patient
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.patients.changing_forms import ContactForm, ReasonForm
from pcnhub.foundations.kernel.refusals import InvalidInput

ACTS = {
    "end": (
        end_registration,
        "End the registration here",
        "End the registration",
        "The registration here has ended.",
    ),
    "reactivate": (
        reactivate,
        "Reactivate the registration here",
        "Reactivate the registration",
        "The registration is active again.",
    ),
}


@page(Permission.MANAGE_REGISTRATIONS)
def registration_end(request: StaffRequest, patient_id: int) -> HttpResponse:
    return _with_reason(request, patient_id, "end")


@page(Permission.MANAGE_REGISTRATIONS)
def registration_reactivate(request: StaffRequest, patient_id: int) -> HttpResponse:
    return _with_reason(request, patient_id, "reactivate")


def _with_reason(request: StaffRequest, patient_id: int, act: str) -> HttpResponse:
    do, title, button, done = ACTS[act]
    view = open_patient(actor=request.actor, now=request.now, patient_id=patient_id)
    form = ReasonForm(request.POST if request.method == "POST" else None, initial={"version": view.version})
    if request.method == "POST" and form.is_valid():
        do(
            actor=request.actor,
            now=request.now,
            patient_id=view.id,
            version=form.cleaned_data["version"] or 0,
            reason=form.cleaned_data["reason"],
        )
        flash(request, done)
        return redirect("patient", patient_id=view.id)
    errors = Errors.of_form(form) if request.method == "POST" else Errors()
    context = {"patient": view, "act": act, "title": title, "button_text": button, "form": form, "errors": errors}
    return render(request, "patients/registration.jinja", context, status=422 if errors else 200)


@page(Permission.MANAGE_REGISTRATIONS)
def patient_contact(request: StaffRequest, patient_id: int) -> HttpResponse:
    view = open_patient(actor=request.actor, now=request.now, patient_id=patient_id)
    if request.method == "POST":
        form, errors = ContactForm(request.POST), Errors()
        if not form.is_valid():
            errors = Errors.of_form(form)
        else:
            try:
                changed = change_contact(
                    actor=request.actor,
                    now=request.now,
                    patient_id=view.id,
                    version=form.cleaned_data["version"],
                    details=form.details(),
                )
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "The contact details are changed." if changed else "Nothing was different.")
                return redirect("patient", patient_id=view.id)
    else:
        held = {each.field: each.value for each in contact_details(actor=request.actor, patient_id=view.id)}
        form, errors = ContactForm(initial=ContactForm.shown(held, view.version)), Errors()
    context = {"patient": view, "form": form, "errors": errors}
    return render(request, "patients/contact.jinja", context, status=422 if errors else 200)


@page(Permission.MANAGE_REGISTRATIONS, methods=("POST",))
def contact_offer(request: StaffRequest, offer_id: int) -> HttpResponse:
    """Which button was pressed is the answer; none of them keeps what is held."""
    take = request.POST.get("answer") == "take"
    patient_id = answer_offer(actor=request.actor, now=request.now, offer_id=offer_id, take=take)
    flash(request, "The other value is taken over." if take else "What was here stays.")
    return redirect("patient", patient_id=patient_id)
