"""Somebody who is on nobody's list here: a slot, what they say of themselves, and whom they may be after all."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import (
    LikelyKnown,
    SlotTaken,
    SlotUnknown,
    UnregisteredRequest,
    book_unregistered,
    hold,
    let_go,
    longest_run,
)
from pcnhub.care.appointments.queries import find_slot
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import likely_matches
from pcnhub.entrances.staff.booking import pages
from pcnhub.entrances.staff.booking.confirming import lengths_of, whole_of
from pcnhub.entrances.staff.booking.forms import LengthForm, UnregisteredForm
from pcnhub.entrances.staff.booking.views import show_slots
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",))
def unregistered_slots(request: StaffRequest) -> HttpResponse:
    context = {
        "patient": None,
        "booking": None,
        "unregistered": True,
        "title": "Book somebody who is not on our list",
    }
    return show_slots(request, context)


@page(Permission.BOOK_APPOINTMENTS)
def unregistered_confirm(request: StaffRequest, slot_id: int) -> HttpResponse:
    try:
        if request.method != "POST":
            fresh = {"slots": LengthForm(request.GET).length(), "idempotency_key": pages.new_key()}
            return _confirm(request, UnregisteredForm(initial=fresh), slot_id)
        if "choose" in request.POST:  # another slot, with what was typed; the agreement was to the one that is gone
            kept = {**request.POST.dict(), "idempotency_key": pages.new_key()}
            kept.pop("patient_agrees", None)
            return _confirm(request, UnregisteredForm(kept), slot_id)
        if "leave" in request.POST:
            let_go(actor=request.actor, now=request.now, slot_id=slot_id, slots=LengthForm(request.POST).length())
            flash(request, "The slot is free for others again. Nothing was booked.")
            return redirect("book-unregistered")
        return _book(request, slot_id)
    except SlotTaken as taken:
        return _just_taken(request, taken, slot_id)


def _book(request: StaffRequest, slot_id: int) -> HttpResponse:
    form = UnregisteredForm(request.POST)
    if not form.is_valid():
        return _confirm(request, form, slot_id, Errors.of_form(form))
    given = form.cleaned_data
    try:
        booked = book_unregistered(
            actor=request.actor,
            now=request.now,
            request=UnregisteredRequest(
                slot_id=slot_id,
                person=form.person(),
                idempotency_key=given["idempotency_key"],
                reason=given["reason"],
                notes=given["notes"],
                patient_agrees=given["patient_agrees"],
                slots=given["slots"] or 1,
                is_none_of_these=given["is_none_of_these"],
            ),
        )
    except InvalidInput as refusal:
        return _confirm(request, form, slot_id, Errors.of_refusal(refusal))
    except LikelyKnown as known:
        found = likely_matches(actor=request.actor, now=request.now, person=form.person().tidied())
        matches = tuple(each for each in found if each.id in known.ids)
        shown = {"matches": matches, "is_certain": known.is_certain, "said": known.message}
        return _confirm(request, form, slot_id, more=shown, status=409)
    flash(
        request,
        "The appointment is booked. The hub finds out who the person is before it begins."
        if not booked.was_repeated
        else "The appointment was booked already.",
    )
    return redirect("booking", booking_id=booked.booking_id)


def _confirm(
    request: StaffRequest,
    form: UnregisteredForm,
    slot_id: int,
    errors: Errors | None = None,
    *,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The slot is held for whoever types the person's details."""
    slots = LengthForm(form.data if form.is_bound else form.initial).length()
    held, until = hold(actor=request.actor, now=request.now, slot_id=slot_id, slots=slots)
    most = longest_run(actor=request.actor, now=request.now, slot_id=slot_id)
    context = {
        "row": pages.slot_row(whole_of(held)),
        "held_until": pages.clock(until),
        "lengths": lengths_of(held[0], most),
        "slots": slots,
        "form": form,
        "errors": errors or Errors(),
        "matches": (),
        **(more or {}),
    }
    return render(request, "booking/unregistered.jinja", context, status=422 if errors else status)


def _just_taken(request: StaffRequest, taken: SlotTaken, slot_id: int) -> HttpResponse:
    gone = find_slot(slot_id=slot_id)  # that it is taken is said only to those who could have booked it
    if gone is None:
        raise SlotUnknown from taken
    kept = {name: request.POST.get(name, "") for name in request.POST if name not in _NOT_KEPT}
    context = {
        "row": pages.slot_row(gone),
        "kept": kept,
        "alternatives": [pages.slot_row(slot) for slot in taken.alternatives],
    }
    return render(request, "booking/unregistered_taken.jinja", context, status=409)


_NOT_KEPT = frozenset({"csrfmiddlewaretoken", "patient_agrees", "idempotency_key", "choose", "leave"})
