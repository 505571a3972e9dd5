"""Preview as another organisation: what it sees of the hub's book, and of every slot that it does not see, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.http import HttpResponse

from pcnhub.care.appointments.queries import Explanation, SlotView, consumer_of, preview, session
from pcnhub.care.appointments.rules.visibility import Reason, Route
from pcnhub.care.appointments.rules.words import warning_of_type
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.booking import pages
from pcnhub.entrances.staff.booking.forms import PreviewForm
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """Slots of one session that follow each other and are seen, or not seen for the same reasons, alike."""

    slots: tuple[SlotView, ...]
    reasons: tuple[Reason, ...]

    @property
    def time(self) -> str:
        return f"{pages.clock(self.slots[0].starts_at)} to {pages.clock(self.slots[-1].ends_at)}"

    @property
    def numbers(self) -> str:
        """By which `pcnhub explain` knows them."""
        known = [str(slot.id) for slot in self.slots]
        return f"numbers {', '.join(known)}" if len(known) > 1 else f"number {known[0]}"


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
        "warning": warning_of_type(given["organisation_type"]),
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
    by_day = groupby(found, key=lambda each: pages.day_words(each.slot.starts_at))
    return [(day, _rows(list(of_day))) for day, of_day in by_day]


def _rows(of_day: list[Explanation]) -> list[PreviewRow]:
    """Session by session, in order of time; slots that touch, of one clinician and type, seen or unseen alike, as one row."""
    begins: dict[int, datetime] = {}
    for each in of_day:
        begins.setdefault(each.slot.session_id, each.slot.starts_at)
    rows: list[PreviewRow] = []
    for each in sorted(of_day, key=lambda one: (begins[one.slot.session_id], *_row_of_slots(one.slot))):
        last = rows[-1] if rows else None
        if last and last.slots[-1].ends_at == each.slot.starts_at and _alike(last, each):
            rows[-1] = PreviewRow((*last.slots, each.slot), last.reasons)
        else:
            rows.append(PreviewRow((each.slot,), each.reasons))
    return rows


def _row_of_slots(slot: SlotView) -> tuple[int, int, datetime]:
    return slot.session_id, slot.holder_id or 0, slot.starts_at


def _alike(row: PreviewRow, other: Explanation) -> bool:
    one = row.slots[-1]
    same = _row_of_slots(one)[:2] == _row_of_slots(other.slot)[:2] and one.slot_type_id == other.slot.slot_type_id
    return same and row.reasons == other.reasons
