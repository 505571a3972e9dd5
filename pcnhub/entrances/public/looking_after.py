"""The appointment that there is: look at it, cancel it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations import cancel_own
from pcnhub.care.appointments.queries import OwnAppointment, own_appointment
from pcnhub.entrances.public.door import PatientRequest, page
from pcnhub.entrances.public.forms import WishForm
from pcnhub.entrances.public.pages import clock, day_words, render
from pcnhub.entrances.public.times import time_of


def appointment_of(request: PatientRequest) -> OwnAppointment | None:
    """What the link leads to; None as long as nothing was booked by it."""
    return own_appointment(actor=request.actor, now=request.now, link_id=request.link_id)


@page
def home(request: PatientRequest) -> HttpResponse:
    """Where whoever opened the link goes on."""
    return redirect("own-times" if appointment_of(request) is None else "own-appointment")


@page
def appointment(request: PatientRequest) -> HttpResponse:
    view = appointment_of(request)
    if view is None:
        return redirect("own-times")
    context = {
        "time": time_of(view.slot, view.address),
        "phone": view.phone,
        "is_cancelled": view.is_cancelled,
        "may_change": view.may_change,
        "why_not": view.why_not,
        "change_until": f"{clock(view.change_until)} on {day_words(view.change_until)}",
    }
    return render(request, "own/appointment.jinja", context)


@page
def cancel(request: PatientRequest) -> HttpResponse:
    """Asks once more; pressed twice, it is cancelled once."""
    view = appointment_of(request)
    if view is None:
        return redirect("own-times")
    form = WishForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and form.cleaned_data["version"] is not None:
        cancel_own(actor=request.actor, now=request.now, link_id=request.link_id, version=form.cleaned_data["version"])
        return redirect("own-appointment")
    if not view.may_change:
        return redirect("own-appointment")
    shown = WishForm(initial={"version": view.version})
    return render(request, "own/cancel.jinja", {"time": time_of(view.slot), "form": shown})
