"""What is typed about sessions, weekly sessions and slot types. The rules are the operations'."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from pcnhub.care.appointments.operations import SessionDetails, TemplateDetails
from pcnhub.care.appointments.queries import SessionView, SlotTypeView, TemplateView, national_words, slot_types
from pcnhub.care.appointments.rules import PRACTITIONER_FAMILIES, AppointmentMode, DeliveryChannel
from pcnhub.care.appointments.rules.mapping import NOT_MAPPED
from pcnhub.care.appointments.rules.publishing import COLOURS
from pcnhub.care.organisations.queries import groups_of, positions_at, sites_of
from pcnhub.entrances.staff.forms import DateField
from pcnhub.foundations.kernel.actors import Actor

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LATER = ("", "Choose later")


class SessionForm(forms.Form):
    """What a session and a weekly session share."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        error_messages={"required": "Enter a name."},
        help_text="The booking practice sees it: which service, for whom. For example, EA GP Saturday – practice booking.",
    )
    slot_type_id = forms.ChoiceField(label="Slot type", error_messages={"required": "Choose a slot type."})
    holder_id = forms.ChoiceField(label="Who holds it", required=False)
    site_id = forms.ChoiceField(label="Site", required=False)
    delivery_channel = forms.ChoiceField(
        label="How", required=False, choices=[LATER, *((channel.value, channel.value) for channel in DeliveryChannel)]
    )
    practitioner_role = forms.ChoiceField(
        label="Practitioner role",
        required=False,
        help_text="The national job role under which practices find the session.",
        choices=[
            LATER,
            *((code, f"{family} ({code})") for family, codes in PRACTITIONER_FAMILIES.items() for code in codes),
        ],
    )
    group_ids = forms.MultipleChoiceField(
        label="Groups that may book", required=False, widget=forms.CheckboxSelectMultiple
    )
    counts_to_enhanced_access = forms.BooleanField(label="Counts towards enhanced access", required=False)

    def __init__(self, data: Any = None, *, actor: Actor, day: date, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial={"counts_to_enhanced_access": True, **(initial or {})})
        hub_id = actor.organisation.id
        holders = [held for held in positions_at(organisation_id=hub_id, day=day) if held.session_holder]
        kinds = [(str(kind.id), f"{kind.name} ({kind.minutes} minutes)") for kind in slot_types(hub_id=hub_id)]
        self._offer("slot_type_id", [("", "Choose"), *kinds])
        self._offer("holder_id", [LATER, *((str(held.id), f"{held.name}, {held.job_category}") for held in holders)])
        self._offer("site_id", [LATER, *((str(site.id), site.name) for site in sites_of(organisation_id=hub_id))])
        self._offer("group_ids", [(str(group.id), group.name) for group in groups_of(owner_id=hub_id)])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def details(self) -> SessionDetails:
        given = self.cleaned_data
        return SessionDetails(
            name=given["name"],
            slot_type_id=int(given["slot_type_id"]),
            holder_id=int(given["holder_id"]) if given["holder_id"] else None,
            site_id=int(given["site_id"]) if given["site_id"] else None,
            delivery_channel=given["delivery_channel"],
            practitioner_role=given["practitioner_role"],
            group_ids=frozenset(map(int, given["group_ids"])),
            counts_to_enhanced_access=given["counts_to_enhanced_access"],
        )


class DraftForm(SessionForm):
    """A draft that is completed: its times and slot type stay."""

    def __init__(self, *values: Any, **more: Any) -> None:
        super().__init__(*values, **more)
        self.fields["slot_type_id"].widget = forms.HiddenInput()


class TimedForm(SessionForm):
    starts_at = forms.TimeField(
        label="Starts", help_text="For example, 18:30.", error_messages={"required": "Enter a time."}
    )
    ends_at = forms.TimeField(
        label="Ends", help_text="For example, 20:00.", error_messages={"required": "Enter a time."}
    )


class SessionOnDayForm(TimedForm):
    day = DateField(label="Day", help_text="For example, 27 3 2026.", error_messages={"required": "Enter a day."})


class TemplateForm(TimedForm):
    weekday = forms.ChoiceField(label="Day of the week", choices=[(str(n), day) for n, day in enumerate(WEEKDAYS, 1)])
    starts_on = DateField(label="First day", error_messages={"required": "Enter a day."})
    ends_on = DateField(label="First day on which it no longer takes place", required=False)

    def template(self) -> TemplateDetails:
        given = self.cleaned_data
        return TemplateDetails(
            session=self.details(),
            weekday=int(given["weekday"]),
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
        )


def _national(words: Iterable[str]) -> list[tuple[str, str]]:
    return [(NOT_MAPPED, "Not mapped"), *((word, word) for word in words)]


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
    eligibility_text = forms.CharField(
        label="Who it is for", required=False, widget=forms.Textarea, help_text="Whoever books reads this first."
    )
    service_setting = forms.ChoiceField(
        label="Service setting",
        required=False,
        help_text="Extended Access Provision for enhanced access. National statistics count what is mapped.",
        choices=_national(national_words().service_settings),
    )
    context_type = forms.ChoiceField(
        label="Context type", required=False, choices=_national(national_words().context_types)
    )
    national_category = forms.ChoiceField(
        label="National category", required=False, choices=_national(national_words().categories)
    )


class MakeForm(forms.Form):
    until = DateField(label="Until", help_text="For example, 27 3 2026.", error_messages={"required": "Enter a day."})


class EndForm(forms.Form):
    ends_on = DateField(
        label="First day on which it no longer takes place",
        help_text="For example, 27 3 2026.",
        error_messages={"required": "Enter a day."},
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why."})


def of_session(view: SessionView, slot_type_id: int) -> dict[str, Any]:
    """A session as the form shows it."""
    return {**_shared(view), "slot_type_id": str(slot_type_id)}


def of_template(view: TemplateView) -> dict[str, Any]:
    return {
        **_shared(view),
        "slot_type_id": str(view.slot_type_id),
        "weekday": str(view.weekday),
        "starts_at": f"{view.starts_at:%H:%M}",
        "ends_at": f"{view.ends_at:%H:%M}",
        "starts_on": view.starts_on,
        "ends_on": view.ends_on,
    }


def of_slot_type(view: SlotTypeView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in SlotTypeForm.base_fields}


def _shared(view: SessionView | TemplateView) -> dict[str, Any]:
    return {
        "name": view.name,
        "holder_id": str(view.holder_id or ""),
        "site_id": str(view.site_id or ""),
        "delivery_channel": view.delivery_channel,
        "practitioner_role": view.practitioner_role,
        "group_ids": [str(group) for group in view.group_ids],
        "counts_to_enhanced_access": view.counts_to_enhanced_access,
    }
