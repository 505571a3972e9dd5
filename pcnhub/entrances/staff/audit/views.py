"""The list of events, with filters. Which patient an event was about is asked on the patient's own page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from pcnhub.care.organisations.queries import organisation_refs
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.records.queries import open_overrides
from pcnhub.entrances.staff.door import StaffRequest, page, render
from pcnhub.entrances.staff.forms import DateField, Errors, FieldError
from pcnhub.foundations.audit import queries
from pcnhub.foundations.audit.queries import EventFilter, EventPage
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london, london_date

DAYS_SHOWN = timedelta(days=6)
MOST_NAMED = 50  # people of one name: an address has an end


class FilterForm(forms.Form):
    day_from = DateField(label="From", required=False)
    day_to = DateField(label="To", required=False)
    action = forms.ChoiceField(label="About", required=False)
    who = forms.CharField(label="Staff name", required=False, max_length=100)
    others = forms.BooleanField(label="Only what other organisations did with our data", required=False)

    def __init__(self, given: QueryDict | None, *, actions: tuple[str, ...], initial: dict[str, object]) -> None:
        super().__init__(given, initial=initial)
        field = self.fields["action"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", "Everything"), *((action, action.replace("-", " ").capitalize()) for action in actions)]

    def wanted(self, users: tuple[str, ...]) -> EventFilter:
        given = self.cleaned_data if self.is_bound else self.initial
        return EventFilter(
            day_from=given.get("day_from"),
            day_to=given.get("day_to"),
            action=given.get("action", ""),
            users=users,
            others_only=bool(given.get("others")),
        )


@page(Permission.VIEW_AUDIT, purpose=Purpose.AUDIT, methods=("GET", "POST"))
def audit(request: StaffRequest) -> HttpResponse:
    """The filter is sent as a form and comes back as an address, in which a name has become the ids of who bears it."""
    today = london_date(request.now)
    query = (request.POST if request.method == "POST" else request.GET).copy()
    query.pop("csrfmiddlewaretoken", None)
    number = query.pop("page", ["1"])[-1]
    users = tuple(filter(None, query.get("by", "").split(",")))
    form = FilterForm(
        query or None,
        actions=queries.actions(actor=request.actor),
        initial={"day_from": today - DAYS_SHOWN, "day_to": today},
    )
    errors, found = Errors(), EventPage((), 1, 1, 0)
    if form.is_bound and not form.is_valid():
        errors = Errors.of_form(form)
    elif request.method == "POST":
        name = "".join(query.pop("who", [""])).strip()
        named = queries.users_named(actor=request.actor, text=name) if name else ()
        if named or not name:
            query["by"] = ",".join(named[:MOST_NAMED])
            return redirect(f"{reverse('audit')}?{query.urlencode()}")
        errors = Errors([FieldError("who", "Nobody in this audit has such a name. Try fewer letters.")])
    else:
        found = queries.events(
            actor=request.actor,
            now=request.now,
            wanted=form.wanted(users),
            page=int(number) if number.isdecimal() and len(number) < 9 else 1,
        )
    for field in form.fields.values():
        field.required = True  # cleaned already; "(optional)" beside each filter would only be noise
    names = {each.id: each.name for each in organisation_refs(ids=[event.organisation_id for event in found.items])}
    context = {
        "form": form,
        "found": found,
        "names": names,
        "errors": errors or None,
        "query": query.urlencode(),
        "by": queries.names_of(actor=request.actor, users=users) if users else (),
        "clock": clock,
        "words": words,
        "unseen": open_overrides(actor=request.actor),
    }
    return render(request, "audit/audit.jinja", context, status=422 if errors else 200)


def words(action: str) -> str:
    """`patients.audit-opened` reads: Patients: audit opened."""
    room, _, act = action.partition(".")
    return f"{room.capitalize()}: {act.replace('-', ' ')}"


def clock(instant: datetime) -> str:
    return f"{in_london(instant):%-d %b %Y, %H:%M:%S}"
