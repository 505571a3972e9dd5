"""Making sessions from the weekly ones, and publishing the drafts of some days; both say what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import HttpResponse

from pcnhub.care.appointments import operations, queries
from pcnhub.care.appointments.operations import LeftAsDraft
from pcnhub.entrances.staff.door import StaffRequest, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.rota import pages
from pcnhub.entrances.staff.rota.forms import MakeForm, RangeForm
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.kernel.local_time import in_london, london_date, week_start


@rota_page
def make(request: StaffRequest) -> HttpResponse:
    """Make and publish the sessions of the weekly templates up to a day; what stays a draft is listed with its reasons."""
    today = london_date(request.now)
    form = MakeForm(request.POST if request.method == "POST" else None, initial={"until": today + timedelta(days=27)})
    if request.method == "POST" and form.is_valid():
        made = operations.make_sessions(
            actor=request.actor,
            now=request.now,
            hub_id=request.actor.organisation.id,
            until=form.cleaned_data["until"],
        )
        context = {
            "made": made,
            "drafts": _drafts(request, made.drafts),
            "left_out": [(f"{each.day:%a %-d %B %Y}", each) for each in sorted(made.left_out, key=lambda one: one.day)],
        }
        return render(request, "rota/made.jinja", context)
    errors = Errors.of_form(form) if request.method == "POST" else Errors()
    return render(request, "rota/make.jinja", {"form": form, "errors": errors}, status=422 if errors else 200)


@rota_page
def publish(request: StaffRequest) -> HttpResponse:
    """Publish every draft of a week, or of the days that are asked for."""
    first = week_start(pages.day_of(request.GET.get("week", ""), otherwise=london_date(request.now)))
    initial = {"from_on": first, "to_on": first + timedelta(days=6)}
    form = RangeForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = operations.publish_sessions(actor=request.actor, now=request.now, **form.cleaned_data)
        drafts = _drafts(request, done.drafts)
        return render(request, "rota/published.jinja", {"published": done.published, "drafts": drafts})
    errors = Errors.of_form(form) if request.method == "POST" else Errors()
    return render(request, "rota/publish.jinja", {"form": form, "errors": errors}, status=422 if errors else 200)


def _drafts(request: StaffRequest, drafts: Iterable[LeftAsDraft]) -> list[tuple[Any, ...]]:
    found = []
    for draft in drafts:
        view = queries.session(hub_id=request.actor.organisation.id, session_id=draft.session_id)
        found.append((view, f"{in_london(view.starts_at):%a %-d %B, %H:%M}", draft.reasons))
    return sorted(found, key=lambda each: each[0].starts_at)
