"""People and their positions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.operations import end_position, make_account, save_position
from pcnhub.care.organisations.queries import find_account, position
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors, FieldError
from pcnhub.entrances.staff.people import pages
from pcnhub.entrances.staff.people.forms import (
    EndForm,
    KnownPersonForm,
    PersonAndPositionForm,
    PositionForm,
    of_position,
)
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound

people_page = page(Permission.MANAGE_PEOPLE, purpose=Purpose.ADMINISTRATION)


@people_page
def people(request: StaffRequest) -> HttpResponse:
    """The list. A search is sent as a form, so that no name stands in an address."""
    text = request.POST.get("text", "").strip()
    number = request.GET.get("page", "")
    day = london_date(request.now)
    found = pages.people_page(
        actor=request.actor, day=day, text=text, number=int(number) if number.isdecimal() and len(number) < 9 else 1
    )
    return render(
        request, "people/people.jinja", {"found": found, "text": text, "day": day, "ends_soon": pages.ends_soon}
    )


@people_page
def person(request: StaffRequest, account_id: int) -> HttpResponse:
    day = london_date(request.now)
    who, here, elsewhere = pages.colleague(actor=request.actor, account_id=account_id, day=day)
    context = {
        "person": who,
        "positions": here,
        "elsewhere": elsewhere,
        "sign_in": pages.sign_in_of(who),
        "activity_names": pages.activity_names(),
        "is_self": request.actor.account_id == account_id,
        "is_keeper": who.looked_after_by is not None and who.looked_after_by.id == request.actor.organisation.id,
        "day": day,
        "ends_soon": pages.ends_soon,
    }
    return render(request, "people/person.jinja", context)


@people_page
def person_new(request: StaffRequest) -> HttpResponse:
    """Somebody new: account and first position in one go. The temporary password is on the answer, and nowhere else."""
    form = PersonAndPositionForm(
        request.POST if request.method == "POST" else None, initial={"starts_on": london_date(request.now)}
    )
    if request.method != "POST":
        return _form(request, "people/person_new.jinja", form)
    if not form.is_valid():
        return _form(request, "people/person_new.jinja", form, Errors.of_form(form))
    try:
        with unit_of_work(request.actor):
            made = make_account(actor=request.actor, now=request.now, facts=form.account_facts())
            save_position(
                actor=request.actor,
                now=request.now,
                facts=form.position_facts(account_id=made.id, organisation_id=request.actor.organisation.id),
            )
    except InvalidInput as refusal:
        return _form(request, "people/person_new.jinja", form, Errors.of_refusal(refusal))
    context = {
        "name": f"{form.cleaned_data['given_name']} {form.cleaned_data['family_name']}",
        "username": form.account_facts().username.lower(),
        "password": made.temporary_password,
        "account_id": made.id,
        "is_new": True,
    }
    return render(request, "people/temporary_password.jinja", context)


@people_page
def person_known(request: StaffRequest) -> HttpResponse:
    """A position here for somebody who signs in elsewhere: one person, one account."""
    form = KnownPersonForm(
        request.POST if request.method == "POST" else None, initial={"starts_on": london_date(request.now)}
    )
    if request.method != "POST":
        return _form(request, "people/person_known.jinja", form)
    errors = Errors.of_form(form)
    known = find_account(username=form.cleaned_data.get("known_as", "")) if "known_as" in form.cleaned_data else None
    if known is None and "known_as" in form.cleaned_data:
        unknown = FieldError(
            "known_as", "Nobody signs in with this user name. Check it with them, or add a new person."
        )
        errors = Errors([unknown, *errors.problems])
    if errors or known is None:
        return _form(request, "people/person_known.jinja", form, errors)
    try:
        save_position(
            actor=request.actor,
            now=request.now,
            facts=form.position_facts(account_id=known.id, organisation_id=request.actor.organisation.id),
        )
    except InvalidInput as refusal:
        return _form(request, "people/person_known.jinja", form, Errors.of_refusal(refusal))
    flash(request, "The position is added.")
    return redirect("person", account_id=known.id)


@people_page
def position_new(request: StaffRequest, account_id: int) -> HttpResponse:
    """One more position here for a colleague."""
    day = london_date(request.now)
    who, _, _ = pages.colleague(actor=request.actor, account_id=account_id, day=day)
    return _save_position(request, PositionForm, account_id, {"starts_on": day}, {"person": who, "position": None})


@people_page
def position_edit(request: StaffRequest, position_id: int) -> HttpResponse:
    day = london_date(request.now)
    held = position(id=position_id, day=day)
    who, here, _ = pages.colleague(actor=request.actor, account_id=held.account_id, day=day)
    if held.id not in {each.id for each in here}:
        raise NotFound("There is no such position at your organisation.", remedy="Choose one from the people page.")
    return _save_position(
        request, PositionForm, held.account_id, of_position(held), {"person": who, "position": held}, position_id
    )


@people_page
def position_end(request: StaffRequest, position_id: int) -> HttpResponse:
    day = london_date(request.now)
    held = position(id=position_id, day=day)
    who, here, _ = pages.colleague(actor=request.actor, account_id=held.account_id, day=day)
    if held.id not in {each.id for each in here}:
        raise NotFound("There is no such position at your organisation.", remedy="Choose one from the people page.")
    form = EndForm(request.POST if request.method == "POST" else None, initial={"ends_on": day})
    context: dict[str, Any] = {"person": who, "position": held}
    if request.method != "POST":
        return _form(request, "people/position_end.jinja", form, **context)
    if not form.is_valid():
        return _form(request, "people/position_end.jinja", form, Errors.of_form(form), **context)
    try:
        end_position(
            actor=request.actor, now=request.now, position_id=position_id, ends_on=form.cleaned_data["ends_on"]
        )
    except InvalidInput as refusal:
        return _form(request, "people/position_end.jinja", form, Errors.of_refusal(refusal), **context)
    flash(request, "The end of the position is saved.")
    return redirect("person", account_id=held.account_id)


def _save_position(
    request: StaffRequest,
    kind: type[PositionForm],
    account_id: int,
    initial: dict[str, Any],
    context: dict[str, Any],
    position_id: int | None = None,
) -> HttpResponse:
    form = kind(request.POST if request.method == "POST" else None, initial=initial)
    if request.method != "POST":
        return _form(request, "people/position.jinja", form, **context)
    if not form.is_valid():
        return _form(request, "people/position.jinja", form, Errors.of_form(form), **context)
    try:
        save_position(
            actor=request.actor,
            now=request.now,
            facts=form.position_facts(account_id=account_id, organisation_id=request.actor.organisation.id),
            position_id=position_id,
        )
    except InvalidInput as refusal:
        return _form(request, "people/position.jinja", form, Errors.of_refusal(refusal), **context)
    flash(request, "The position is saved.")
    return redirect("person", account_id=account_id)


def _form(
    request: StaffRequest, template: str, form: Any, errors: Errors | None = None, **context: Any
) -> HttpResponse:
    categories = pages.job_categories(request.actor, london_date(request.now))
    shown = {"form": form, "errors": errors or Errors(), "job_categories": categories, **context}
    return render(request, template, shown, status=422 if errors else 200)
