"""What is typed to find a slot and to book it. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from django import forms

from pcnhub.care.appointments.queries import SlotCriteria, slot_types
from pcnhub.care.appointments.rules import PRACTITIONER_FAMILIES, DeliveryChannel
from pcnhub.care.appointments.rules.adjacency import MOST_SLOTS
from pcnhub.care.organisations.queries import groups_of, hubs_of, practices_of, sites_of
from pcnhub.care.patients.rules import Sex
from pcnhub.care.patients.rules.tracing import UnregisteredPerson
from pcnhub.entrances.staff.forms import DateField
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, OdsCode

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
    any_clinician = forms.BooleanField(
        label="Any suitable clinician",
        help_text="If this slot is lost, another of the same time and type is booked.",
        required=False,
    )
    slots = forms.IntegerField(widget=forms.HiddenInput, required=False)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)


class UnregisteredForm(forms.Form):
    """Somebody whom no list names, as they describe themselves. What is needed, and how it must look, the operation says."""

    given_name = forms.CharField(label="First name", required=False)
    family_name = forms.CharField(label="Last name", required=False)
    birth_date = DateField(label="Date of birth", required=False)
    sex = forms.ChoiceField(
        label="Sex", required=False, choices=[("", "Not asked"), *((sex.value, sex.value.capitalize()) for sex in Sex)]
    )
    nhs_number = forms.CharField(
        label="NHS number", required=False, help_text="If they know it: then they are found at once. Ten digits."
    )
    postcode = forms.CharField(label="Postcode", required=False)
    phone = forms.CharField(
        label="Telephone", required=False, help_text="So that the hub can reach them before the appointment."
    )
    email = forms.CharField(label="Email", required=False)
    reason = forms.CharField(
        label="Reason for the appointment",
        required=False,
        help_text="At most 100 characters. The clinician sees it on the list.",
    )
    notes = forms.CharField(
        label="Notes for the hub",
        required=False,
        widget=forms.Textarea,
        help_text="At most 500 characters, such as the practice that they say they are with.",
    )
    patient_agrees = forms.BooleanField(
        label="The person knows about this appointment at the hub, and agrees to it", required=False
    )
    is_none_of_these = forms.BooleanField(label="None of these patients is the person", required=False)
    slots = forms.IntegerField(widget=forms.HiddenInput, required=False)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)

    NEEDED = ("given_name", "family_name", "birth_date")

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._mark_needed(True)

    def full_clean(self) -> None:
        """That something is missing the operation says, together with everything else that is wrong."""
        self._mark_needed(False)
        super().full_clean()
        self._mark_needed(True)

    def _mark_needed(self, needed: bool) -> None:
        for name in self.NEEDED:
            self.fields[name].required = needed

    def person(self) -> UnregisteredPerson:
        given = self.cleaned_data
        names = ("given_name", "family_name", "sex", "nhs_number", "postcode", "phone", "email")
        return UnregisteredPerson(birth_date=given["birth_date"], **{name: given[name] for name in names})


class LengthForm(forms.Form):
    """How many slots one appointment takes."""

    slots = forms.IntegerField(required=False, min_value=1, max_value=MOST_SLOTS)

    def length(self) -> int:
        """What was asked for; one when nothing, or nothing that can be."""
        return (self.cleaned_data["slots"] or 1) if self.is_valid() else 1


class ExtraForm(BookForm):
    """As booking, with the reason that an extra seat needs."""

    override_reason = forms.CharField(
        label="Why an extra seat is needed",
        help_text="The clinician sees it on the list, and it stays on record.",
        max_length=200,
        error_messages={
            "required": "Say why this patient must be seen at this time.",
            "max_length": "Why an extra seat is needed: at most 200 characters.",
        },
    )
    field_order = ("override_reason", "reason", "notes", "patient_agrees")


class DayForm(forms.Form):
    """One day; tomorrow's page is one press away."""

    on = DateField(label="Day", required=False)

    def __init__(self, data: Mapping[str, Any], *, today: date) -> None:
        shown = {f"on-{part}": value for part, value in DateField.shown(today).items()}
        super().__init__({**shown, **{name: data[name] for name in data}})
        self.today = today

    def day(self) -> date:
        """The day asked for; today when it is none."""
        return (self.cleaned_data["on"] or self.today) if self.is_valid() else self.today


class PreviewForm(forms.Form):
    """As whom to look, by which way, at which days."""

    organisation = forms.ChoiceField(label="Organisation", required=False)
    ods_code = forms.CharField(label="Or its ODS code", required=False)
    organisation_type = forms.CharField(
        label="Organisation type sent over GP Connect",
        help_text="Such as gp-practice or urgent-care. Empty: none is sent.",
        required=False,
        max_length=60,
        error_messages={"max_length": "Organisation type: at most 60 characters."},
    )
    route = forms.ChoiceField(
        label="How it looks",
        choices=[
            ("staff", "On the booking pages here"),
            ("gp-connect", "Over GP Connect, from its own system"),
            ("patient", "By a link that it gives to a patient"),
        ],
        widget=forms.RadioSelect,
    )
    from_on = DateField(label="From")
    to_on = DateField(label="To, at most 14 days")

    def __init__(self, data: Mapping[str, Any], *, actor: Actor, today: date, day: date | None = None) -> None:
        days = {"from_on": day or today, "to_on": day or today + timedelta(days=6)}
        shown = {f"{name}-{part}": value for name, day in days.items() for part, value in DateField.shown(day).items()}
        super().__init__({**shown, "route": "staff", **{name: data[name] for name in data}})
        known = {
            member.organisation.ods_code: member.organisation.name
            for group in groups_of(owner_id=actor.organisation.id)
            for member in group.members
        } | {practice.ods_code: practice.name for practice in practices_of(hub_id=actor.organisation.id, day=today)}
        self.known = dict(sorted(known.items(), key=lambda each: each[1]))
        choices = [("", "Nobody in particular"), *((code, f"{name} ({code})") for code, name in self.known.items())]
        self.fields["organisation"].choices = choices  # type: ignore[attr-defined]

    def clean_ods_code(self) -> str:
        typed: str = self.cleaned_data["ods_code"].strip()
        if not typed:
            return ""
        try:
            return OdsCode(typed)
        except InvalidIdentifier:
            raise forms.ValidationError(
                f"{typed} is not an ODS code: it has three to eight letters and digits, such as A81001. Correct it, or leave it "
                "empty and choose from the list."
            ) from None

    def code(self) -> str:
        """A typed code counts before the list."""
        given: str = self.cleaned_data["ods_code"] or self.cleaned_data["organisation"]
        return given

    def who(self) -> str:
        code = self.code()
        return f"{self.known[code]} ({code})" if code in self.known else code or "nobody in particular"


class CancelForm(forms.Form):
    reason = forms.CharField(label="Why it is cancelled", required=False, max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput)


class MoveForm(forms.Form):
    patient_agrees = forms.BooleanField(label="The patient knows about the new time, and agrees to it", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=100)
