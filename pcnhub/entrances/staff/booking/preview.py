"""Preview as another organisation: what it sees of the hub's book, and of every slot that it does not see, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.http import HttpResponse

from pcnhub.care.appointments.queries import Explanation, consumer_of, preview, session
from pcnhub.care.appointments.rules.visibility import Reason, Route
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.booking import pages
from pcnhub.entrances.staff.booking.forms import PreviewForm
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput


@dataclass(frozen=True, slots=True)
class PreviewRow:
    row: pages.SlotRow
    reasons: tuple[Reason, ...]


@page(Permission.MANAGE_ROTA, methods=("GET",))
def preview_as(request: StaffRequest) -> HttpResponse:
    """Who is asked for in the address: codes and days, no person. From a session's page, the form shows its day."""
    form = PreviewForm(request.GET, actor=request.actor, today=london_date(request.now), day=_day_of_session(request))
    context = {"form": form, "errors": Errors(), "days": None}
    if not set(request.GET) - {"session"}:
        return render(request, "booking/preview.jinja", context)
    if not form.is_valid():
        return render(request, "booking/preview.jinja", {**context, "errors": Errors.of_form(form)}, status=422)
    given = form.cleaned_data
    hub_id = request.actor.organisation.id
    consumer = consumer_of(
        ods_code=form.code() or None,
        organisation_type=given["organisation_type"],
        route=Route(given["route"]),
        hub_id=hub_id,
        now=request.now,
    )
    try:
        found = preview(
            actor=request.actor, now=request.now, consumer=consumer, from_on=given["from_on"], to_on=given["to_on"]
        )
    except InvalidInput as refusal:
        return render(request, "booking/preview.jinja", {**context, "errors": Errors.of_refusal(refusal)}, status=422)
    shown = {
        **context,
        "who": form.who(),
        "is_known": consumer.organisation_id is not None or not consumer.ods_code,
        "visible": sum(1 for each in found if each.is_visible),
        "total": len(found),
        "days": _days(found),
    }
    return render(request, "booking/preview.jinja", shown)


def _day_of_session(request: StaffRequest) -> date | None:
    asked = request.GET.get("session", "")
    if not asked.isdecimal() or len(asked) > 18:
        return None
    return london_date(session(hub_id=request.actor.organisation.id, session_id=int(asked)).starts_at)


def _days(found: tuple[Explanation, ...]) -> list[tuple[str, list[PreviewRow]]]:
    rows = [PreviewRow(pages.slot_row(each.slot), each.reasons) for each in found]
    return [(day, list(of_day)) for day, of_day in groupby(rows, key=lambda each: each.row.day)]
