"""Changing what is published: a session, a weekly session with all its sessions, or who holds one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from pcnhub.care.appointments import queries
from pcnhub.care.appointments.operations.changing import SessionChange, change_published, plan_changing
from pcnhub.care.appointments.operations.planning import Changed, Moves
from pcnhub.care.appointments.operations.replacing import candidates, plan_replacing, replace_clinician
from pcnhub.care.appointments.operations.series import change_series, plan_changing_series
from pcnhub.care.appointments.queries.shares import share_uses
from pcnhub.care.appointments.rules.changing import Plan
from pcnhub.care.appointments.rules.details import SessionDetails
from pcnhub.care.organisations.queries import groups_of
from pcnhub.entrances.staff.door import StaffRequest, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.rota.change_forms import (
    PublishedForm,
    ReplaceForm,
    SeriesForm,
    of_published,
    of_series,
)
from pcnhub.entrances.staff.rota.limits import shares_used
from pcnhub.entrances.staff.rota.planned import PlannedChange, planned_page
from pcnhub.entrances.staff.rota.showing import times
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput


@rota_page
def session_change(request: StaffRequest, session_id: int) -> HttpResponse:
    view = queries.session(hub_id=request.actor.organisation.id, session_id=session_id)
    sent = request.POST if request.method == "POST" else None
    form = PublishedForm(sent, actor=request.actor, day=london_date(view.starts_at), initial=of_published(view))
    back = ("Back to the session", reverse("session", kwargs={"session_id": session_id}))
    context = {"title": "Change the session", "said": f"{view.name}, {_when(view)}", "form": form, "back": back}
    if not _is_ready(request, form):
        return _form(request, context)
    change = SessionChange(form.details(), form.cleaned_data["starts_at"], form.cleaned_data["ends_at"])
    plan = plan_changing(actor=request.actor, now=request.now, session_id=session_id, change=change)
    reason = form.cleaned_data["reason"]

    def do(shown: str, moves: Moves) -> Changed:
        return change_published(
            actor=request.actor,
            now=request.now,
            session_id=session_id,
            change=change,
            reason=reason,
            shown=shown,
            moves=moves,
        )

    return planned_page(
        request,
        PlannedChange(
            title="Change the session: what it does",
            button="Change the session",
            back=back,
            plan=plan,
            token=plan.token(*change.words()),
            do=do,
            said=f"{view.name}, {_when(view)}",
            reason=reason,
            is_confirmed=request.POST.get("step") == "confirm",
            context={"shares": _shares(request, plan, change.details)},
        ),
    )


@rota_page
def series_change(request: StaffRequest, template_id: int) -> HttpResponse:
    view = queries.template(hub_id=request.actor.organisation.id, template_id=template_id)
    today = london_date(request.now)
    sent = request.POST if request.method == "POST" else None
    form = SeriesForm(sent, actor=request.actor, day=today, initial=of_series(view, today))
    back = ("Back to the weekly sessions", reverse("templates"))
    context = {"title": "Change the weekly session from a day on", "said": view.name, "form": form, "back": back}
    if not _is_ready(request, form):
        return _form(request, context)
    day, details, reason = form.cleaned_data["day"], form.template(), form.cleaned_data["reason"]
    try:
        plan = plan_changing_series(
            actor=request.actor, now=request.now, template_id=template_id, day=day, details=details
        )
    except InvalidInput as refusal:
        return _form(request, context, Errors.of_refusal(refusal))
    asked = SessionChange(details.session, details.starts_at, details.ends_at).words()

    def do(shown: str, moves: Moves) -> Changed:
        done = change_series(
            actor=request.actor,
            now=request.now,
            template_id=template_id,
            day=day,
            details=details,
            reason=reason,
            shown=shown,
            moves=moves,
        )
        return done.sessions

    return planned_page(
        request,
        PlannedChange(
            title="Change the weekly session: what it does",
            button="Change the weekly session",
            back=back,
            plan=plan,
            token=plan.token(*asked, template_id, day),
            do=do,
            said=f"{view.name}, from {day:%A %-d %B %Y} on: {len(plan.sessions)} made already",
            reason=reason,
            is_confirmed=request.POST.get("step") == "confirm",
            may_be_empty=True,
            context={"shares": _shares(request, plan, details.session)},
        ),
    )


@rota_page
def session_replace(request: StaffRequest, session_id: int) -> HttpResponse:
    view = queries.session(hub_id=request.actor.organisation.id, session_id=session_id)
    found = candidates(actor=request.actor, now=request.now, session_id=session_id)
    sent = request.POST if request.method == "POST" else None
    form = ReplaceForm(sent, candidates=found)
    back = ("Back to the session", reverse("session", kwargs={"session_id": session_id}))
    context = {
        "title": "Replace the clinician",
        "said": f"{view.holder or 'Nobody'}, {view.practitioner}, {_when(view)}",
        "form": form,
        "back": back,
        "busy": [each for each in found if each.why_not],
        "free": [each for each in found if not each.why_not],
    }
    if not _is_ready(request, form):
        return _form(request, context, template="rota/replace.jinja")
    given = form.cleaned_data
    position_id = int(given["position_id"])
    plan = plan_replacing(
        actor=request.actor,
        now=request.now,
        session_id=session_id,
        position_id=position_id,
        other_role_reason=given["other_role_reason"],
    )

    def do(shown: str, moves: Moves) -> Changed:
        return replace_clinician(
            actor=request.actor,
            now=request.now,
            session_id=session_id,
            position_id=position_id,
            reason=given["reason"],
            other_role_reason=given["other_role_reason"],
            shown=shown,
        )

    name = next((each.name for each in found if each.position_id == position_id), "")
    return planned_page(
        request,
        PlannedChange(
            title="Replace the clinician: what it does",
            button="Replace the clinician",
            back=back,
            plan=plan,
            token=plan.token(position_id),
            do=do,
            said=f"{name} instead of {view.holder or 'nobody'}, {_when(view)}",
            reason=given["reason"],
            is_confirmed=request.POST.get("step") == "confirm",
        ),
    )


def _shares(request: StaffRequest, plan: Plan, details: SessionDetails) -> list[str]:
    ids = [session.session_id for session in plan.sessions]
    with unit_of_work(request.actor):
        uses = share_uses(session_ids=ids, quotas=details.quotas)
    groups = {group.id: group.name for group in groups_of(owner_id=request.actor.organisation.id)}
    return shares_used(uses, groups)


def _is_ready(request: StaffRequest, form: forms.Form) -> bool:
    """Whether the plan can be shown: something was sent, it is not to be typed anew, and it is whole."""
    return request.method == "POST" and request.POST.get("step") != "edit" and form.is_valid()


def _form(
    request: StaffRequest,
    context: dict[str, Any],
    errors: Errors | None = None,
    *,
    template: str = "rota/change.jinja",
) -> HttpResponse:
    is_sent = request.method == "POST" and request.POST.get("step") != "edit"
    found = errors or (Errors.of_form(context["form"]) if is_sent else Errors())
    return render(request, template, {**context, "errors": found}, status=422 if found else 200)


def _when(view: queries.SessionView) -> str:
    return f"{in_london(view.starts_at):%A %-d %B %Y}, {times(view.starts_at, view.ends_at)}"
