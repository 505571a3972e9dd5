"""The evidence packs of a hub: make one, see who made which, take one along."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.readiness import pages
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.insight.evidence import operations, queries
from pcnhub.insight.evidence.keys import signing_key, text_of
from pcnhub.insight.readiness.queries import hub_seen_by


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, opens_work=False)
def evidence(request: StaffRequest) -> HttpResponse:
    hub = hub_seen_by(actor=request.actor, now=request.now)
    if request.method == "POST":
        operations.make_pack(actor=request.actor, now=request.now, hub_id=hub.id)
        flash(request, "The evidence pack is made and signed. It is the newest in the list.")
        return redirect("readiness-evidence")
    context = {
        "hub": hub,
        "packs": queries.packs(actor=request.actor, now=request.now, hub_id=hub.id),
        "public_key": text_of(signing_key(settings.EVIDENCE_KEY).public_key()),
        "may_make": request.actor.may(Permission.MANAGE_READINESS),
        "clock": pages.clock,
    }
    return render(request, "readiness/evidence.jinja", context)


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",), opens_work=False)
def evidence_zip(request: StaffRequest, pack_id: int) -> HttpResponse:
    hub = hub_seen_by(actor=request.actor, now=request.now)
    sealed = operations.take_pack(actor=request.actor, now=request.now, hub_id=hub.id, pack_id=pack_id)
    answer = HttpResponse(sealed.as_zip(), "application/zip")
    name = f"evidence-{hub.ods_code}-{pack_id}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
