"""Find a slot; look at what is booked."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from pcnhub.care.appointments.queries import BookingView, bookings_for, free_slots, open_booking, why_nothing
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.appointments.rules.booking import refusal_to_cancel
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import open_patient, patient_label
from pcnhub.entrances.staff.booking import pages
from pcnhub.entrances.staff.booking.forms import SearchForm
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",))
def book_slots(request: StaffRequest) -> HttpResponse:
    """Free slots without a patient: what to say on the telephone."""
    return show_slots(request, {"patient": None, "booking": None, "title": "Free appointments at the hub"})


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",))
def book_patient(request: StaffRequest, patient_id: int) -> HttpResponse:
    patient = open_patient(actor=request.actor, now=request.now, patient_id=patient_id, reason="booking an appointment")
    context = {
        "patient": patient,
        "label": patient_label(patient),
        "booking": None,
        "title": "Choose an appointment",
        "may_override": pages.may_override(request.actor, hub_id=patient.organisation_id),
    }
    return show_slots(request, context)


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",))
def booking(request: StaffRequest, booking_id: int) -> HttpResponse:
    view, events = open_booking(actor=request.actor, now=request.now, booking_id=booking_id)
    context = {
        "booking": view,
        "row": pages.slot_row(view.slot),
        "events": [(f"{pages.day_words(event.at)}, {pages.clock(event.at)}", event) for event in events],
        "why_fixed": refusal_to_cancel(status=view.status, starts_at=view.slot.starts_at, now=request.now),
        "own_patient_id": own_patient_id(request, view),
        "may_trace": request.actor.may(Permission.TRACE_PATIENTS) and request.actor.organisation.id == view.hub_id,
    }
    return render(request, "booking/booking.jinja", context)


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",))
def patient_appointments(request: StaffRequest, patient_id: int) -> HttpResponse:
    """A patient's appointments at hubs: those to come first."""
    patient = open_patient(
        actor=request.actor, now=request.now, patient_id=patient_id, reason="appointments at the hub"
    )
    found = bookings_for(actor=request.actor, now=request.now, patient_id=patient_id)
    ahead = [
        view for view in reversed(found) if view.slot.ends_at > request.now and view.status != BookingStatus.CANCELLED
    ]
    rest = [view for view in found if view not in ahead]
    context = {
        "patient": patient,
        "label": patient_label(patient),
        "ahead": [(pages.slot_row(view.slot), view) for view in ahead],
        "rest": [(pages.slot_row(view.slot), view) for view in rest],
    }
    return render(request, "booking/patient.jinja", context)


def show_slots(request: StaffRequest, context: dict[str, Any]) -> HttpResponse:
    """The list of free slots with its filters, for a patient, for a booking that moves, or for nobody yet."""
    form = SearchForm(request.GET, actor=request.actor, today=london_date(request.now))
    shown = {
        "key": pages.new_key(),
        "form": form,
        "has_filters": _has_filters(request),
        "unregistered": False,
        **context,
    }
    if not form.is_valid():
        return _no_slots(request, Errors.of_form(form), shown)
    try:
        criteria = form.criteria(page=pages.page_number(request.GET))
        found = free_slots(actor=request.actor, now=request.now, criteria=criteria)
    except InvalidInput as refusal:
        return _no_slots(request, Errors.of_refusal(refusal), shown)
    if not found.slots:
        shown["obstacles"] = why_nothing(
            actor=request.actor, now=request.now, from_on=criteria.from_on, to_on=criteria.to_on
        )
    return render(request, "booking/slots.jinja", {**shown, "found": pages.found_of(found, request.GET)})


def own_patient_id(request: StaffRequest, view: BookingView) -> int | None:
    """The patient's row at the actor's own organisation."""
    return view.patient_id if view.hub_id == request.actor.organisation.id else view.registered_patient_id


def _has_filters(request: StaffRequest) -> bool:
    return any(value for name, value in request.GET.items() if name != "page")


def _no_slots(request: StaffRequest, errors: Errors, context: dict[str, Any]) -> HttpResponse:
    nothing = pages.Found((), (), "", "")
    return render(request, "booking/slots.jinja", {**context, "errors": errors, "found": nothing}, status=422)
