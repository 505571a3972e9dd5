"""Cancel a booking, or move it to another slot."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import BookingMoved, SlotTaken, cancel, rebook
from pcnhub.care.appointments.queries import open_booking
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.booking import pages
from pcnhub.entrances.staff.booking.forms import CancelForm, RebookForm
from pcnhub.entrances.staff.booking.views import own_patient_id, show_slots
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors


@page(Permission.BOOK_APPOINTMENTS)
def booking_cancel(request: StaffRequest, booking_id: int) -> HttpResponse:
    view, _ = open_booking(actor=request.actor, now=request.now, booking_id=booking_id)
    form = CancelForm(request.POST if request.method == "POST" else None, initial={"version": view.version})
    if request.method == "POST" and form.is_valid():
        cancel(
            actor=request.actor,
            now=request.now,
            booking_id=booking_id,
            version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"],
        )
        flash(request, "The appointment is cancelled. Its slot is free again.")
        return redirect("booking", booking_id=booking_id)
    errors = Errors.of_form(form) if request.method == "POST" else Errors()
    context = {"booking": view, "row": pages.slot_row(view.slot), "form": form, "errors": errors}
    return render(request, "booking/cancel.jinja", context, status=422 if errors else 200)


@page(Permission.BOOK_APPOINTMENTS)
def booking_rebook(request: StaffRequest, booking_id: int) -> HttpResponse:
    """The free slots, each with a button that moves the booking there."""
    view, _ = open_booking(actor=request.actor, now=request.now, booking_id=booking_id)
    if request.method == "POST":
        form = RebookForm(request.POST)
        if not form.is_valid():
            raise BookingMoved("This page was sent without its choice.")
        given = form.cleaned_data
        try:
            moved = rebook(
                actor=request.actor,
                now=request.now,
                booking_id=booking_id,
                version=given["version"],
                slot_id=given["slot_id"],
                idempotency_key=given["idempotency_key"],
            )
        except SlotTaken as taken:
            context = {
                "booking": view,
                "row": pages.slot_row(view.slot),
                "alternatives": [(pages.slot_row(slot), pages.new_key()) for slot in taken.alternatives],
            }
            return render(request, "booking/move_taken.jinja", context, status=409)
        flash(request, "The appointment is moved.")
        for warning in moved.warnings:
            flash(request, warning, "information")
        return redirect("booking", booking_id=moved.booking_id)
    context = {
        "patient": None,
        "booking": view,
        "row": pages.slot_row(view.slot),
        "own_patient_id": own_patient_id(request, view),
        "title": "Move the appointment",
    }
    return show_slots(request, context)
