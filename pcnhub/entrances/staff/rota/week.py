"""The rota to look at: a week, a day, and both for printing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse

from pcnhub.care.appointments.queries import clinic_list
from pcnhub.care.appointments.queries.rota import RotaView
from pcnhub.care.appointments.queries.rota import rota as read_rota
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, render
from pcnhub.entrances.staff.rota import pages, showing
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.kernel.local_time import london_date, week_start


@rota_page
def rota(request: StaffRequest) -> HttpResponse:
    return render(request, "rota/week.jinja", _week(request))


@rota_page
def rota_day(request: StaffRequest) -> HttpResponse:
    return render(request, "rota/day.jinja", _day(request))


@rota_page
def rota_print(request: StaffRequest) -> HttpResponse:
    """A week or a day on paper. Patients stand on it only when asked for, for who may run the clinic list, and on record."""
    if "day" not in request.GET:
        return render(request, "rota/print_week.jinja", _week(request))
    context = _day(request)
    clinics = None
    if request.GET.get("patients") and request.actor.may(Permission.RUN_CLINIC_LIST):
        found = clinic_list(actor=request.actor, now=request.now, day=context["day"])
        clinics = [showing.sheet_of(each) for each in found]
    return render(request, "rota/print_day.jinja", {**context, "clinics": clinics})


def _week(request: StaffRequest) -> dict[str, Any]:
    today = london_date(request.now)
    first = week_start(pages.day_of(request.GET.get("week", ""), otherwise=today))
    view = _read(request, first, first + timedelta(days=6))
    by = _by(request)
    return {
        "week": showing.week_of(view, by=by, today=today),
        "today": today,
        "figures": showing.figures_of(view.week),
        "drafts": [(showing.clock(one.starts_at), london_date(one.starts_at), one) for one in view.drafts],
        "shut": view.shut,
    }


def _day(request: StaffRequest) -> dict[str, Any]:
    today = london_date(request.now)
    day = pages.day_of(request.GET.get("day", ""), otherwise=today)
    view = _read(request, day, day)
    by = _by(request)
    return {
        "day": day,
        "words": f"{day:%A %-d %B %Y}",
        "previous": day - timedelta(days=1),
        "next": day + timedelta(days=1),
        "today": today,
        "by": by,
        "groups": showing.grouped(view.sessions, by=by),
        "figures": showing.figures_of(view.week),
        "shut": view.shut,
        "showing": showing,
        "may_see_patients": request.actor.may(Permission.RUN_CLINIC_LIST),
    }


def _read(request: StaffRequest, first: date, last: date) -> RotaView:
    return read_rota(hub_id=request.actor.organisation.id, from_on=first, to_on=last, now=request.now)


def _by(request: StaffRequest) -> str:
    return showing.BY_SITE if request.GET.get("by") == showing.BY_SITE else showing.BY_CLINICIAN
