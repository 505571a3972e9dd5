"""The record of a patient."""

from __future__ import annotations

from django.http import HttpResponse

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import patient_label
from pcnhub.care.records.queries import open_record
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.records import pages


@page(Permission.VIEW_RECORD, methods=("GET",))
def record(request: StaffRequest, patient_id: int) -> HttpResponse:
    view = open_record(actor=request.actor, now=request.now, patient_id=patient_id)
    context = {
        "record": view,
        "label": patient_label(view.patient),
        "differences": pages.differences(view),
        "titles": pages.TITLES,
        "facts": pages.facts,
        "dates": pages.dates,
        "clock": pages.clock,
    }
    return render(request, "records/record.jinja", context)
