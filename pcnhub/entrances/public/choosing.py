"""Choose a time and take it, for a first appointment or instead of the one there is."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import (
    BookingMoved,
    QuotaUsed,
    SlotTaken,
    SlotUnavailable,
    SlotUnknown,
    book_own,
    hold_own,
    move_own,
)
from pcnhub.entrances.public import session
from pcnhub.entrances.public.door import PatientRequest, page
from pcnhub.entrances.public.finding import show_times
from pcnhub.entrances.public.forms import WishForm
from pcnhub.entrances.public.looking_after import appointment_of
from pcnhub.entrances.public.pages import clock, new_key, render
from pcnhub.entrances.public.times import time_of
from pcnhub.foundations.kernel.refusals import Refusal

# Taken by somebody else, blocked, or off the book: to the patient it is the same, and so is what they can do.
GONE = (QuotaUsed, SlotTaken, SlotUnavailable, SlotUnknown)


@page
def times(request: PatientRequest) -> HttpResponse:
    """The free times that this link is good for, by day."""
    if appointment_of(request) is not None:
        return redirect("own-appointment")
    return show_times(request, {"moves": None})


@page
def book(request: PatientRequest, slot_id: int) -> HttpResponse:
    """One time: held while it is looked at, booked when the button is pressed."""
    if request.method != "POST" and appointment_of(request) is not None:
        return redirect("own-appointment")
    try:
        if request.method != "POST":
            asked = {"idempotency_key": new_key(), "link": request.link_id}
            return _confirm(request, slot_id, asked, {"moves": None})
        form = WishForm(request.POST)
        if not form.is_valid():
            return redirect("own-book", slot_id=slot_id)
        if form.cleaned_data["link"] != request.link_id:
            # a family's two links in one browser: what was chosen for one of them is booked for nobody else
            raise BookingMoved("This page was opened by another link.")
        booked = book_own(
            actor=request.actor,
            now=request.now,
            link_id=request.link_id,
            slot_id=slot_id,
            idempotency_key=form.cleaned_data["idempotency_key"],
        )
    except GONE as gone:
        return _taken(request, gone, {"moves": None})
    session.flash(
        request, "Your appointment was booked already." if booked.was_repeated else "Your appointment is booked."
    )
    return redirect("own-appointment")


@page
def move_times(request: PatientRequest) -> HttpResponse:
    view = appointment_of(request)
    if view is None or not view.may_change:
        return redirect("own-home")
    return show_times(request, {"moves": time_of(view.slot)})


@page
def move(request: PatientRequest, slot_id: int) -> HttpResponse:
    """Instead of the appointment that there is: one is given up in the moment in which the other is taken."""
    view = appointment_of(request)
    if view is None:
        return redirect("own-times")
    context = {"moves": time_of(view.slot)}
    try:
        if request.method != "POST":
            if not view.may_change:
                return redirect("own-appointment")
            return _confirm(request, slot_id, {"idempotency_key": new_key(), "version": view.version}, context)
        form = WishForm(request.POST)
        if not form.is_valid() or form.cleaned_data["version"] is None:
            return redirect("own-move-to", slot_id=slot_id)
        moved = move_own(
            actor=request.actor,
            now=request.now,
            link_id=request.link_id,
            version=form.cleaned_data["version"],
            slot_id=slot_id,
            idempotency_key=form.cleaned_data["idempotency_key"],
        )
    except GONE as gone:
        return _taken(request, gone, context)
    session.flash(
        request, "Your appointment was moved already." if moved.was_repeated else "Your appointment is moved."
    )
    return redirect("own-appointment")


def _confirm(request: PatientRequest, slot_id: int, initial: dict[str, Any], context: dict[str, Any]) -> HttpResponse:
    held, until = hold_own(actor=request.actor, now=request.now, link_id=request.link_id, slot_id=slot_id)
    shown = {
        **context,
        "time": time_of(held),
        "held_until": clock(until) if until else "",
        "form": WishForm(initial=initial),
    }
    return render(request, "own/confirm.jinja", shown)


def _taken(request: PatientRequest, gone: Refusal, context: dict[str, Any]) -> HttpResponse:
    others = gone.alternatives if isinstance(gone, SlotTaken) else ()
    return render(request, "own/taken.jinja", {**context, "others": [time_of(slot) for slot in others]}, status=409)
