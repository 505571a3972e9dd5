"""Single slots of a session: put one in, split one, take one out."""

from __future__ import annotations

from datetime import time

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments import queries
from pcnhub.care.appointments.operations.slots import insert_slot, split_slot, take_out_slot
from pcnhub.entrances.staff.door import StaffRequest, flash, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.rota.forms import ReasonForm
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.refusals import InvalidInput


class InsertForm(forms.Form):
    starts_at = forms.TimeField(
        label="Starts", help_text="For example, 18:30.", error_messages={"required": "Enter a time."}
    )
    minutes = forms.IntegerField(label="Minutes", error_messages={"required": "Enter the length in minutes."})
    slot_type_id = forms.TypedChoiceField(
        label="Slot type", coerce=int, error_messages={"required": "Choose a slot type."}
    )


@rota_page
def slot_new(request: StaffRequest, session_id: int) -> HttpResponse:
    hub_id = request.actor.organisation.id
    view = queries.session(hub_id=hub_id, session_id=session_id)
    there = queries.slots_of_session(session_id=session_id)
    starting = {"starts_at": f"{in_london(view.ends_at):%H:%M}"}
    if there:
        starting |= {"minutes": str(there[-1].minutes), "slot_type_id": str(there[-1].slot_type_id)}
    form = InsertForm(request.POST if request.method == "POST" else None, initial=starting)
    form.fields["slot_type_id"].choices = [  # type: ignore[attr-defined]
        (str(kind.id), f"{kind.name} ({kind.minutes} minutes)") for kind in queries.slot_types(hub_id=hub_id)
    ]
    context = {
        "title": "Put a slot in",
        "said": f"{view.name}, {in_london(view.starts_at):%A %-d %B %Y, %H:%M} to {in_london(view.ends_at):%H:%M}",
        "hint": "Into a gap, or before or after the others: the session grows with it.",
        "button_words": "Put the slot in",
        "session_id": session_id,
        "form": form,
    }
    if request.method != "POST":
        return render(request, "rota/slot.jinja", {**context, "errors": Errors()})
    errors = Errors.of_form(form)
    if not errors:
        given = form.cleaned_data
        starts_at: time = given["starts_at"]
        try:
            insert_slot(
                actor=request.actor,
                now=request.now,
                session_id=session_id,
                starts_at=starts_at,
                minutes=given["minutes"],
                slot_type_id=given["slot_type_id"],
            )
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
        else:
            flash(request, f"There is a slot at {starts_at:%H:%M}.")
            return redirect("session", session_id=session_id)
    return render(request, "rota/slot.jinja", {**context, "errors": errors}, status=422)


@rota_page
def slot_split(request: StaffRequest, session_id: int, slot_id: int) -> HttpResponse:
    if request.method == "POST":
        split_slot(actor=request.actor, now=request.now, slot_id=slot_id)
        flash(request, "The slot is two slots now.")
    return redirect("session", session_id=session_id)


@rota_page
def slot_take_out(request: StaffRequest, session_id: int, slot_id: int) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    view = queries.session(hub_id=request.actor.organisation.id, session_id=session_id)
    slot = next((each for each in queries.slots_of_session(session_id=session_id) if each.id == slot_id), None)
    context = {
        "title": f"Take out the slot at {in_london(slot.starts_at):%H:%M}" if slot else "Take out a slot",
        "said": f"{view.name}, {in_london(view.starts_at):%A %-d %B %Y}",
        "hint": "It leaves the book, and the gap stays. It cannot be taken back; another can be put in.",
        "button_words": "Take it out",
        "session_id": session_id,
        "form": form,
    }
    if request.method != "POST":
        return render(request, "rota/slot.jinja", {**context, "errors": Errors()})
    if not form.is_valid():
        return render(request, "rota/slot.jinja", {**context, "errors": Errors.of_form(form)}, status=422)
    take_out_slot(actor=request.actor, now=request.now, slot_id=slot_id, reason=form.cleaned_data["reason"])
    flash(request, "The slot is out of the book.")
    return redirect("session", session_id=session_id)
