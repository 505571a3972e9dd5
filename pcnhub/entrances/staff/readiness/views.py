"""The grid, one check at one organisation, and going live.

These pages open no unit of work at the door: the checks run as a system of the hub, in one of their own.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.queries import hubs_of, organisation
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.readiness import pages
from pcnhub.entrances.staff.readiness.forms import FIELDS, AttestForm, WaiveForm, WithdrawForm
from pcnhub.entrances.staff.readiness.trend import trend_of
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem
from pcnhub.insight.readiness import checking, lists, operations, queries

HISTORY_DAYS, MOST_CHANGES = 90, 20


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",), opens_work=False)
def readiness(request: StaffRequest) -> HttpResponse:
    own = request.actor.organisation.id
    hub = queries.hub_seen_by(actor=request.actor, now=request.now, or_joined_later=True)
    if hub not in hubs_of(organisation_id=own, day=london_date(request.now)):  # of the network of a later day
        return redirect("readiness-to-do", organisation_id=own)
    checking.check(now=request.now, hub_id=hub.id, probes=False)
    whole = queries.grid(actor=request.actor, now=request.now, hub_id=hub.id)
    chosen = request.GET.get("show", "all")
    view = pages.overview(whole, viewer=request.actor.organisation, chosen=chosen if chosen in pages.FILTERS else "all")
    is_hub = request.actor.organisation == whole.hub
    context = {
        "view": view,
        "filters": pages.FILTERS,
        "as_of": pages.clock(whole.as_of),
        "live_since": pages.clock(organisation(id=request.actor.organisation.id).opened_at),
        "may_go_live": is_hub and request.actor.may(Permission.MANAGE_READINESS),
        "is_hub": is_hub,
        "trend": trend_of(queries.trend(actor=request.actor, now=request.now, hub_id=hub.id)),
    }
    return render(request, "readiness/grid.jinja", context)


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, opens_work=False)
def check(request: StaffRequest, check_id: str, organisation_id: int) -> HttpResponse:
    hub = queries.hub_seen_by(actor=request.actor, now=request.now, or_joined_later=True)
    queries.requirement(check_id)
    sent = request.POST if request.method == "POST" else None
    action = sent.get("action", "") if sent else ""
    attest = AttestForm(sent if action == "attest" else None)
    withdraw = WithdrawForm(sent if action == "withdraw-attestation" else None)
    waive = WaiveForm(sent if action == "waive" else None)
    errors = Errors()
    if sent is not None:
        form = {"attest": attest, "withdraw-attestation": withdraw, "waive": waive}.get(action)
        if form is not None and not form.is_valid():
            errors = Errors.of_form(form)
        else:
            try:
                said = _act(request, action, hub.id, check_id, organisation_id, form.cleaned_data if form else {})
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal, FIELDS.get(action, {}))
            else:
                flash(request, said)
                return redirect("readiness-check", check_id=check_id, organisation_id=organisation_id)
    else:
        checking.check(now=request.now, hub_id=hub.id, only={check_id}, probes=False)
    history = lists.cell_of(
        actor=request.actor, now=request.now, hub_id=hub.id, check_id=check_id, organisation_id=organisation_id
    )
    day = london_date(request.now)
    changes = queries.changes(
        actor=request.actor,
        now=request.now,
        hub_id=hub.id,
        check_id=check_id,
        organisation_id=organisation_id,
        days=HISTORY_DAYS,
    )
    context = {
        "shown": pages.shown(history.cell, viewer=request.actor.organisation, hub_id=hub.id),
        "history": history,
        "attestation_stands": any(row.holds_on(day) for row in history.attestations[:1]),
        "waiver_stands": any(row.holds_on(day) for row in history.waivers[:1]),
        "how_proved": pages.how_proved(history.cell.requirement),
        "how_often": pages.how_often(history.cell.requirement),
        "changes": changes[:MOST_CHANGES],
        "change_words": pages.change_words,
        "needs": [queries.requirement(each) for each in history.cell.requirement.needs],
        "hub": hub,
        "clock": pages.clock,
        "forms": {"attest": attest, "withdraw": withdraw, "waive": waive},
        "action": action,
        "errors": errors,
    }
    return render(request, "readiness/check.jinja", context, status=422 if errors else 200)


@page(Permission.MANAGE_READINESS, purpose=Purpose.ADMINISTRATION, opens_work=False)
def go_live(request: StaffRequest) -> HttpResponse:
    hub = queries.hub_seen_by(actor=request.actor, now=request.now)
    if request.method == "POST":
        result = operations.go_live(actor=request.actor, now=request.now, hub_id=hub.id)
        names = ", ".join(practice.name for practice in result.new) or "no further practice"
        flash(request, f"{result.hub.name} is live, open to {names}. {result.shortfall()}")
        return redirect("readiness")
    whole, outcome = operations.prospect(actor=request.actor, now=request.now, hub_id=hub.id)
    blocking = [
        pages.shown(cell, viewer=request.actor.organisation, hub_id=hub.id) for cell in whole.standing_in_the_way
    ]
    context = {"grid": whole, "blocking": blocking, "outcome": outcome}
    return render(request, "readiness/go_live.jinja", context)


def _act(
    request: StaffRequest, action: str, hub_id: int, check_id: str, organisation_id: int, given: dict[str, Any]
) -> str:
    """One statement. What to say on the next page."""
    line: dict[str, Any] = {"hub_id": hub_id, "check_id": check_id, "organisation_id": organisation_id}
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    match action:
        case "attest":
            operations.attest(**who, **line, **given)
            return f"{check_id} is attested."
        case "withdraw-attestation":
            operations.withdraw_attestation(**who, **line, reason=given["withdrawal_reason"])
            return f"The attestation of {check_id} is withdrawn."
        case "waive":
            operations.waive(**who, **line, reason=given["waiver_reason"], ends_on=given["waiver_ends_on"])
            return f"{check_id} is waived."
        case "withdraw-waiver":
            operations.withdraw_waiver(**who, **line)
            return f"The waiver of {check_id} has ended."
        case _:
            raise InvalidInput([Problem("", "unknown-action", "Nothing was chosen to do", "Use one of the buttons.")])
