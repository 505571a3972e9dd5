"""What one organisation still needs, as a list to print or to send; also of a practice that is to join or to leave."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.readiness import pages
from pcnhub.entrances.staff.readiness.plan import day
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.insight.readiness import checking, lists, queries, reminding


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, opens_work=False)
def to_do(request: StaffRequest, organisation_id: int) -> HttpResponse:
    hub = queries.hub_seen_by(actor=request.actor, now=request.now, or_joined_later=True)
    asked: dict[str, Any] = {
        "actor": request.actor,
        "now": request.now,
        "hub_id": hub.id,
        "organisation_id": organisation_id,
    }
    if request.method == "POST":
        letters = reminding.send_list(**asked)
        number = "1 letter" if letters == 1 else f"{letters} letters"
        flash(request, f"The list goes out by e-mail, in {number}. Failures shows whether e-mail leaves the hub.")
        return redirect("readiness-to-do", organisation_id=organisation_id)
    checking.check(now=request.now, hub_id=hub.id, probes=False)
    needs = lists.needs_of(**asked)
    context = {
        "needs": needs,
        "hub": hub,
        "is_hub": request.actor.organisation == hub,
        "may_send": request.actor.may(Permission.MANAGE_READINESS),
        "shown": lambda step: pages.shown(step.cell, viewer=request.actor.organisation, hub_id=hub.id),
        "day": day,
    }
    return render(request, "readiness/to_do.jinja", context)
