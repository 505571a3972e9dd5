"""One session: made, completed, published, cancelled; its slots blocked and opened again."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments import operations, queries
from pcnhub.care.organisations.queries import groups_of
from pcnhub.entrances.staff.door import StaffRequest, flash, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.rota import pages
from pcnhub.entrances.staff.rota.forms import DraftForm, ReasonForm, SessionOnDayForm, of_session
from pcnhub.entrances.staff.rota.limits import codes_to_check, limits_of
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput


@rota_page
def session(request: StaffRequest, session_id: int) -> HttpResponse:
    return _show(request, session_id)


@rota_page
def session_new(request: StaffRequest) -> HttpResponse:
    today = london_date(request.now)
    day = pages.day_of(request.GET.get("day", ""), otherwise=today)
    form = SessionOnDayForm(
        request.POST if request.method == "POST" else None, actor=request.actor, day=day, initial={"day": day}
    )
    if request.method != "POST":
        return _form(request, form, Errors())
    if not form.is_valid():
        return _form(request, form, Errors.of_form(form))
    given = form.cleaned_data
    try:
        made = operations.make_session(
            actor=request.actor,
            now=request.now,
            day=given["day"],
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            details=form.details(),
        )
    except InvalidInput as refusal:
        return _form(request, form, Errors.of_refusal(refusal))
    flash(request, "The session is a draft. Publish it when it is complete.")
    return redirect("session", session_id=made)


@rota_page
def session_edit(request: StaffRequest, session_id: int) -> HttpResponse:
    hub_id = request.actor.organisation.id
    view = queries.session(hub_id=hub_id, session_id=session_id)
    slots = queries.slots_of_session(session_id=session_id)
    form = DraftForm(
        request.POST if request.method == "POST" else None,
        actor=request.actor,
        day=london_date(view.starts_at),
        initial=of_session(view, slots[0].slot_type_id if slots else 0),
    )
    if request.method != "POST":
        return _form(request, form, Errors(), view)
    if not form.is_valid():
        return _form(request, form, Errors.of_form(form), view)
    try:
        operations.change_session(actor=request.actor, now=request.now, session_id=session_id, details=form.details())
    except InvalidInput as refusal:
        return _form(request, form, Errors.of_refusal(refusal), view)
    flash(request, "The session is changed.")
    return redirect("session", session_id=session_id)


@rota_page
def session_publish(request: StaffRequest, session_id: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("session", session_id=session_id)
    try:
        operations.publish_session(actor=request.actor, now=request.now, session_id=session_id)
    except InvalidInput as refusal:
        reasons = [f"{problem.message}. {problem.remedy}" for problem in refusal.problems]
        return _show(request, session_id, reasons=reasons)
    flash(request, "The session is published: its slots can be booked.")
    return redirect("session", session_id=session_id)


@rota_page
def slot_block(request: StaffRequest, session_id: int, slot_id: int) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    slot = next((each for each in queries.slots_of_session(session_id=session_id) if each.id == slot_id), None)
    context = {
        "session": queries.session(hub_id=request.actor.organisation.id, session_id=session_id),
        "time": f"{in_london(slot.starts_at):%H:%M}" if slot else "",
        "form": form,
    }
    if request.method != "POST":
        return render(request, "rota/block.jinja", {**context, "errors": Errors()})
    if not form.is_valid():
        return render(request, "rota/block.jinja", {**context, "errors": Errors.of_form(form)}, status=422)
    try:
        operations.block_slot(actor=request.actor, now=request.now, slot_id=slot_id, reason=form.cleaned_data["reason"])
    except InvalidInput as refusal:
        return render(request, "rota/block.jinja", {**context, "errors": Errors.of_refusal(refusal)}, status=422)
    flash(request, "The slot is blocked.")
    return redirect("session", session_id=session_id)


@rota_page
def slot_unblock(request: StaffRequest, session_id: int, slot_id: int) -> HttpResponse:
    if request.method == "POST":
        operations.unblock_slot(actor=request.actor, now=request.now, slot_id=slot_id)
        flash(request, "The slot can be booked again.")
    return redirect("session", session_id=session_id)


def _show(request: StaffRequest, session_id: int, *, reasons: list[str] | None = None) -> HttpResponse:
    hub_id = request.actor.organisation.id
    view = queries.session(hub_id=hub_id, session_id=session_id)
    slots = [
        (f"{in_london(slot.starts_at):%H:%M} to {in_london(slot.ends_at):%H:%M}", slot)
        for slot in queries.slots_of_session(session_id=session_id)
    ]
    groups = {group.id: group.name for group in groups_of(owner_id=hub_id)}
    context = {
        "session": view,
        "when": _when(view),
        "slots": slots,
        "groups": [name for key, name in groups.items() if key in view.group_ids],
        "limits": limits_of(view, groups),
        "check": codes_to_check(view),
        "reasons": reasons or [],
        "state_colour": pages.state_colour,
        "has_begun": view.starts_at <= request.now,
    }
    return render(request, "rota/session.jinja", context, status=422 if reasons else 200)


def _when(view: queries.SessionView) -> str:
    return f"{in_london(view.starts_at):%A %-d %B %Y}, {pages.times(view)}"


def _form(
    request: StaffRequest, form: SessionOnDayForm | DraftForm, errors: Errors, view: queries.SessionView | None = None
) -> HttpResponse:
    context = {"form": form, "errors": errors, "session": view, "when": _when(view) if view else ""}
    return render(request, "rota/session_form.jinja", context, status=422 if errors else 200)
