"""What is typed to find a slot and to book it. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from django import forms

from pcnhub.care.appointments.queries import SlotCriteria, slot_types
from pcnhub.care.appointments.rules import PRACTITIONER_FAMILIES, DeliveryChannel
from pcnhub.care.organisations.queries import hubs_of, sites_of
from pcnhub.entrances.staff.forms import DateField
from pcnhub.foundations.kernel.actors import Actor

TIMES_OF_DAY: dict[str, tuple[str, time | None, time | None]] = {
    "morning": ("Morning, before 12:00", None, time(12)),
    "afternoon": ("Afternoon, 12:00 to 17:00", time(12), time(17)),
    "evening": ("Evening, from 17:00", time(17), None),
}
ANY = ("", "Any")


class SearchForm(forms.Form):
    """The filters. Every choice is optional; without days, the next 14."""

    from_on = DateField(label="From", required=False)
    to_on = DateField(label="To, at most 14 days", required=False)
    time_of_day = forms.ChoiceField(
        label="Time of day", required=False, choices=[ANY, *((key, text) for key, (text, *_) in TIMES_OF_DAY.items())]
    )
    practitioner = forms.ChoiceField(
        label="Practitioner", required=False, choices=[ANY, *((family, family) for family in PRACTITIONER_FAMILIES)]
    )
    delivery_channel = forms.ChoiceField(
        label="How", required=False, choices=[ANY, *((channel.value, channel.value) for channel in DeliveryChannel)]
    )
    site = forms.ChoiceField(label="Site", required=False)
    slot_type = forms.ChoiceField(label="Slot type", required=False)

    def __init__(self, data: Mapping[str, Any], *, actor: Actor, today: date) -> None:
        days = {"from_on": today, "to_on": today + timedelta(days=13)}
        shown = {f"{name}-{part}": value for name, day in days.items() for part, value in DateField.shown(day).items()}
        super().__init__({**shown, **{name: data[name] for name in data}})
        self.today = today
        hubs = hubs_of(organisation_id=actor.organisation.id, day=today)
        sites = [site for hub in hubs for site in sites_of(organisation_id=hub.id) if site.closed_on is None]
        kinds = [kind for hub in hubs for kind in slot_types(hub_id=hub.id) if kind.bookable]
        self.fields["site"].choices = [ANY, *((str(site.id), site.name) for site in sites)]  # type: ignore[attr-defined]
        self.fields["slot_type"].choices = [ANY, *((str(kind.id), kind.name) for kind in kinds)]  # type: ignore[attr-defined]

    def criteria(self, *, page: int) -> SlotCriteria:
        given = self.cleaned_data
        from_on = given["from_on"] or self.today
        _, from_time, to_time = TIMES_OF_DAY.get(given["time_of_day"], ("", None, None))
        return SlotCriteria(
            from_on=from_on,
            to_on=given["to_on"] or from_on + timedelta(days=13),
            from_time=from_time,
            to_time=to_time,
            site_id=int(given["site"]) if given["site"] else None,
            delivery_channel=given["delivery_channel"],
            practitioner_roles=PRACTITIONER_FAMILIES.get(given["practitioner"], ()),
            slot_type_id=int(given["slot_type"]) if given["slot_type"] else None,
            page=page,
        )


class BookForm(forms.Form):
    """Lengths are the operation's to refuse, with how much is too much: nothing is cut off here."""

    reason = forms.CharField(
        label="Reason for the appointment",
        required=False,
        help_text="At most 100 characters. The clinician sees it on the list.",
    )
    notes = forms.CharField(
        label="Notes for the hub",
        required=False,
        widget=forms.Textarea,
        help_text="At most 500 characters, such as needing an interpreter or a step-free room.",
    )
    patient_agrees = forms.BooleanField(
        label="The patient knows about this appointment at the hub, and agrees to it", required=False
    )
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)


class CancelForm(forms.Form):
    reason = forms.CharField(label="Why it is cancelled", required=False, max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput)


class MoveForm(forms.Form):
    patient_agrees = forms.BooleanField(label="The patient knows about the new time, and agrees to it", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=100)
