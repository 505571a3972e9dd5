"""The page of tonight, on paper, and as a table.

These pages open no unit of work at the door: the rooms are asked as a system of the hub, in one of its own.
"""

from __future__ import annotations

from django.http import HttpResponse

from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.watch import pages
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.tables import csv_of
from pcnhub.insight.readiness.queries import hub_seen_by
from pcnhub.insight.watch import queries

HEADS = ("How bad", "Bites at", "What", "Whose move", "What to do", "Appointments")
on_the_page = page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",), opens_work=False)


@on_the_page
def watch(request: StaffRequest) -> HttpResponse:
    return render(request, "watch/watch.jinja", {"view": _evening(request)})


@on_the_page
def watch_print(request: StaffRequest) -> HttpResponse:
    return render(request, "watch/print.jinja", {"view": _evening(request)})


@on_the_page
def watch_csv(request: StaffRequest) -> HttpResponse:
    """Counts and no names: the file leaves this house."""
    found = _asked(request)
    rows = (
        (
            pages.SEVERITY_WORDS[line.severity][0], f"{in_london(line.bites_at):%Y-%m-%d %H:%M}", line.what, line.who,
            line.do, len(line.booking_ids) or "",
        )
        for line in found.lines
    )  # fmt: skip
    answer = HttpResponse(csv_of(HEADS, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="watch-{found.day.isoformat()}.csv"'
    return answer


def _asked(request: StaffRequest) -> queries.Watch:
    hub = hub_seen_by(actor=request.actor, now=request.now)
    day = pages.day_of(request.GET.get("day", ""), today=london_date(request.now))
    return queries.watch(actor=request.actor, now=request.now, hub_id=hub.id, day=day)


def _evening(request: StaffRequest) -> pages.Page:
    found = _asked(request)
    names = queries.names_for(actor=request.actor, now=request.now, lines=found.lines)
    return pages.page_of(found, viewer=request.actor, names=names, today=london_date(request.now))
