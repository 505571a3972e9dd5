"""The door of every page of the rota."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse

from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, page
from pcnhub.foundations.kernel.actors import Purpose
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
