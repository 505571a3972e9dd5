"""A colleague's account: what is said of them, and help with signing in."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.operations import (
    deactivate_account,
    hand_over_account,
    reactivate_account,
    reset_code,
    reset_password,
    save_account,
    unlock,
)
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.people import pages
from pcnhub.entrances.staff.people.forms import HandOverForm, PersonForm, ReasonForm
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput

people_page = page(Permission.MANAGE_PEOPLE, purpose=Purpose.ADMINISTRATION)
people_act = page(Permission.MANAGE_PEOPLE, purpose=Purpose.ADMINISTRATION, methods=("POST",))


@people_page
def person_edit(request: StaffRequest, account_id: int) -> HttpResponse:
    who, _, _ = pages.colleague(actor=request.actor, account_id=account_id, day=london_date(request.now))
    initial = {name: getattr(who, name) for name in PersonForm.base_fields}
    form = PersonForm(request.POST if request.method == "POST" else None, initial=initial)
    errors = Errors()
    if request.method == "POST":
        errors = Errors.of_form(form)
        if not errors:
            try:
                save_account(actor=request.actor, now=request.now, account_id=account_id, facts=form.account_facts())
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal)
            else:
                flash(request, "The details are saved.")
                return redirect("person", account_id=account_id)
    context = {"form": form, "errors": errors, "person": who}
    return render(request, "people/person_edit.jinja", context, status=422 if errors else 200)


@people_page
def person_deactivate(request: StaffRequest, account_id: int) -> HttpResponse:
    """Asks for a reason first: the person is out at their next click."""
    who, _, elsewhere = pages.colleague(actor=request.actor, account_id=account_id, day=london_date(request.now))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        deactivate_account(
            actor=request.actor, now=request.now, account_id=account_id, reason=form.cleaned_data["reason"]
        )
        flash(request, "The account is switched off.")
        return redirect("person", account_id=account_id)
    errors = Errors.of_form(form) if request.method == "POST" else Errors()
    context = {"form": form, "errors": errors, "person": who, "elsewhere": elsewhere}
    return render(request, "people/deactivate.jinja", context, status=422 if errors else 200)


@people_act
def person_reactivate(request: StaffRequest, account_id: int) -> HttpResponse:
    _colleague(request, account_id)
    reactivate_account(actor=request.actor, now=request.now, account_id=account_id)
    flash(request, "The account is switched on again.")
    return redirect("person", account_id=account_id)


@people_act
def person_reset_password(request: StaffRequest, account_id: int) -> HttpResponse:
    """The temporary password is on the answer, and nowhere else."""
    who, _, _ = pages.colleague(actor=request.actor, account_id=account_id, day=london_date(request.now))
    password = reset_password(actor=request.actor, now=request.now, account_id=account_id)
    context = {"name": who.name, "username": who.username, "password": password, "account_id": who.id, "is_new": False}
    return render(request, "people/temporary_password.jinja", context)


@people_act
def person_reset_code(request: StaffRequest, account_id: int) -> HttpResponse:
    _colleague(request, account_id)
    reset_code(actor=request.actor, now=request.now, account_id=account_id)
    flash(request, "The code is reset. They set up their app at their next sign-in.")
    return redirect("person", account_id=account_id)


@people_page
def person_hand_over(request: StaffRequest, account_id: int) -> HttpResponse:
    """To one of the other organisations where the person works."""
    day = london_date(request.now)
    who, _, _ = pages.colleague(actor=request.actor, account_id=account_id, day=day)
    places = pages.places_elsewhere(actor=request.actor, account_id=account_id, day=day)
    form = HandOverForm(request.POST if request.method == "POST" else None, places=places)
    errors = Errors.of_form(form) if request.method == "POST" else Errors()
    if request.method == "POST" and not errors:
        hand_over_account(
            actor=request.actor,
            now=request.now,
            account_id=account_id,
            organisation_id=int(form.cleaned_data["organisation_id"]),
        )
        flash(request, "The account is handed over.")
        return redirect("person", account_id=account_id)
    context = {"form": form, "errors": errors, "person": who}
    return render(request, "people/hand_over.jinja", context, status=422 if errors else 200)


@people_act
def person_unlock(request: StaffRequest, account_id: int) -> HttpResponse:
    unlock(actor=request.actor, now=request.now, account_id=account_id)
    flash(request, "The sign-in is unlocked.")
    return redirect("person", account_id=account_id)


def _colleague(request: StaffRequest, account_id: int) -> None:
    pages.colleague(actor=request.actor, account_id=account_id, day=london_date(request.now))
