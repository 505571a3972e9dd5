"""What is typed to look for slots anywhere, and to book at another system. Lengths are the operations' to refuse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms

from pcnhub.connections.gpconnect.directory import EndpointFacts, problems_of
from pcnhub.connections.gpconnect.words import Capability
from pcnhub.entrances.staff.forms import DateField

MOST_DAYS = 14
NO_REASON = "The reason is missing. Say in a few words what it is for."


class AnywhereForm(forms.Form):
    """The days: without any, the next seven."""

    from_on = DateField(label="From", required=False)
    to_on = DateField(label="To, at most 14 days", required=False)

    def __init__(self, data: Mapping[str, Any], *, today: date) -> None:
        days = {"from_on": today, "to_on": today + timedelta(days=6)}
        shown = {f"{name}-{part}": value for name, day in days.items() for part, value in DateField.shown(day).items()}
        super().__init__({**shown, **{name: data[name] for name in data}})
        self.today = today

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        from_on = given.get("from_on") or self.today
        to_on = given.get("to_on") or from_on + timedelta(days=6)
        if from_on < self.today and "from_on" not in self.errors:
            self.add_error("from_on", "This day is past. Choose today or later.")
        elif to_on < from_on:
            self.add_error("to_on", "This is before the first day. Choose a later one.")
        elif to_on - from_on >= timedelta(days=MOST_DAYS):
            self.add_error("to_on", "At most 14 days are searched at once. Choose an earlier day.")
        return {"from_on": from_on, "to_on": to_on}


class BookElsewhereForm(forms.Form):
    description = forms.CharField(
        label="Reason for the appointment",
        help_text="At most 100 characters. The other organisation sees it.",
        error_messages={"required": NO_REASON},
    )
    comment = forms.CharField(
        label="Notes for the other organisation",
        required=False,
        widget=forms.Textarea,
        help_text="At most 500 characters, such as needing an interpreter or a step-free room.",
    )
    same_person = forms.BooleanField(label="I have checked: it is the same person", required=False)
    identity_seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    patient_agrees = forms.BooleanField(
        label="The patient knows that another organisation is told who they are and what it is for, and agrees",
        error_messages={"required": "The patient must agree. Ask the patient, then tick the box."},
    )
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)


class AmendForm(forms.Form):
    description = forms.CharField(label="Reason for the appointment", error_messages={"required": NO_REASON})
    comment = forms.CharField(label="Notes", required=False, widget=forms.Textarea)


class CancelElsewhereForm(forms.Form):
    reason = forms.CharField(
        label="Why it is cancelled", error_messages={"required": "The reason is missing. Say why it is cancelled."}
    )


def _needed(what: str) -> dict[str, str]:
    return {"required": f"The {what} is missing. Enter it."}


class EndpointForm(forms.Form):
    """A line of the directory; every problem of it at once, missing fields and wrong ones."""

    name = forms.CharField(label="Name", help_text="What people call the organisation.", error_messages=_needed("name"))
    ods_code = forms.CharField(label="ODS code", error_messages=_needed("ODS code"))
    capability = forms.ChoiceField(
        label="For",
        choices=[(Capability.APPOINTMENTS.value, "Appointments"), (Capability.STRUCTURED.value, "Structured records")],
    )
    service_root = forms.CharField(
        label="Service root",
        help_text="As registered: https://, their address, ODS code, and STU3/1/gpconnect.",
        error_messages=_needed("service root"),
    )
    asid = forms.CharField(
        label="ASID", help_text="Twelve digits, from their registration.", error_messages=_needed("ASID")
    )
    party_key = forms.CharField(label="Party key", required=False)
    phone = forms.CharField(
        label="Telephone", required=False, help_text="Whom to ring when their system does not answer."
    )
    is_active = forms.BooleanField(label="Search and book there", required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        texts = {name: given.get(name, "") for name in self.fields if name != "is_active"}
        for problem in problems_of(EndpointFacts(**texts)):
            if problem.field not in self.errors:
                self.add_error(problem.field, f"{problem.message}. {problem.remedy}")
        return given

    def facts(self) -> EndpointFacts:
        return EndpointFacts(**self.cleaned_data)
