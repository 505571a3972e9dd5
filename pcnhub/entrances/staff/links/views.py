"""Give a link, for a patient to book or to an appointment that there is; look at those that were given; withdraw one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import give_link_to_appointment, give_link_to_book, withdraw_link
from pcnhub.care.appointments.queries import links_of_booking, links_of_patient, open_booking, slot_types_for_patients
from pcnhub.care.appointments.rules.own_links import refusal_to_change_own
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import open_patient, patient_label
from pcnhub.entrances.staff.booking.pages import slot_row
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.links.forms import LinkForm
from pcnhub.entrances.staff.links.pages import rows_of, slip_of
from pcnhub.foundations.kernel.refusals import InvalidInput

WITHDRAWN = "The link is withdrawn: it opens nothing any more."


@page(Permission.BOOK_APPOINTMENTS)
def patient_links(request: StaffRequest, patient_id: int) -> HttpResponse:
    """A patient's links, and another one to book with. Given, it is shown in this very answer and never again."""
    patient = open_patient(actor=request.actor, now=request.now, patient_id=patient_id, reason="a link of their own")
    offered = slot_types_for_patients(actor=request.actor, now=request.now)
    form = LinkForm(request.POST if request.method == "POST" else None, offered=offered)
    context = {"patient": patient, "label": patient_label(patient)}
    errors = Errors()
    if request.method == "POST":
        errors = Errors.of_form(form)
    if request.method == "POST" and not errors:
        try:
            given = give_link_to_book(
                actor=request.actor,
                now=request.now,
                patient_id=patient_id,
                days_ahead=form.cleaned_data["days_ahead"],
                slot_type_ids=form.cleaned_data["slot_types"],
            )
            return render(
                request, "links/slip.jinja", context | slip_of(request, given) | {"booking": None, "row": None}
            )
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal, {"slot_type_ids": "slot_types"})
    found = links_of_patient(actor=request.actor, now=request.now, patient_id=patient_id)
    may_have_one = patient.is_active and not patient.is_sensitive
    shown = {"form": form, "errors": errors, "offered": offered, "may_have_one": may_have_one, "rows": rows_of(found)}
    return render(request, "links/patient.jinja", context | shown, status=422 if errors else 200)


@page(Permission.BOOK_APPOINTMENTS)
def booking_links(request: StaffRequest, booking_id: int) -> HttpResponse:
    """The links to an appointment, and another one."""
    view, _ = open_booking(actor=request.actor, now=request.now, booking_id=booking_id)
    context = {"booking": view, "row": slot_row(view.slot)}
    if request.method == "POST":
        given = give_link_to_appointment(actor=request.actor, now=request.now, booking_id=booking_id)
        return render(request, "links/slip.jinja", context | slip_of(request, given) | {"patient": None})
    shown = {
        "why_not": refusal_to_change_own(status=view.status, starts_at=view.slot.starts_at, now=request.now),
        "links": rows_of(links_of_booking(actor=request.actor, now=request.now, booking_id=booking_id)),
    }
    return render(request, "links/booking.jinja", context | shown)


@page(Permission.BOOK_APPOINTMENTS, methods=("POST",))
def patient_link_withdraw(request: StaffRequest, patient_id: int, link_id: int) -> HttpResponse:
    withdraw_link(actor=request.actor, now=request.now, link_id=link_id)
    flash(request, WITHDRAWN)
    return redirect("patient-links", patient_id=patient_id)


@page(Permission.BOOK_APPOINTMENTS, methods=("POST",))
def booking_link_withdraw(request: StaffRequest, booking_id: int, link_id: int) -> HttpResponse:
    withdraw_link(actor=request.actor, now=request.now, link_id=link_id)
    flash(request, WITHDRAWN)
    return redirect("booking-links", booking_id=booking_id)
