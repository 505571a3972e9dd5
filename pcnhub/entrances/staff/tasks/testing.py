"""Test tasks: to whom one went, whether its answer came back, and the button that sends one."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks import operations, queries
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.tasks import pages
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, NotShared


@page(Permission.WORK_TASKS)
def tests(request: StaffRequest) -> HttpResponse:
    partners = queries.partners_of(request.actor.organisation, london_date(request.now))
    if request.method == "POST":
        return _send(request, {each.id for each in partners})
    found = queries.loop_tests(actor=request.actor, now=request.now, organisation_ids=[each.id for each in partners])
    context = {
        "partners": partners,
        "found": found,
        "keys": {each.id: uuid.uuid4().hex for each in partners},
        "refused": request.GET.get("refused", ""),
        **pages.words(),
    }
    return render(request, "tasks/tests.jinja", context)


def _send(request: StaffRequest, partners: set[int]) -> HttpResponse:
    given = request.POST.get("organisation", "")
    to = int(given) if given.isdecimal() and len(given) < 19 else 0
    if to not in partners:
        raise NotFound("There is no such organisation in your network.", remedy="Choose one from the list of tests.")
    try:
        operations.send_test(
            actor=request.actor, now=request.now, organisation_id=to, idempotency_key=request.POST.get("key", "")[:64]
        )
    except (NotShared, NotFound, operations.TeamCannotAccept) as refusal:
        flash(request, f"The test task could not be sent. {refusal.sentence()}")
    else:
        flash(
            request, "The test task is sent. Their team accepts and finishes it; the answer comes to one of your teams."
        )
    return redirect("tasks-tests")
