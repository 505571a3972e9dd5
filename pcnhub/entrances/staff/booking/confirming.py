"""The page on which a slot is booked: it holds the slot while it is open, and says until when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import (
    BookingRequest,
    SlotTaken,
    SlotUnknown,
    book,
    hold,
    let_go,
    longest_run,
)
from pcnhub.care.appointments.queries import SlotView, find_slot, times_already_booked
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import open_patient, patient_label
from pcnhub.entrances.staff.booking import pages
from pcnhub.entrances.staff.booking.forms import BookForm, LengthForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.BOOK_APPOINTMENTS)
def book_confirm(request: StaffRequest, patient_id: int, slot_id: int) -> HttpResponse:
    patient = open_patient(actor=request.actor, now=request.now, patient_id=patient_id, reason="booking an appointment")
    context = {"patient": patient, "label": patient_label(patient)}
    try:
        if request.method != "POST":
            asked = LengthForm(request.GET)
            fresh = {"slots": asked.length(), "any_clinician": "any" in request.GET}
            return _confirm(request, BookForm(initial=fresh | {"idempotency_key": pages.new_key()}), slot_id, context)
        if "choose" in request.POST:
            return _confirm(request, BookForm(initial=_another_wish(request)), slot_id, context)
        if "leave" in request.POST:
            return _leave(request, patient_id, slot_id)
        return _book(request, patient_id, slot_id, context)
    except SlotTaken as taken:
        return just_taken(request, taken, slot_id, context)


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
                slots=given["slots"] or 1,
                any_clinician=given["any_clinician"],
            ),
        )
    except InvalidInput as refusal:
        return _confirm(request, form, slot_id, context, Errors.of_refusal(refusal))
    return shown_booked(request, booked.booking_id, warnings=booked.warnings, was_repeated=booked.was_repeated)


def shown_booked(
    request: StaffRequest, booking_id: int, *, warnings: tuple[str, ...], was_repeated: bool
) -> HttpResponse:
    flash(request, "The appointment is booked." if not was_repeated else "The appointment was booked already.")
    for warning in warnings:
        flash(request, warning, "information")
    return redirect("booking", booking_id=booking_id)


def _leave(request: StaffRequest, patient_id: int, slot_id: int) -> HttpResponse:
    let_go(actor=request.actor, now=request.now, slot_id=slot_id, slots=LengthForm(request.POST).length())
    flash(request, "The slot is free for others again. Nothing was booked.")
    return redirect("book-patient", patient_id=patient_id)


def _confirm(
    request: StaffRequest, form: BookForm, slot_id: int, context: dict[str, Any], errors: Errors | None = None
) -> HttpResponse:
    """The slot is shown to whoever could book it, and to nobody else; from now on it is held for them."""
    slots = LengthForm(form.data if form.is_bound else form.initial).length()
    held, until = hold(actor=request.actor, now=request.now, slot_id=slot_id, slots=slots)
    most = longest_run(actor=request.actor, now=request.now, slot_id=slot_id)
    whole = whole_of(held)
    shown = {
        **context,
        "row": pages.slot_row(whole),
        "also_then": also_then(request, context["patient"].id, whole),
        "held_until": pages.clock(until),
        "lengths": lengths_of(held[0], most),
        "slots": slots,
        "form": form,
        "errors": errors or Errors(),
    }
    return render(request, "booking/confirm.jinja", shown, status=422 if errors else 200)


def also_then(request: StaffRequest, patient_id: int, slot: SlotView) -> str:
    """That the patient has an appointment at that time already, said before it is booked; empty when there is none."""
    found = times_already_booked(
        actor=request.actor, now=request.now, patient_id=patient_id, starts_at=slot.starts_at, ends_at=slot.ends_at
    )
    when = " and ".join(f"{pages.clock(start)} to {pages.clock(end)}" for start, end in found)
    return (
        f"{when} on {pages.day_words(slot.starts_at)}. Ask which is needed before another is booked." if found else ""
    )


def whole_of(held: tuple[SlotView, ...]) -> SlotView:
    """What the patient comes to: from the first slot's start to the last one's end."""
    return replace(held[0], ends_at=held[-1].ends_at)


def lengths_of(first: SlotView, most: int) -> list[tuple[int, str]]:
    """How long the appointment could be: `15 minutes`, `30 minutes (2 slots)`."""
    return [
        (count, f"{count * first.minutes} minutes" + (f" ({count} slots)" if count > 1 else ""))
        for count in range(1, most + 1)
    ]


def _another_wish(request: StaffRequest) -> dict[str, str]:
    """What was typed for the slot that is gone goes along; the patient's agreement was for that slot alone."""
    kept = {name: request.POST.get(name, "") for name in ("reason", "notes")}
    return {**kept, "idempotency_key": pages.new_key()}


def just_taken(request: StaffRequest, taken: SlotTaken, slot_id: int, context: dict[str, Any]) -> HttpResponse:
    """What was typed goes with the patient to the next slot."""
    gone = find_slot(slot_id=slot_id)  # that it is taken is said only to those who could have booked it
    if gone is None:
        raise SlotUnknown from taken
    shown = {
        **context,
        "row": pages.slot_row(gone),
        "given": {name: request.POST.get(name, "") for name in ("reason", "notes")},
        "alternatives": [pages.slot_row(slot) for slot in taken.alternatives],
        "may_override": pages.may_override(request.actor, hub_id=gone.hub_id),
    }
    return render(request, "booking/just_taken.jinja", shown, status=409)
