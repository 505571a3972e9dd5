"""The rota of a week."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse

from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.rota import pages
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound


def rota_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of whoever manages the rota; only a hub has one."""

    @wraps(view)
    def at_hub(request: StaffRequest, **arguments: Any) -> HttpResponse:
        if request.actor.organisation.kind != "hub":
            raise NotFound(
                f"{request.actor.organisation.name} is not a hub: it has no rota here.",
                remedy="Sign in with a position at the hub.",
                who_can="the hub's rota manager",
            )
        return view(request, **arguments)

    return page(Permission.MANAGE_ROTA, purpose=Purpose.ADMINISTRATION)(at_hub)


@rota_page
def rota(request: StaffRequest) -> HttpResponse:
    week = pages.week_of(
        request.GET.get("week", ""), hub_id=request.actor.organisation.id, today=london_date(request.now)
    )
    return render(request, "rota/rota.jinja", {"week": week, "state_colour": pages.state_colour})
