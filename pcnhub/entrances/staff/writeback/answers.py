"""What the practice's system, or the exchange, answered to a report: for whoever must find out what it refused."""

from __future__ import annotations

from django.http import HttpResponse

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.writeback.queries import copy_of_hub
from pcnhub.connections.mesh.answered import answers_to
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.foundations.kernel.local_time import in_london


@page(methods=("GET",))
def answers(request: StaffRequest, copy_id: int) -> HttpResponse:
    context = {
        "answers": answers_to(actor=request.actor, now=request.now, copy_id=copy_id),
        "copy": copy_of_hub(actor=request.actor, now=request.now, copy_id=copy_id),
        "back": "writeback-copies" if request.actor.may(Permission.VIEW_READINESS) else "today",
        "clock": lambda instant: f"{in_london(instant):%-d %b %Y %H:%M}",
    }
    return render(request, "writeback/answers.jinja", context)
