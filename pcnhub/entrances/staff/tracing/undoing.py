"""Not this person: what a trace led to is taken back, after the page has said what goes back and what a person must put right."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import unlink
from pcnhub.care.appointments.queries import live_bookings_of
from pcnhub.care.consultations.queries import consultation_of_booking, newest_finished, open_drafts
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import LinkView, open_link
from pcnhub.care.writeback.queries import CopyView, copies_of_consultation
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.patients.changing_forms import ReasonForm
from pcnhub.entrances.staff.tracing import pages


@dataclass(frozen=True, slots=True)
class Written:
    """A consultation that stays where it was written. `sent`: its copies that are with a practice; `kept`: those that are
    not; `is_open`: nobody has finished it."""

    id: int
    when: str
    author: str
    is_open: bool
    sent: tuple[CopyView, ...] = ()
    kept: tuple[CopyView, ...] = ()


@page(Permission.TRACE_PATIENTS)
def not_this_person(request: StaffRequest, patient_id: int) -> HttpResponse:
    """`patient_id` is the entry that was asked about."""
    link = open_link(actor=request.actor, now=request.now, patient_id=patient_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        unlink(actor=request.actor, now=request.now, patient_id=patient_id, reason=form.cleaned_data["reason"])
        flash(request, "The person who was booked is to be traced again, with their appointments.")
        return redirect("tracing")
    errors = Errors.of_form(form) if request.method == "POST" else Errors()
    bookings = live_bookings_of(actor=request.actor, now=request.now, patient_id=link.standing.id)
    if link.is_joined:
        bookings = tuple(each for each in bookings if each.id in link.booking_ids)
    context = {
        "link": link,
        "when": pages.when,
        "bookings": pages.bookings_words(bookings, request.now),
        "written": _written(request, link),
        "form": form,
        "errors": errors,
    }
    return render(request, "tracing/not_this_person.jinja", context, status=422 if errors else 200)


def _written(request: StaffRequest, link: LinkView) -> list[Written]:
    """Consultations of the entry itself, and those of the appointments that moved to the other one."""
    actor = request.actor
    moved = {consultation_of_booking(actor=actor, booking_id=each) for each in link.booking_ids}
    rows = {link.from_id, link.standing.id}
    finished = [version for each in rows for version in newest_finished(actor=actor, patient_id=each)]
    found = [
        Written(
            version.consultation_id,
            pages.when(version.started_at),
            version.author_name,
            is_open=False,
            sent=tuple(copy for copy in copies if copy.is_acknowledged),
            kept=tuple(copy for copy in copies if not copy.is_acknowledged),
        )
        for version in sorted(finished, key=lambda each: each.started_at)
        if version.patient_id == link.from_id or version.consultation_id in moved
        for copies in [copies_of_consultation(actor=actor, consultation_id=version.consultation_id)]
    ]
    drafts = [each for each in open_drafts(actor=actor) if each.patient_id == link.from_id or each.id in moved]
    return found + [Written(each.id, pages.when(each.started_at), each.author_name, is_open=True) for each in drafts]
