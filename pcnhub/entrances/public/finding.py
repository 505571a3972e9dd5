"""The free times, by day, page by page; the same list for a first appointment and for another time."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from pcnhub.care.appointments.queries import SlotPage, own_slots
from pcnhub.entrances.public.door import PatientRequest
from pcnhub.entrances.public.forms import FilterForm
from pcnhub.entrances.public.pages import render
from pcnhub.entrances.public.times import HOW, by_day


def show_times(request: PatientRequest, context: dict[str, Any]) -> HttpResponse:
    """As far ahead as the link goes."""
    asked = FilterForm(request.GET)
    how: str = asked.chosen("how") or ""
    found = own_slots(
        actor=request.actor,
        now=request.now,
        link_id=request.link_id,
        delivery_channel=how,
        page=asked.chosen("page") or 1,
    )
    shown = {
        **context,
        "days": by_day(found.slots),
        "how": how,
        "hows": [
            {"value": value, "text": text, "selected": value == how} for value, text in {"": "Any", **HOW}.items()
        ],
        "pager": _pager(found, how),
    }
    return render(request, "own/times.jinja", shown)


def _pager(found: SlotPage, how: str) -> dict[str, str]:
    def address(number: int) -> str:
        return f"?{urlencode({'how': how, 'page': number} if how else {'page': number})}"

    pager: dict[str, str] = {}
    if found.page > 1:
        pager |= {"previousUrl": address(found.page - 1), "previousPage": "Earlier times"}
    if found.has_more:
        pager |= {"nextUrl": address(found.page + 1), "nextPage": "Later times"}
    return pager
