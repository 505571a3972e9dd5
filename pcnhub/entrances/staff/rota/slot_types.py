"""What a slot is for: made, changed, copied, retired; what it was mapped to when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.appointments import operations, queries
from pcnhub.care.appointments.rules import AppointmentMode
from pcnhub.care.appointments.rules.details import COLOURS
from pcnhub.care.appointments.rules.mapping import NOT_MAPPED, NationalWords
from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.rota.saving import save_or_show
from pcnhub.entrances.staff.rota.views import rota_page
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london

slot_type_page = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)


class SlotTypeForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=100,
        error_messages={"required": "Enter a name."},
        help_text="Practices see it. For example, EA Nurse – smears.",
    )
    minutes = forms.IntegerField(label="Minutes", error_messages={"required": "Enter the length in minutes."})
    mode = forms.ChoiceField(label="Appointment mode", choices=[(mode.value, mode.value) for mode in AppointmentMode])
    colour = forms.ChoiceField(label="Colour on the rota", choices=[(colour, colour.title()) for colour in COLOURS])
    bookable = forms.BooleanField(label="Patients can be booked into it", required=False)
    patients_may_book = forms.BooleanField(
        label="Patients may book it themselves, by a link of their own",
        help_text="Only what needs no triage.",
        required=False,
    )
    eligibility_text = forms.CharField(
        label="Who it is for", required=False, widget=forms.Textarea, help_text="Whoever books reads this first."
    )
    embargo_minutes = forms.IntegerField(
        label="Opens, minutes before it starts",
        required=False,
        help_text="An embargo, to keep slots for the same day. 1440 is a day. Empty: open at once.",
    )
    dna_after_minutes = forms.IntegerField(
        label="Did not attend, minutes after it starts",
        required=False,
        help_text="Set by itself when nobody has arrived by then. Empty: a person says so.",
    )
    service_setting = forms.ChoiceField(
        label="Service setting",
        required=False,
        help_text="Extended Access Provision for enhanced access. National statistics count what is mapped.",
    )
    context_type = forms.ChoiceField(label="Context type", required=False)
    national_category = forms.ChoiceField(label="National category", required=False)

    def __init__(self, data: Any = None, *, words: NationalWords, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        had = initial.get("national_category", NOT_MAPPED)
        kept = [(had, f"{had} (withdrawn)")] if had in words.withdrawn else []
        self._offer("service_setting", _national(words.service_settings))
        self._offer("context_type", _national(words.context_types))
        self._offer("national_category", [*_national(words.open_categories), *kept])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


@rota_page
def slot_types(request: StaffRequest) -> HttpResponse:
    context = {
        "slot_types": queries.slot_types(hub_id=request.actor.organisation.id, include_retired=True),
        "withdrawn": queries.national_words().withdrawn,
        "may_change": request.actor.may(Permission.MANAGE_ORGANISATION),
    }
    return render(request, "rota/slot_types.jinja", context)


@slot_type_page
def slot_type_new(request: StaffRequest) -> HttpResponse:
    """An empty one, or with `?copy=` one like another under a name of its own."""
    initial: dict[str, Any] = {"minutes": 15, "bookable": True}
    copied = request.GET.get("copy", "")
    if copied.isdecimal():
        view = queries.slot_type(hub_id=request.actor.organisation.id, slot_type_id=int(copied))
        initial = of_slot_type(view) | {"name": f"{view.name} (copy)"}
    return _slot_type(request, initial, None)


@slot_type_page
def slot_type_edit(request: StaffRequest, slot_type_id: int) -> HttpResponse:
    view = queries.slot_type(hub_id=request.actor.organisation.id, slot_type_id=slot_type_id)
    return _slot_type(request, of_slot_type(view), view)


@slot_type_page
def slot_type_retire(request: StaffRequest, slot_type_id: int) -> HttpResponse:
    if request.method == "POST":
        operations.retire_slot_type(actor=request.actor, now=request.now, slot_type_id=slot_type_id)
        flash(request, "The slot type is retired: no new session uses it.")
    return redirect("slot-types")


def of_slot_type(view: queries.SlotTypeView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in SlotTypeForm.base_fields}


def _slot_type(request: StaffRequest, initial: dict[str, Any], view: queries.SlotTypeView | None) -> HttpResponse:
    words = queries.national_words()
    form = SlotTypeForm(request.POST if request.method == "POST" else None, words=words, initial=initial)

    def save() -> None:
        operations.save_slot_type(
            actor=request.actor,
            now=request.now,
            details=operations.SlotTypeDetails(**form.cleaned_data),
            slot_type_id=view.id if view else None,
        )

    history = queries.mappings_of(slot_type_id=view.id) if view else ()
    context = {
        "slot_type": view,
        "history": [(f"{in_london(each.since):%-d %B %Y, %H:%M}", each) for each in history],
        "withdrawn_on": words.withdrawn.get(view.national_category) if view else None,
    }
    return save_or_show(request, form, save, "rota/slot_type.jinja", context, "slot-types")


def _national(words: Iterable[str]) -> list[tuple[str, str]]:
    return [(NOT_MAPPED, "Not mapped"), *((word, word) for word in words)]
