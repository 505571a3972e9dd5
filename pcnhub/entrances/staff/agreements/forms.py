"""What is typed about agreements. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from pcnhub.care.organisations.queries import PositionView
from pcnhub.entrances.staff.forms import DateField


class SettingsForm(forms.Form):
    """What a practice settles for Consultation Write Back."""

    formulary = forms.CharField(
        label="Local formulary",
        max_length=200,
        required=False,
        help_text="Used when a medicine that the hub issued is copied into your record.",
    )
    prescribing_position_id = forms.TypedChoiceField(
        label="Prescribing user",
        required=False,
        coerce=int,
        empty_value=None,
        help_text="Copied medicines are attributed to this person: a GP of yours with a GMP prescriber code.",
    )

    def __init__(self, data: Any = None, *, positions: Iterable[PositionView], initial: dict[str, Any] | None = None):
        super().__init__(data, initial=initial)
        self.fields["prescribing_position_id"].choices = [  # type: ignore[attr-defined]
            ("", "Choose a person"),
            *((position.id, f"{position.name}, {position.prescriber_code}") for position in positions),
        ]


class PermissionToViewForm(forms.Form):
    """Whether a practice's patients are asked each time before the hub opens their record."""

    asks = forms.ChoiceField(
        label="Does the hub ask the patient before it opens your record?",
        choices=[("yes", "Yes, on each day"), ("no", "No, this agreement is enough")],
        widget=forms.RadioSelect,
        help_text="A patient who objects to sharing is never asked: their record stays closed.",
        error_messages={"required": "Choose yes or no."},
    )


class AcceptForm(forms.Form):
    """Accepting the terms; the version is the one that the page showed, so that a newer one is not accepted unread."""

    terms_version = forms.CharField(widget=forms.HiddenInput)
    accepts = forms.BooleanField(
        label="I accept these terms for my organisation", error_messages={"required": "Accept the terms to activate."}
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why is it deactivated?",
        max_length=300,
        required=False,
        help_text="The other side will read it. Do not name a patient.",
    )


class AgreementForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200, error_messages={"required": "Enter the agreement’s name."})
    terms_version = forms.CharField(
        label="Version of the terms",
        max_length=40,
        error_messages={"required": "Enter the version of the terms."},
        help_text=(
            "A new version lapses every activation until each side accepts it. More job categories, or a longer time, need a"
            " new version; fewer, or shorter, don’t."
        ),
    )
    allowed_job_categories = forms.CharField(
        label="Job categories included",
        required=False,
        widget=forms.Textarea,
        help_text="One on each line, such as General Medical Practitioner. Empty: any job category.",
    )
    starts_on = DateField(label="First day", help_text="For example, 27 3 2026.")
    ends_on = DateField(label="First day on which it no longer holds", required=False)

    def job_categories(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.cleaned_data["allowed_job_categories"].splitlines() if line.strip())
