"""Cancel a booking, or move it to another slot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import BookingMoved, SlotTaken, cancel, hold, rebook
from pcnhub.care.appointments.queries import open_booking
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.booking import pages
from pcnhub.entrances.staff.booking.forms import CancelForm, MoveForm
from pcnhub.entrances.staff.booking.views import own_patient_id, show_slots
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.refusals import InvalidInput


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


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",))
def booking_rebook(request: StaffRequest, booking_id: int) -> HttpResponse:
    """The free slots, each with a link to the page that moves the booking there."""
    view, _ = open_booking(actor=request.actor, now=request.now, booking_id=booking_id)
    context = {
        "patient": None,
        "booking": view,
        "row": pages.slot_row(view.slot),
        "own_patient_id": own_patient_id(request, view),
        "title": "Move the appointment",
    }
    return show_slots(request, context)


@page(Permission.BOOK_APPOINTMENTS)
def booking_move(request: StaffRequest, booking_id: int, slot_id: int) -> HttpResponse:
    """The old time and the new one side by side, and the patient's agreement to the new one."""
    view, _ = open_booking(actor=request.actor, now=request.now, booking_id=booking_id)
    context = {"booking": view, "row": pages.slot_row(view.slot)}
    try:
        if request.method != "POST":
            fresh = {"version": view.version, "idempotency_key": pages.new_key()}
            return _confirm_move(request, MoveForm(initial=fresh), slot_id, context)
        return _move(request, booking_id, slot_id, context)
    except SlotTaken as taken:
        shown = {**context, "alternatives": [pages.slot_row(slot) for slot in taken.alternatives]}
        return render(request, "booking/move_taken.jinja", shown, status=409)


def _move(request: StaffRequest, booking_id: int, slot_id: int, context: dict[str, Any]) -> HttpResponse:
    form = MoveForm(request.POST)
    if not form.is_valid():
        raise BookingMoved("This page was sent without its choice.")
    given = form.cleaned_data
    try:
        moved = rebook(
            actor=request.actor,
            now=request.now,
            booking_id=booking_id,
            version=given["version"],
            slot_id=slot_id,
            idempotency_key=given["idempotency_key"],
            patient_agrees=given["patient_agrees"],
        )
    except InvalidInput as refusal:
        return _confirm_move(request, form, slot_id, context, Errors.of_refusal(refusal))
    flash(request, "The appointment is moved." if not moved.was_repeated else "The appointment was moved already.")
    for warning in moved.warnings:
        flash(request, warning, "information")
    return redirect("booking", booking_id=moved.booking_id)


def _confirm_move(
    request: StaffRequest, form: MoveForm, slot_id: int, context: dict[str, Any], errors: Errors | None = None
) -> HttpResponse:
    slots = len(context["booking"].slot_ids)
    held, until = hold(actor=request.actor, now=request.now, slot_id=slot_id, slots=slots)
    new = replace(held[0], ends_at=held[-1].ends_at)
    shown = {**context, "new": pages.slot_row(new), "held_until": pages.clock(until), "form": form}
    shown["errors"] = errors or Errors()
    return render(request, "booking/move.jinja", shown, status=422 if errors else 200)
