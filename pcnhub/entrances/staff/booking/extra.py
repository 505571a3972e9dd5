"""An extra seat: whoever manages the hub's rota books a patient beside a slot that is not free, with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse

from pcnhub.care.appointments.operations import BookingRequest, SlotUnknown, book
from pcnhub.care.appointments.queries import consumer_of, find_slot, preview
from pcnhub.care.appointments.rules import SlotState
from pcnhub.care.appointments.rules.booking import problems_of_request
from pcnhub.care.appointments.rules.visibility import Route
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, open_patient, patient_label
from pcnhub.entrances.staff.booking import pages
from pcnhub.entrances.staff.booking.confirming import also_then, shown_booked
from pcnhub.entrances.staff.booking.forms import DayForm, ExtraForm
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput


@page(Permission.MANAGE_ROTA, methods=("GET",))
def extra_slots(request: StaffRequest, patient_id: int) -> HttpResponse:
    """The slots of one day that are not free, each with why, and a link to the page that adds a seat beside it."""
    patient = _patient(request, patient_id)
    today = london_date(request.now)
    form = DayForm(request.GET, today=today)
    day = form.day()
    hub = request.actor.organisation
    own = consumer_of(organisation_id=hub.id, route=Route.STAFF, hub_id=hub.id, now=request.now)
    found = preview(actor=request.actor, now=request.now, consumer=own, from_on=day, to_on=day)
    rows = [
        (pages.slot_row(each.slot), [reason.message for reason in each.reasons])
        for each in found
        if each.reasons
        and each.slot.starts_at > request.now
        and each.slot.state != SlotState.CANCELLED
        and each.slot.extra_seat_of is None
    ]
    context = {
        "patient": patient, "label": patient_label(patient), "form": form, "rows": rows, "day": _words(day),
        "errors": Errors.of_form(form) if not form.is_valid() else Errors(),
    }  # fmt: skip
    return render(request, "booking/extra_slots.jinja", context)


@page(Permission.MANAGE_ROTA)
def extra_confirm(request: StaffRequest, patient_id: int, slot_id: int) -> HttpResponse:
    patient = _patient(request, patient_id)
    slot = find_slot(slot_id=slot_id)
    if slot is None or slot.hub_id != request.actor.organisation.id:
        raise SlotUnknown
    context = {
        "patient": patient, "label": patient_label(patient), "row": pages.slot_row(slot),
        "also_then": also_then(request, patient_id, slot),
    }  # fmt: skip
    if request.method != "POST":
        return _form(request, ExtraForm(initial={"idempotency_key": pages.new_key()}), context)
    form = ExtraForm(request.POST)
    if not form.is_valid():
        typed = {name: form.data.get(name, "") for name in ("reason", "notes", "idempotency_key")}
        rest = problems_of_request(**typed, patient_agrees="patient_agrees" in form.data)
        both = [*Errors.of_form(form).problems, *Errors.of_refusal(InvalidInput(rest)).problems]
        return _form(request, form, context, Errors(both))
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
                override_reason=given["override_reason"],
            ),
        )
    except InvalidInput as refusal:
        return _form(request, form, context, Errors.of_refusal(refusal))
    return shown_booked(request, booked.booking_id, warnings=booked.warnings, was_repeated=booked.was_repeated)


def _patient(request: StaffRequest, patient_id: int) -> PatientView:
    return open_patient(actor=request.actor, now=request.now, patient_id=patient_id, reason="booking an appointment")


def _words(day: date) -> str:
    return f"{day:%A %-d %B %Y}"


def _form(
    request: StaffRequest, form: ExtraForm, context: dict[str, Any], errors: Errors | None = None
) -> HttpResponse:
    shown = {**context, "form": form, "errors": errors or Errors()}
    return render(request, "booking/extra_confirm.jinja", shown, status=422 if errors else 200)
