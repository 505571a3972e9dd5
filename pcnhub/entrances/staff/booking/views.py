"""Find a slot, book it, look at it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import BookingRequest, SlotTaken, SlotUnknown, book, slot_to_book
from pcnhub.care.appointments.queries import BookingView, bookings_for, find_slot, free_slots, open_booking
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.appointments.rules.booking import refusal_to_cancel
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import open_patient, patient_label
from pcnhub.entrances.staff.booking import pages
from pcnhub.entrances.staff.booking.forms import BookForm, SearchForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
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
    context = {"patient": patient, "label": patient_label(patient), "booking": None, "title": "Choose an appointment"}
    return show_slots(request, context)


@page(Permission.BOOK_APPOINTMENTS)
def book_confirm(request: StaffRequest, patient_id: int, slot_id: int) -> HttpResponse:
    patient = open_patient(actor=request.actor, now=request.now, patient_id=patient_id, reason="booking an appointment")
    context = {"patient": patient, "label": patient_label(patient)}
    try:
        if request.method != "POST":
            return _confirm(request, BookForm(initial={"idempotency_key": pages.new_key()}), slot_id, context)
        if "choose" in request.POST:
            return _confirm(request, BookForm(initial=_another_wish(request)), slot_id, context)
        return _book(request, patient_id, slot_id, context)
    except SlotTaken as taken:
        return _just_taken(request, taken, slot_id, context)


def _book(request: StaffRequest, patient_id: int, slot_id: int, context: dict[str, Any]) -> HttpResponse:
    form = BookForm(request.POST)
    if not form.is_valid():
        return _confirm(request, form, slot_id, context, Errors.of_form(form))
    given = form.cleaned_data
    try:
        booked = book(
            actor=request.actor,
            now=request.now,
            request=BookingRequest(
                slot_id=slot_id,
                patient_id=patient_id,
                idempotency_key=given["idempotency_key"],
                reason=given["reason"],
                notes=given["notes"],
                patient_agrees=given["patient_agrees"],
            ),
        )
    except InvalidInput as refusal:
        return _confirm(request, form, slot_id, context, Errors.of_refusal(refusal))
    flash(request, "The appointment is booked." if not booked.was_repeated else "The appointment was booked already.")
    for warning in booked.warnings:
        flash(request, warning, "information")
    return redirect("booking", booking_id=booked.booking_id)


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",))
def booking(request: StaffRequest, booking_id: int) -> HttpResponse:
    view, events = open_booking(actor=request.actor, now=request.now, booking_id=booking_id)
    context = {
        "booking": view,
        "row": pages.slot_row(view.slot),
        "events": [(f"{pages.day_words(event.at)}, {pages.clock(event.at)}", event) for event in events],
        "why_fixed": refusal_to_cancel(status=view.status, starts_at=view.slot.starts_at, now=request.now),
        "own_patient_id": own_patient_id(request, view),
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
    shown = {"key": pages.new_key(), "form": form, "has_filters": _has_filters(request), **context}
    if not form.is_valid():
        return _no_slots(request, Errors.of_form(form), shown)
    try:
        criteria = form.criteria(page=pages.page_number(request.GET))
        found = free_slots(actor=request.actor, now=request.now, criteria=criteria)
    except InvalidInput as refusal:
        return _no_slots(request, Errors.of_refusal(refusal), shown)
    return render(request, "booking/slots.jinja", {**shown, "found": pages.found_of(found, request.GET)})


def own_patient_id(request: StaffRequest, view: BookingView) -> int | None:
    """The patient's row at the actor's own organisation."""
    return view.patient_id if view.hub_id == request.actor.organisation.id else view.registered_patient_id


def _has_filters(request: StaffRequest) -> bool:
    return any(value for name, value in request.GET.items() if name != "page")


def _no_slots(request: StaffRequest, errors: Errors, context: dict[str, Any]) -> HttpResponse:
    nothing = pages.Found((), (), "", "")
    return render(request, "booking/slots.jinja", {**context, "errors": errors, "found": nothing}, status=422)


def _confirm(
    request: StaffRequest, form: BookForm, slot_id: int, context: dict[str, Any], errors: Errors | None = None
) -> HttpResponse:
    """The slot is shown to whoever could book it, and to nobody else."""
    slot = slot_to_book(actor=request.actor, now=request.now, slot_id=slot_id)
    shown = {**context, "row": pages.slot_row(slot), "form": form, "errors": errors or Errors()}
    return render(request, "booking/confirm.jinja", shown, status=422 if errors else 200)


def _another_wish(request: StaffRequest) -> dict[str, str]:
    """What was typed for the slot that is gone goes along; the patient's agreement was for that slot alone."""
    kept = {name: request.POST.get(name, "") for name in ("reason", "notes")}
    return {**kept, "idempotency_key": pages.new_key()}


def _just_taken(request: StaffRequest, taken: SlotTaken, slot_id: int, context: dict[str, Any]) -> HttpResponse:
    """What was typed goes with the patient to the next slot."""
    gone = find_slot(slot_id=slot_id)  # that it is taken is said only to those who could have booked it
    if gone is None:
        raise SlotUnknown from taken
    shown = {
        **context,
        "row": pages.slot_row(gone),
        "given": {name: request.POST.get(name, "") for name in ("reason", "notes")},
        "alternatives": [pages.slot_row(slot) for slot in taken.alternatives],
    }
    return render(request, "booking/just_taken.jinja", shown, status=409)
