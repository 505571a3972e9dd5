"""One list of what is free: at the hub of this platform, and at other systems over GP Connect, as they answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from pcnhub.care.appointments.queries import SlotCriteria, SlotView, free_slots
from pcnhub.care.organisations.queries import hubs_of
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import open_patient, patient_label
from pcnhub.connections.gpconnect.client import Place
from pcnhub.connections.gpconnect.directory import endpoint
from pcnhub.connections.gpconnect.searching import providers, search
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.elsewhere import pages
from pcnhub.entrances.staff.elsewhere.forms import AnywhereForm
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date

MOST_PAGES = 6  # of the hub's own slots: beyond these the days must be narrowed


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",), opens_work=False)
def all_slots(request: StaffRequest, patient_id: int) -> HttpResponse:
    """With a script, each provider is fetched by itself and put in its place. Without, `ask` waits for all, but not long: and
    anew with each page, since what was free a minute ago need not be."""
    patient = open_patient(actor=request.actor, now=request.now, patient_id=patient_id, reason="booking an appointment")
    form = AnywhereForm(request.GET, today=london_date(request.now))
    context: dict[str, Any] = {"patient": patient, "label": patient_label(patient), "form": form}
    if not form.is_valid():
        return render(request, "elsewhere/slots.jinja", {**context, "errors": Errors.of_form(form)}, status=422)
    from_on, to_on = form.cleaned_data["from_on"], form.cleaned_data["to_on"]
    own, notes, is_cut = _of_hub(request, from_on, to_on)
    rows = [pages.row_of_hub(slot, patient.id) for slot in own]
    places = [] if patient.is_sensitive or patient.is_untraced else _places(request)
    asked = "ask" in request.GET
    heard = []
    if asked and places:
        found = search(actor=request.actor, now=request.now, places=places, from_on=from_on, to_on=to_on)
        rows += [row for each in found for row in pages.rows_elsewhere(each, patient.id)]
        heard = [pages.heard(each) for each in found]
    listed = pages.page_of(pages.merged(rows), request.GET.get("page", ""))
    days = f"from={from_on}&to={to_on}"
    shown = {
        **context,
        **listed.links(_as_asked(request)),
        "rows": listed.rows,
        "listed": listed,
        "notes": notes,
        "is_cut": is_cut,
        "places": places,
        "asked": asked,
        "heard": heard,
        "days": f"{days}&after={listed.after}&before={listed.before}",
        "fragments": [(place, reverse("slots-elsewhere", args=[patient.id, place.endpoint_id])) for place in places],
    }
    return render(request, "elsewhere/slots.jinja", shown)


@page(Permission.BOOK_APPOINTMENTS, methods=("GET",), opens_work=False)
def slots_of_one(request: StaffRequest, patient_id: int, endpoint_id: int) -> HttpResponse:
    """One provider's rows of the hours that the page shows, for the script that puts them into the list."""
    place = endpoint(actor=request.actor, endpoint_id=endpoint_id).place
    try:
        days = date.fromisoformat(request.GET.get("from", "")), date.fromisoformat(request.GET.get("to", ""))
    except ValueError:
        days = (london_date(request.now), london_date(request.now))
    if not 0 <= (days[1] - days[0]).days < 14:
        days = (days[0], days[0])
    (found,) = search(actor=request.actor, now=request.now, places=[place], from_on=days[0], to_on=days[1])
    rows = pages.between(
        pages.rows_elsewhere(found, patient_id), request.GET.get("after", ""), request.GET.get("before", "")
    )
    context = {"rows": rows, "heard": [pages.heard(found)]}
    return render(request, "elsewhere/one.jinja", context)


def _as_asked(request: StaffRequest) -> str:
    """The address of this search, but for the page."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{request.path}?{query.urlencode()}"


def _places(request: StaffRequest) -> list[Place]:
    """Whom to ask; the own hub's slots stand in the list already."""
    own = {hub.ods_code for hub in hubs_of(organisation_id=request.actor.organisation.id, day=london_date(request.now))}
    own.add(request.actor.organisation.ods_code)
    return [each.place for each in providers(actor=request.actor) if each.facts.ods_code not in own]


def _of_hub(request: StaffRequest, from_on: date, to_on: date) -> tuple[list[SlotView], tuple[str, ...], bool]:
    slots: list[SlotView] = []
    notes: tuple[str, ...] = ()
    with unit_of_work(request.actor):
        for number in range(1, MOST_PAGES + 1):
            criteria = SlotCriteria(from_on=from_on, to_on=to_on, page=number)
            found = free_slots(actor=request.actor, now=request.now, criteria=criteria)
            slots += found.slots
            notes = notes or tuple(found.notes)
            if not found.has_more:
                return slots, notes, False
    return slots, notes, True
