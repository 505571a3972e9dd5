"""Today's work, for whatever the position is there to do."""

from __future__ import annotations

from django.http import HttpResponse

from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.today import evening, waiting
from pcnhub.entrances.staff.today.foreseen import foreseen
from pcnhub.entrances.staff.today.panels import Source, Viewer
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import in_london

# In the order of the page: people who wait come first, the organisation's own affairs last.
SOURCES: tuple[Source, ...] = (
    waiting.find_a_patient,
    waiting.people_to_tell,
    waiting.people_to_trace,
    waiting.booked_in_doubt,
    evening.my_sessions,
    evening.next_patients,
    evening.drafts,
    waiting.at_the_hub_today,
    waiting.tasks,
    waiting.drugs_from_hubs,
    evening.tonight,
    evening.unsent,
    waiting.opened_unasked,
    waiting.agreements,
    waiting.readiness,
    waiting.failures,
)

# Where the hub's appointment book is kept in another system, nothing of it waits here.
ELSEWHERE: tuple[Source, ...] = (waiting.book_elsewhere, waiting.readiness, waiting.failures)


@page(methods=("GET",), opens_work=False)
def today(request: StaffRequest) -> HttpResponse:
    viewer = Viewer(request.actor, request.now)
    here = viewer.actor.organisation.runs_here
    first = foreseen(viewer) if here else None  # asks the rooms as a system of the hub, in a unit of work of its own
    with unit_of_work(request.actor):
        panels = [panel for source in (SOURCES if here else ELSEWHERE) if (panel := source(viewer)) is not None]
    panels = [first, *panels] if first is not None else panels
    context = {"panels": panels, "date": f"{in_london(request.now):%A %-d %B %Y}"}
    return render(request, "today/today.jinja", context)
