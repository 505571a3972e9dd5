"""The list of both sides, and one request with what can be done about it."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from pcnhub.care.investigations import operations, queries
from pcnhub.care.investigations.queries import InvestigationView
from pcnhub.care.investigations.rules import FOLLOWS, OF_THE_PRACTICE, OPEN, InvestigationState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks import queries as inboxes
from pcnhub.care.tasks.operations import TeamCannotAccept
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.tasks.pages import page_number
from pcnhub.entrances.staff.testrequests import pages
from pcnhub.entrances.staff.testrequests.forms import (
    AgainForm,
    ChaseForm,
    FilterForm,
    MatchForm,
    OrderForm,
    ReasonForm,
    ResultForm,
)
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput

NOT_SAVED = "Nothing was saved."
MEANWHILE = "Somebody else has taken a step with this test request since you opened it. Look at it again, then decide."
SAID = {
    "order": "The order is recorded. The task that carried the request can be finished now.",
    "chase": "The next day to look is set.",
    "result": "The result is recorded, and the request is closed.",
    "decline": "The request is declined. The hub sees it, and says what happens instead.",
    "withdraw": "The request is withdrawn. The practice sees why.",
    "again": "The practice is asked again.",
    "match": "The result is matched. The practice sees that it is here.",
}


@page(Permission.WORK_TASKS, methods=("GET",))
def test_requests(request: StaffRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    number = page_number(request.GET.get("page", ""))
    found = queries.investigations(actor=request.actor, now=request.now, wanted=form.wanted(), page=number)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "found": found,
        "query": query.urlencode(),
        "is_filtered": bool(query),
        "unasked": queries.forms_without_request(actor=request.actor, now=request.now)
        if request.actor.may(Permission.CONSULT)
        else (),
        "stray": queries.stray_results(actor=request.actor) if request.actor.may(Permission.CONSULT) else (),
        **pages.words(),
    }
    return render(request, "testrequests/list.jinja", context)


@page(Permission.WORK_TASKS)
def test_request(request: StaffRequest, request_id: int) -> HttpResponse:
    """One request. A posted `step` takes it; what was wrong with a step is shown on the same page."""
    seen = queries.investigation(actor=request.actor, now=request.now, investigation_id=request_id)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    offered = _forms(request, seen, step)
    errors, status = Errors(), 422
    if step in offered:
        form = offered[step]
        if not form.is_valid():
            errors = Errors.of_form(form)
        else:
            try:
                _take(request, step, request_id, form)
            except InvalidInput as refusal:
                fields = {"team_id": "team", "chase_on": "look_again_on"} if step == "chase" else {"team_id": "team"}
                errors = Errors.of_refusal(refusal, fields)
            except TeamCannotAccept as refusal:
                errors = Errors([FieldError("team", refusal.sentence())])
            except Conflict as refusal:  # somebody was faster: what was typed stays beside what they did
                errors, status = Errors([FieldError("", f"{NOT_SAVED} {refusal.sentence()}")]), 409
                seen = queries.investigation(actor=request.actor, now=request.now, investigation_id=request_id)
                offered = _forms(request, seen, step)
            else:
                flash(request, SAID[step])
                return redirect("test-request", request_id=request_id)
    elif request.method == "POST":
        errors, status = Errors([FieldError("", f"{NOT_SAVED} {MEANWHILE}")]), 409
    context = {
        "seen": seen,
        "row": seen.row,
        "forms": offered,
        "posted": step,
        "errors": errors,
        "typed": [] if step in offered else _typed(request),
        "may_consult": request.actor.may(Permission.CONSULT),
        **pages.words(),
    }
    return render(request, "testrequests/one.jinja", context, status=status if errors else 200)


def _typed(request: StaffRequest) -> list[str]:
    """What was typed into a form that is not offered any more: a reference of an order that was made must not be lost."""
    names = ("reference", "acted", "note", "reason")
    return [text for name in names if (text := request.POST.get(name, "").strip())]


def _forms(request: StaffRequest, seen: InvestigationView, step: str) -> dict[str, forms.Form]:
    """What this side can do now; the form that was posted holds what was typed."""
    actor, today, state = request.actor, london_date(request.now), seen.row.state
    follows = FOLLOWS[state]

    def of(name: str) -> QueryDict | None:
        return request.POST if step == name else None

    made: dict[str, forms.Form] = {}
    if seen.is_orderer and follows & OF_THE_PRACTICE:
        if state is InvestigationState.ASKED:
            made["order"] = OrderForm(of("order"), today=today)
        else:
            made["result"] = ResultForm(of("result"), today=today)
            made["chase"] = ChaseForm(of("chase"))
        made["decline"] = ReasonForm(of("decline"))
    if seen.is_asker and actor.may(Permission.CONSULT):
        if seen.row.trouble and state is InvestigationState.ASKED:
            recipients = inboxes.recipients(actor=actor, now=request.now)
            made["again"] = AgainForm(of("again"), recipients=recipients, practice_id=seen.row.orderer.id)
        if InvestigationState.WITHDRAWN in follows:
            made["withdraw"] = ReasonForm(of("withdraw"))
        mine = [each for each in queries.stray_results(actor=actor) if each.patient_id == seen.patient_id]
        if state in OPEN and mine:
            made["match"] = MatchForm(of("match"), results=[(each.document_id, each.title) for each in mine])
    return made


def _take(request: StaffRequest, step: str, request_id: int, form: forms.Form) -> None:
    given = request.POST.get("version", "")
    version = int(given) if given.isdecimal() and len(given) < 9 else 0
    actor, now, typed = request.actor, request.now, form.cleaned_data
    match step:
        case "order":
            operations.order(
                actor=actor, now=now, investigation_id=request_id, version=version,
                reference=typed["reference"], chase_on=typed["chase_on"],
            )  # fmt: skip
        case "chase":
            operations.chase_again(
                actor=actor, now=now, investigation_id=request_id, version=version,
                chase_on=typed["look_again_on"], note=typed["note"],
            )  # fmt: skip
        case "result":
            operations.result(
                actor=actor, now=now, investigation_id=request_id, version=version,
                resulted_on=typed["resulted_on"], acted=typed["acted"],
            )  # fmt: skip
        case "decline":
            operations.decline(
                actor=actor, now=now, investigation_id=request_id, version=version, reason=typed["reason"]
            )
        case "withdraw":
            operations.withdraw(
                actor=actor, now=now, investigation_id=request_id, version=version, reason=typed["reason"]
            )
        case "again":
            operations.ask_again(
                actor=actor, now=now, investigation_id=request_id, version=version,
                team_id=int(typed["team"]), idempotency_key=typed["key"],
            )  # fmt: skip
        case "match":
            operations.match_result(
                actor=actor, now=now, investigation_id=request_id, version=version, document_id=int(typed["document"])
            )
