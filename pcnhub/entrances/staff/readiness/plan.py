"""The way to go-live on a page, as CSV and as a calendar: what must begin when, at whom, and what if."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from icalendar import Calendar, Event

from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import DateField, Errors
from pcnhub.entrances.staff.readiness import pages
from pcnhub.entrances.staff.readiness.chart import chart
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput
from pcnhub.foundations.kernel.tables import csv_of
from pcnhub.insight.readiness import checking, lists, operations, planning, queries
from pcnhub.insight.readiness.operations.aims import FURTHEST
from pcnhub.insight.readiness.planning import Key, Plan, Step

MOST_ASSUMED = 20


class AimForm(forms.Form):
    go_live_on = DateField(
        label="Day of going live", error_messages={"required": "Enter the day on which the hub is to go live."}
    )


class AssumeForm(forms.Form):
    """What if: a step that will be done by a day that somebody promised."""

    step = forms.ChoiceField(label="If this", error_messages={"required": "Choose a step."})
    by = DateField(label="is done by", error_messages={"required": "Enter the day."})

    def __init__(self, given: QueryDict | None, *, steps: tuple[Step, ...], today: date) -> None:
        super().__init__(given)
        self._latest = today + FURTHEST
        field = self.fields["step"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", "Choose a step"), *((_name(each.key), _words(each)) for each in steps)]

    def clean_by(self) -> date:
        day: date = self.cleaned_data["by"]
        if day > self._latest:
            raise forms.ValidationError(
                f"The day is more than two years away. Enter a day up to {self._latest:%-d %B %Y}."
            )
        return day


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, opens_work=False)
def plan(request: StaffRequest) -> HttpResponse:
    hub = queries.hub_seen_by(actor=request.actor, now=request.now)
    may_aim = not hub.is_live and request.actor.organisation == hub and request.actor.may(Permission.MANAGE_READINESS)
    aim = AimForm(request.POST if request.method == "POST" else None)
    errors = Errors()
    if request.method == "POST":
        if not aim.is_valid():
            errors = Errors.of_form(aim)
        else:
            try:
                wanted = aim.cleaned_data["go_live_on"]
                operations.aim_for(actor=request.actor, now=request.now, hub_id=hub.id, go_live_on=wanted)
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "The plan counts back from that day.")
                return redirect("readiness-plan")
    checking.check(now=request.now, hub_id=hub.id, probes=False)
    today = london_date(request.now)
    assumed = assumptions(request.GET, today=today)
    made = None
    if not hub.is_live:  # once it is, each organisation's own list says more than a day that is over
        made = queries.way_to_go_live(actor=request.actor, now=request.now, hub_id=hub.id, assumed=assumed)
    grid = made.grid if made else queries.grid(actor=request.actor, now=request.now, hub_id=hub.id)
    steps = made.steps if made else ()
    asks = "step" in request.GET
    assume = AssumeForm(request.GET if asks else None, steps=steps, today=today)
    if asks and assume.is_valid():
        step = assume.cleaned_data["step"]
        return redirect(f"{reverse('readiness-plan')}?{_query({**assumed, _key(step): assume.cleaned_data['by']})}")
    if asks:
        errors = Errors.of_form(assume)
    context = {
        "hub": hub,
        "plan": made,
        "weeks": _weeks(made) if made else [],
        "by_week": [_in_week(week) for week in planning.weeks(made)] if made else [],
        "chart": chart(made) if made else None,
        "turns": lists.network_turns(actor=request.actor, now=request.now, hub_id=hub.id),
        "organisations": [row.organisation for row in grid.rows],
        "aim": aim,
        "assume": assume,
        "assumed": [
            (step, _query({key: day for key, day in assumed.items() if key != step.key}))
            for step in steps
            if step.is_assumed
        ],
        "query": _query(assumed),
        "may_aim": may_aim,
        "is_hub": request.actor.organisation == hub,
        "mend": lambda step: pages.shown(step.cell, viewer=request.actor.organisation, hub_id=hub.id),
        "day": day,
        "errors": errors,
    }
    return render(request, "readiness/plan.jinja", context, status=422 if errors else 200)


HEADS = (
    "Check", "Title", "Organisation", "Whose move", "What to do", "Begin by", "Done by", "Working days", "Spare",
)  # fmt: skip


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",), opens_work=False)
def plan_csv(request: StaffRequest) -> HttpResponse:
    """The to-do list as a table."""
    made = _made(request)
    rows = (
        (
            cell.requirement.id, cell.requirement.title, cell.organisation.name, cell.whose_move,
            cell.fix.what if cell.fix else "", step.latest_start, step.latest_done, cell.requirement.lead_days, step.spare,
        )
        for step in (made.steps if made else ())
        for cell in (step.cell,)
    )  # fmt: skip
    return _file(csv_of(HEADS, rows).encode(), "text/csv; charset=utf-8", "go-live-plan.csv")


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",), opens_work=False)
def plan_ics(request: StaffRequest) -> HttpResponse:
    """The same as a calendar: each step on the day on which it must begin at the latest, and the day of going live."""
    made = _made(request)
    calendar = Calendar()
    calendar.add("prodid", "-//PCN Hub//Go-live plan//EN")
    calendar.add("version", "2.0")
    for step in made.steps if made else ():
        move = f"{step.cell.whose_move}: {step.cell.fix.what}" if step.cell.fix else step.cell.whose_move
        _add(calendar, request.now, _name(step.key), step.latest_start, f"Begin: {_words(step)}", move)
    if made:
        _add(calendar, request.now, "go-live", made.target, f"{made.grid.network_name}: going live", "")
    return _file(calendar.to_ical(), "text/calendar; charset=utf-8", "go-live-plan.ics")


def assumptions(given: QueryDict, *, today: date) -> dict[Key, date]:
    """`if=CHK-05:2:2026-11-26`, as often as wanted; what can't be read, or no plan reaches, is left out: days are counted one by
    one, and a year that was mistyped would be counted for long."""
    latest = today + FURTHEST
    found: dict[Key, date] = {}
    for text in given.getlist("if")[:MOST_ASSUMED]:
        name, _, day = text.rpartition(":")
        check_id, _, number = name.rpartition(":")
        try:
            on = date.fromisoformat(day)
            found |= {(check_id, int(number)): on} if on <= latest else {}
        except ValueError:
            continue
    return found


def day(of: date) -> str:
    return f"{of:%a %-d %b %Y}"


def _made(request: StaffRequest) -> Plan | None:
    hub = queries.hub_seen_by(actor=request.actor, now=request.now)
    assumed = assumptions(request.GET, today=london_date(request.now))
    return queries.way_to_go_live(actor=request.actor, now=request.now, hub_id=hub.id, assumed=assumed)


def _weeks(made: Plan) -> list[tuple[date, list[Step]]]:
    """The steps by the week in which they must begin; those that should have begun stand in this week."""
    weeks: dict[date, list[Step]] = {}
    for step in made.steps:
        begin = max(step.latest_start, made.today)
        weeks.setdefault(begin - timedelta(days=begin.weekday()), []).append(step)
    return sorted(weeks.items())


@dataclass(frozen=True, slots=True)
class InWeek:
    """A week in words: what can run side by side in it, and how much must begin or be done."""

    monday: date
    running: str
    begin: int
    done: int


def _in_week(week: planning.Week) -> InWeek:
    at = Counter(step.cell.organisation.name for step in week.running)
    running = f"{len(week.running)}: {', '.join(f'{name} {number}' for name, number in at.items())}" if at else "none"
    return InWeek(week.begins_on, running, len(week.to_begin), len(week.to_end))


def _add(calendar: Calendar, now: datetime, name: str, day: date, summary: str, description: str) -> None:
    event = Event()
    event.add("uid", f"{name}@pcnhub")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", day)
    event.add("summary", summary)
    if description:
        event.add("description", description)
    calendar.add_component(event)


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _name(key: Key) -> str:
    return f"{key[0]}:{key[1]}"


def _key(name: str) -> Key:
    check_id, _, number = name.rpartition(":")
    return check_id, int(number)


def _words(step: Step) -> str:
    return f"{step.cell.requirement.id} {step.cell.requirement.title}, {step.cell.organisation.name}"


def _query(assumed: dict[Key, date]) -> str:
    made = QueryDict(mutable=True)
    made.setlist("if", [f"{_name(key)}:{day.isoformat()}" for key, day in assumed.items()])
    return made.urlencode(safe=":")
