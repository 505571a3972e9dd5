"""What a person decides: whether a row is somebody who is held, and whose patient somebody is whom two practices claim."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.operations.imports import ask_claims, decide_claim, decide_duplicate
from pcnhub.care.patients.queries import claims, possible_duplicates
from pcnhub.connections.pds import claiming, demographics
from pcnhub.connections.pds.refusals import NotAnswered
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.patients.importing import pages, pairs
from pcnhub.entrances.staff.patients.importing.reviewing import import_act, import_page
from pcnhub.entrances.staff.patients.pages import count, page_number
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.refusals import InvalidInput


@import_page
def import_duplicates(request: StaffRequest, batch_id: int) -> HttpResponse:
    number = page_number(request.GET.get("page", ""))
    listed = possible_duplicates(actor=request.actor, now=request.now, batch_id=batch_id, page=number)
    context = {
        "batch": listed.batch,
        "caption": pages.caption(listed.batch),
        "practice": listed.batch.practice.name,
        "may_decide": listed.batch.practice.id == request.actor.organisation.id,
        "may_open": request.actor.may(Permission.FIND_PATIENTS),
        "pairs": [pairs.pair(each) for each in listed.items],
        "number": listed.number,
        "pages": listed.pages,
    }
    return render(request, "imports/duplicates.jinja", context)


@import_act
def import_duplicate(request: StaffRequest, batch_id: int, duplicate_id: int) -> HttpResponse:
    is_same = request.POST.get("same") == "yes"
    decide_duplicate(actor=request.actor, now=request.now, duplicate_id=duplicate_id, is_same=is_same)
    flash(request, "Kept as the same person." if is_same else "Kept as different people.")
    number = page_number(request.POST.get("page", ""))
    return redirect(f"{reverse('import-duplicates', args=[batch_id])}?page={number}#pair-{duplicate_id}")


@import_page
def import_claims(request: StaffRequest) -> HttpResponse:
    """Which person a decision is about is sent as a form: a number has no place in an address."""
    if request.method != "POST":
        return _claims(request)
    practice = request.POST.get("practice", "")
    try:
        decide_claim(
            actor=request.actor,
            now=request.now,
            nhs_number=request.POST.get("claim", ""),
            practice_id=int(practice) if practice.isdecimal() else None,
            source="person",
            reason=request.POST.get("reason", "").strip(),
        )
    except InvalidInput as refusal:
        return _claims(request, Errors.of_refusal(refusal))
    flash(request, "Decided. The hub’s registration follows that practice.")
    return redirect("import-claims")


@page(Permission.IMPORT_PATIENTS, purpose=Purpose.ADMINISTRATION, methods=("POST",), opens_work=False)
def import_claims_ask(request: StaffRequest) -> HttpResponse:
    """The national service is asked about one person while somebody waits, about all of them by the worker."""
    back = redirect(f"{reverse('import-claims')}?page={page_number(request.POST.get('page', ''))}")
    if "all" in request.POST and demographics.verifies():
        asked = ask_claims(actor=request.actor, now=request.now)
        flash(request, f"The service is being asked about {count(asked, 'claim')}. Look again in a few minutes.")
        return back
    try:
        said = claiming.ask(actor=request.actor, now=request.now, nhs_number=request.POST.get("claim", ""))
    except NotAnswered as refusal:
        flash(request, refusal.sentence(), "information")
        return back
    flash(request, pairs.SAID[said], "success" if said is claiming.Said.DECIDED else "information")
    return back


def _claims(request: StaffRequest, errors: Errors | None = None) -> HttpResponse:
    number = page_number(request.POST.get("page", "") or request.GET.get("page", ""))
    listed = claims(actor=request.actor, now=request.now, page=number)
    context = {
        "people": [pairs.claimed(each) for each in listed.items],
        "number": listed.number,
        "pages": listed.pages,
        "errors": errors,
        "failed": request.POST.get("claim", ""),
        "given": request.POST,
        "may_ask": demographics.verifies(),
    }
    return render(request, "imports/claims.jinja", context, status=422 if errors else 200)
