"""Every consultation of the hub: where its copy is, what is wrong, whose move; and the other way there."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.writeback import operations
from pcnhub.care.writeback.queries import Show, copies_page, copy_of_hub, report, window_of
from pcnhub.care.writeback.rules import Alarm, CopyState, Route
from pcnhub.connections.mesh import report_pdf
from pcnhub.connections.mesh.silence import silence
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.writeback.forms import OtherWayForm, WaitingTimeForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import InvalidInput

SHOW_WORDS = {
    Show.PERSON: "Needs somebody",
    Show.KEPT: "Kept, goes by itself",
    Show.GOING: "On its way",
    Show.HOME: "At the practice",
    Show.OTHER: "Replaced, or in another way",
    Show.ALL: "All",
}
ROUTE_WORDS = {Route.RECORD: "Into its record", Route.MESH: "By MESH"}
ALARM_WORDS = {Alarm.NONE: "", Alarm.NEAR: "Time nearly up", Alarm.PASSED: "Too late"}
COLOURS = {
    CopyState.ACKNOWLEDGED: "green",
    CopyState.NEEDS_ACTION: "red",
    CopyState.REFUSED: "red",
    CopyState.BLOCKED: "orange",
    CopyState.SUPERSEDED: "grey",
    CopyState.SENT_OTHERWISE: "purple",
}
MINUTE = timedelta(minutes=1)


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",))
def listed(request: StaffRequest) -> HttpResponse:
    asked = request.GET.get("show", Show.PERSON.value)
    show = Show(asked) if asked in set(Show) else Show.PERSON
    practice, number = request.GET.get("practice", ""), request.GET.get("page", "1")
    found = copies_page(
        actor=request.actor,
        now=request.now,
        show=show,
        practice_ods=practice,
        page=int(number) if number.isdecimal() else 1,
    )
    context = {
        "found": found,
        "now": request.now,
        "show": show,
        "practice": practice,
        "shows": [(each.value, f"{SHOW_WORDS[each]} ({found.counts[each]})") for each in Show],
        "route_words": ROUTE_WORDS,
        "alarm_words": ALARM_WORDS,
        "colours": COLOURS,
        "silence": silence(actor=request.actor),
        "leaving": {CopyState.HANDED_OVER, CopyState.SENDING},
        "may_open": request.actor.may(Permission.CONSULT),
        "may_act": request.actor.may(Permission.CONSULT) or request.actor.may(Permission.MEND_FAILURES),
        "may_set": request.actor.may(Permission.MANAGE_ORGANISATION),
        "here": request.get_full_path(),
        "clock": lambda instant: f"{in_london(instant):%-d %b %Y %H:%M}",
    }
    return render(request, "writeback/copies.jinja", context)


@page()
def other_way(request: StaffRequest, copy_id: int) -> HttpResponse:
    copy = copy_of_hub(actor=request.actor, now=request.now, copy_id=copy_id)
    form, errors = OtherWayForm(request.POST or None), Errors()
    if request.method == "POST":
        errors = Errors.of_form(form) if not form.is_valid() else Errors()
        if not errors:
            try:
                operations.sent_otherwise(actor=request.actor, now=request.now, copy_id=copy_id, **form.cleaned_data)
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "Noted. The consultation counts as sent in another way, and is not sent from here.")
                return redirect("writeback-copies" if request.actor.may(Permission.VIEW_READINESS) else "today")
    context = {"copy": copy, "form": form, "errors": errors or None, "may_open": request.actor.may(Permission.CONSULT)}
    return render(request, "writeback/other_way.jinja", context, status=422 if errors else 200)


@page(Permission.CONSULT, methods=("GET",))
def report_as_pdf(request: StaffRequest, copy_id: int) -> HttpResponse:
    made = report(actor=request.actor, now=request.now, copy_id=copy_id)
    answer = HttpResponse(report_pdf(made), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="consultation-report-{copy_id}.pdf"'
    return answer


@page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
def waiting_time(request: StaffRequest) -> HttpResponse:
    now_set = window_of(organisation_id=request.actor.organisation.id) // MINUTE
    form, errors = WaitingTimeForm(request.POST or None, initial={"minutes": now_set}), Errors()
    if request.method == "POST":
        errors = Errors.of_form(form) if not form.is_valid() else Errors()
        if not errors:
            try:
                operations.set_window(actor=request.actor, now=request.now, minutes=form.cleaned_data["minutes"])
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "Saved. It holds for consultations that are finished or amended from now on.")
                return redirect("writeback-waiting-time")
    return render(
        request,
        "writeback/waiting_time.jinja",
        {"form": form, "errors": errors or None},
        status=422 if errors else 200,
    )
