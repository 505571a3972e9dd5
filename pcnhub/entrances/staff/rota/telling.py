"""The list of people to tell, and ticking them off."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments.operations.telling import NOTE_AT_MOST, person_told
from pcnhub.care.appointments.queries.telling import people_to_tell as read_people
from pcnhub.care.appointments.rules.telling import TOLD_WORDS
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound

tell_page = page(Permission.BOOK_APPOINTMENTS)


class ToldForm(forms.Form):
    how = forms.ChoiceField(
        choices=list(TOLD_WORDS.items()), error_messages={"required": "Say how the patient was told."}
    )
    note = forms.CharField(required=False, max_length=NOTE_AT_MOST)


@tell_page
def people_to_tell(request: StaffRequest) -> HttpResponse:
    return _list(request, Errors())


@tell_page
def person_to_tell(request: StaffRequest, person_id: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("people-to-tell")
    _at_hub(request)
    form = ToldForm(request.POST)
    if not form.is_valid():
        return _list(request, Errors.of_form(form), status=422)
    try:
        person_told(actor=request.actor, now=request.now, person_id=person_id, **form.cleaned_data)
    except InvalidInput as refusal:
        return _list(request, Errors.of_refusal(refusal), status=422)
    flash(request, "Ticked off: the patient was told.")
    return redirect("people-to-tell")


def _list(request: StaffRequest, errors: Errors, *, status: int = 200) -> HttpResponse:
    _at_hub(request)
    found = [
        (each, f"{in_london(each.person.booking.slot.starts_at):%A %-d %B %Y at %H:%M}")
        for each in read_people(actor=request.actor, now=request.now)
    ]
    context = {"people": found, "ways": TOLD_WORDS, "errors": errors}
    return render(request, "rota/people_to_tell.jinja", context, status=status)


def _at_hub(request: StaffRequest) -> None:
    if request.actor.organisation.kind != OrganisationKind.HUB:
        raise NotFound(
            f"{request.actor.organisation.name} is not a hub: it keeps no list of people to tell.",
            remedy="Sign in with a position at the hub.",
            who_can="the hub's reception",
        )
