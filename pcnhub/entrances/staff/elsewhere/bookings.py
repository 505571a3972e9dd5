"""Booking at another system, and what became of it. No unit of work is open while another system is asked."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import open_patient, patient_label
from pcnhub.connections.gpconnect.booking import WishElsewhere, book
from pcnhub.connections.gpconnect.changing import amend as amend_there
from pcnhub.connections.gpconnect.changing import cancel as cancel_there
from pcnhub.connections.gpconnect.directory import endpoint
from pcnhub.connections.gpconnect.preparing import SlotGone, prepare
from pcnhub.connections.gpconnect.refusals import ChangedThere, IdentityDiffers
from pcnhub.connections.gpconnect.settling import is_past
from pcnhub.connections.gpconnect.standing import look as look_there
from pcnhub.connections.gpconnect.views import ElsewhereView, booking_elsewhere, bookings_elsewhere
from pcnhub.connections.gpconnect.words import Deed, State
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.elsewhere import pages
from pcnhub.entrances.staff.elsewhere.forms import AmendForm, BookElsewhereForm, CancelElsewhereForm
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.BOOK_APPOINTMENTS, opens_work=False)
def book_elsewhere(request: StaffRequest, patient_id: int, endpoint_id: int, day: str, slot_id: str) -> HttpResponse:
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    try:
        if request.method != "POST":
            return _confirm(request, patient_id, endpoint_id, slot_id, on, BookElsewhereForm(initial=_fresh()))
        return _book(request, patient_id, endpoint_id, slot_id, on)
    except SlotGone as gone:
        return _gone(request, gone, patient_id, endpoint_id)


def _book(request: StaffRequest, patient_id: int, endpoint_id: int, slot_id: str, on: date) -> HttpResponse:
    form = BookElsewhereForm(request.POST)
    if not form.is_valid():
        return _confirm(request, patient_id, endpoint_id, slot_id, on, form, Errors.of_form(form))
    given = form.cleaned_data
    wish = WishElsewhere(
        patient_id=patient_id,
        endpoint_id=endpoint_id,
        slot_id=slot_id,
        day=on,
        idempotency_key=given["idempotency_key"],
        description=given["description"],
        comment=given["comment"],
        identity_seen=given["identity_seen"] if given["same_person"] else "",
        patient_agrees=given["patient_agrees"],
    )
    try:
        view = book(actor=request.actor, now=request.now, wish=wish)
    except InvalidInput as refusal:
        return _confirm(request, patient_id, endpoint_id, slot_id, on, form, Errors.of_refusal(refusal))
    except IdentityDiffers as refusal:
        errors = Errors([FieldError("same_person", f"{refusal.message} {refusal.remedy}")])
        return _confirm(request, patient_id, endpoint_id, slot_id, on, form, errors)
    _tell(request, view, State.BOOKED, "The appointment is booked.")
    return redirect("booking-elsewhere", booking_id=view.id)


def _confirm(
    request: StaffRequest, patient_id: int, endpoint_id: int, slot_id: str, on: date,
    form: BookElsewhereForm, errors: Errors | None = None,
) -> HttpResponse:  # fmt: skip
    """The slot as it is now, and the patient as they hold them. A confirmation counts for what it was given for."""
    prepared = prepare(
        actor=request.actor, now=request.now, patient_id=patient_id, endpoint_id=endpoint_id, slot_id=slot_id, day=on
    )
    context = {
        "patient": prepared.patient,
        "label": patient_label(prepared.patient),
        "place": prepared.place,
        "row": pages.row_elsewhere(prepared.slot, prepared.place, patient_id),
        "slot": prepared.slot,
        "differences": prepared.differences,
        "seen": prepared.seen,
        "is_known": bool(prepared.their_patient_id),
        "form": form,
        "errors": errors or Errors(),
    }
    return render(request, "elsewhere/confirm.jinja", context, status=422 if errors else 200)


def _gone(request: StaffRequest, gone: SlotGone, patient_id: int, endpoint_id: int) -> HttpResponse:
    patient = open_patient(actor=request.actor, now=request.now, patient_id=patient_id, reason="booking an appointment")
    place = endpoint(actor=request.actor, endpoint_id=endpoint_id).place
    context = {
        "patient": patient,
        "label": patient_label(patient),
        "place": place,
        "message": gone.message,
        "alternatives": [pages.row_elsewhere(slot, place, patient_id) for slot in gone.alternatives],
    }
    return render(request, "elsewhere/gone.jinja", context, status=409)


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",))
def patient_elsewhere(request: StaffRequest, patient_id: int) -> HttpResponse:
    patient = open_patient(actor=request.actor, now=request.now, patient_id=patient_id, reason="appointments elsewhere")
    found = bookings_elsewhere(actor=request.actor, now=request.now, patient_id=patient_id)
    context = {"patient": patient, "label": patient_label(patient), "bookings": [_shown(view) for view in found]}
    return render(request, "elsewhere/patient.jinja", context)


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",))
def booking(request: StaffRequest, booking_id: int) -> HttpResponse:
    return _page_of(request, booking_elsewhere(actor=request.actor, now=request.now, booking_id=booking_id))


@page(Permission.BOOK_APPOINTMENTS, methods=("POST",), opens_work=False)
def look(request: StaffRequest, booking_id: int) -> HttpResponse:
    """Asks the other system what became of it."""
    view = look_there(actor=request.actor, now=request.now, booking_id=booking_id)
    _tell(request, view, None)
    return redirect("booking-elsewhere", booking_id=view.id)


@page(Permission.BOOK_APPOINTMENTS, opens_work=False)
def cancel(request: StaffRequest, booking_id: int) -> HttpResponse:
    view = booking_elsewhere(actor=request.actor, now=request.now, booking_id=booking_id)
    form = CancelElsewhereForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _change_page(request, view, form, "Cancel the appointment", "Cancel it there")
    try:
        done = cancel_there(
            actor=request.actor,
            now=request.now,
            booking_id=booking_id,
            version=request.POST.get("version"),
            reason=form.cleaned_data["reason"],
        )
    except (InvalidInput, ChangedThere) as refusal:
        return _change_page(request, view, form, "Cancel the appointment", "Cancel it there", refusal)
    _tell(request, done, State.CANCELLED, "The appointment is cancelled.")
    return redirect("booking-elsewhere", booking_id=booking_id)


@page(Permission.BOOK_APPOINTMENTS, opens_work=False)
def amend(request: StaffRequest, booking_id: int) -> HttpResponse:
    view = booking_elsewhere(actor=request.actor, now=request.now, booking_id=booking_id)
    words = {"description": view.description, "comment": view.comment}
    form = AmendForm(request.POST if request.method == "POST" else None, initial=words)
    if request.method != "POST" or not form.is_valid():
        return _change_page(request, view, form, "Change the reason or the notes", "Save it there")
    try:
        done = amend_there(
            actor=request.actor,
            now=request.now,
            booking_id=booking_id,
            version=request.POST.get("version"),
            **form.cleaned_data,
        )
    except (InvalidInput, ChangedThere) as refusal:
        return _change_page(request, view, form, "Change the reason or the notes", "Save it there", refusal)
    _tell(request, done, State.BOOKED, "The change is saved there.")
    return redirect("booking-elsewhere", booking_id=booking_id)


def _change_page(
    request: StaffRequest, view: ElsewhereView, form: Any, title: str, act: str,
    refusal: InvalidInput | ChangedThere | None = None,
) -> HttpResponse:  # fmt: skip
    """The form with what is wrong with it; where they changed the appointment, beside what stands there now."""
    errors = Errors.of_refusal(refusal) if isinstance(refusal, InvalidInput) else Errors.of_form(form)
    is_changed = isinstance(refusal, ChangedThere)
    if isinstance(refusal, ChangedThere):
        errors = Errors([FieldError("", f"{refusal.message} {refusal.remedy}")])
        view = booking_elsewhere(actor=request.actor, now=request.now, booking_id=view.id)
    context = {
        "booking": view,
        "is_changed": is_changed,
        "when": _when(view),
        "form": form,
        "title": title,
        "act": act,
        "errors": errors,
    }
    status = 409 if is_changed else 422 if errors else 200
    return render(request, "elsewhere/change.jinja", context, status=status)


def _page_of(request: StaffRequest, view: ElsewhereView) -> HttpResponse:
    context = {
        "booking": view,
        "when": _when(view),
        "is_booked": view.state is State.BOOKED,
        "may_change": view.state is State.BOOKED and view.starts_at > request.now,
        "is_past": is_past(view, request.now),
        "was_booked": view.deed in (Deed.AMEND, Deed.CANCEL),
    }
    return render(request, "elsewhere/booking.jinja", context)


def _shown(view: ElsewhereView) -> tuple[ElsewhereView, str]:
    return view, _when(view)


def _when(view: ElsewhereView) -> str:
    return f"{pages.day_words(view.starts_at)}, {pages.clock(view.starts_at)} to {pages.clock(view.ends_at)}"


def _tell(request: StaffRequest, view: ElsewhereView, expected: State | None, done: str = "") -> None:
    """A banner of success only where the other system has said what was wanted; otherwise what there is, as information."""
    if view.is_open:
        flash(
            request, "The other system has not given a clear answer. Nothing is certain yet: see below.", "information"
        )
    elif view.state is expected and not view.answer:  # an answer says how it came about, which may be otherwise
        flash(request, done)
    else:
        flash(request, view.answer or f"It stands as: {view.words.lower()}.", "information")


def _fresh() -> dict[str, str]:
    return {"idempotency_key": pages.new_key()}
