"""The clinic list, its print view, and its buttons."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from pcnhub.care.appointments.operations import BookingMoved, set_status
from pcnhub.care.appointments.operations.printing import note_printed
from pcnhub.care.appointments.queries import clinic_list as read_clinic_list
from pcnhub.care.organisations.queries import positions_at
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.clinic import pages
from pcnhub.entrances.staff.clinic.forms import StatusForm
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.foundations.kernel.local_time import london_date


@page(Permission.RUN_CLINIC_LIST, methods=("GET",))
def clinic_list(request: StaffRequest) -> HttpResponse:
    return render(request, "clinic/list.jinja", _list(request))


@page(Permission.RUN_CLINIC_LIST, methods=("GET",))
def clinic_on(request: StaffRequest, day: str) -> HttpResponse:
    """The list of one day, for links that name their page by its arguments."""
    return redirect(f"{reverse('clinic-list')}?day={pages.day_of(day, today=london_date(request.now)).day.isoformat()}")


@page(Permission.RUN_CLINIC_LIST, methods=("GET",))
def clinic_print(request: StaffRequest) -> HttpResponse:
    """The same without buttons, one clinician a sheet: what is kept beside the screen for the day it goes dark. That it was
    shown for printing is noted: tonight's watch asks whether there is a list on paper."""
    context = _list(request)
    note_printed(actor=request.actor, now=request.now, day=context["day"].day, holder=context["holder"])
    return render(request, "clinic/print.jinja", context)


@page(Permission.RUN_CLINIC_LIST, methods=("POST",))
def booking_status(request: StaffRequest, booking_id: int) -> HttpResponse:
    form = StatusForm(request.POST)
    if not form.is_valid():
        raise BookingMoved("This button was sent without its booking's state.", remedy="Open the clinic list again.")
    given = form.cleaned_data
    set_status(
        actor=request.actor, now=request.now, booking_id=booking_id, version=given["version"], status=given["status"]
    )
    flash(request, "The status is saved.")
    holder = f"&holder={given['holder']}" if given["holder"] else ""
    return redirect(f"{reverse('clinic-list')}?day={given['day'].isoformat()}{holder}#booking-{booking_id}")


def _list(request: StaffRequest) -> dict[str, Any]:
    day = pages.day_of(request.GET.get("day", ""), today=london_date(request.now))
    holders = {
        held.id: held.name
        for held in positions_at(organisation_id=request.actor.organisation.id, day=day.day)
        if held.session_holder
    }
    asked = request.GET.get("holder", "")
    holder = int(asked) if asked.isdecimal() and len(asked) < 18 and int(asked) in holders else None
    found = read_clinic_list(actor=request.actor, now=request.now, day=day.day, holder=holder)
    return {
        "day": day,
        "holders": holders,
        "holder": holder,
        "clinics": pages.clinics_of(found, now=request.now),
        "may_consult": request.actor.may(Permission.CONSULT),
        "may_trace": request.actor.may(Permission.TRACE_PATIENTS),
        "may_book": request.actor.may(Permission.BOOK_APPOINTMENTS),
        "may_manage_rota": request.actor.may(Permission.MANAGE_ROTA),
    }
