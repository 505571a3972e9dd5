"""What is typed about people and positions. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from typing import Any

from django import forms

from pcnhub.care.organisations.operations import AccountFacts, PositionFacts
from pcnhub.care.organisations.queries import PositionView, activities, roles
from pcnhub.care.organisations.rules import Gender, PrescriberCodeKind
from pcnhub.entrances.staff.forms import DateField


class PersonForm(forms.Form):
    given_name = forms.CharField(
        label="Given name", max_length=100, error_messages={"required": "Enter the given name."}
    )
    family_name = forms.CharField(
        label="Family name", max_length=100, error_messages={"required": "Enter the family name."}
    )
    title = forms.CharField(label="Title", max_length=20, required=False, help_text="Such as Dr or Ms.")
    gender = forms.ChoiceField(
        label="Gender",
        required=False,
        choices=[("", "Not said"), *((each.value, each.value.title()) for each in Gender)],
        help_text="Of a clinician: shown, by other systems too, to patients who choose whom to see.",
    )
    username = forms.CharField(
        label="User name",
        error_messages={"required": "Enter a user name."},
        max_length=60,
        help_text="What they type to sign in, such as a.mensah. Letters, digits, dots, dashes and underscores.",
    )
    email = forms.CharField(label="Email", max_length=200, required=False)
    sds_user_id = forms.CharField(
        label="National user id",
        required=False,
        max_length=20,
        help_text="The 12 digits on their smartcard record (UUID).",
    )
    smartcard_uid = forms.CharField(label="Smartcard UID", required=False, max_length=40)

    def account_facts(self) -> AccountFacts:
        return AccountFacts(**{name: self.cleaned_data[name].strip() for name in PersonForm.base_fields})


class PositionForm(forms.Form):
    role_code = forms.ChoiceField(
        label="Role", help_text="The national role that their smartcard position has. It brings activities with it."
    )
    activities = forms.MultipleChoiceField(
        label="Activities beyond the role’s own", required=False, widget=forms.CheckboxSelectMultiple
    )
    job_category = forms.CharField(
        label="Job category",
        error_messages={"required": "Enter the job category."},
        max_length=100,
        help_text="As your sharing agreements name it, such as General Medical Practitioner.",
    )
    job_role_code = forms.CharField(
        label="Job role code",
        required=False,
        max_length=10,
        help_text="For clinicians: the national job role of their sessions, such as R0260.",
    )
    sds_role_profile_id = forms.CharField(label="Role profile id", required=False, max_length=20)
    consulter = forms.BooleanField(label="Consults patients", required=False)
    session_holder = forms.BooleanField(label="Can hold sessions", required=False)
    accepts_cross_organisation_tasks = forms.BooleanField(
        label="Accepts tasks from other organisations", required=False
    )
    prescriber_code_kind = forms.ChoiceField(
        label="Kind of prescriber code",
        required=False,
        choices=[("", "Does not prescribe"), *((kind.value, kind.value) for kind in PrescriberCodeKind)],
    )
    prescriber_code = forms.CharField(label="Prescriber code", required=False, max_length=20)
    starts_on = DateField(label="First day", help_text="For example, 27 3 2026.")
    ends_on = DateField(label="First day on which it no longer holds", required=False)
    contract_ends_on = DateField(label="End of contract", required=False, help_text="You are warned before this day.")

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["role_code"].choices = [  # type: ignore[attr-defined]
            ("", "Choose a role"),
            *((code, f"{name} ({code})") for code, name in roles().items()),
        ]
        known = activities()
        # what a position holds already stays visible, though the list may have lost it
        held = [code for code in (initial or {}).get("activities", ()) if code not in known]
        self.fields["activities"].choices = [  # type: ignore[attr-defined]
            *((code, f"{name} ({code})") for code, name in known.items()),
            *((code, code) for code in held),
        ]
        self.fields["role_code"].error_messages["required"] = "Choose a role."
        self.fields["starts_on"].error_messages["required"] = "Enter the first day."

    def position_facts(self, *, account_id: int, organisation_id: int) -> PositionFacts:
        given = {name: self.cleaned_data[name] for name in PositionForm.base_fields}
        return PositionFacts(
            account_id=account_id, organisation_id=organisation_id, **given | {"activities": tuple(given["activities"])}
        )


class PersonAndPositionForm(PersonForm, PositionForm):
    """Both at once: somebody new."""


class KnownPersonForm(PositionForm):
    """A position here for somebody who signs in already."""

    known_as = forms.CharField(
        label="Their user name",
        help_text="Ask them for the name with which they sign in where they work already.",
        error_messages={"required": "Enter their user name."},
    )


class EndForm(forms.Form):
    ends_on = DateField(
        label="First day on which the position no longer holds",
        help_text="For example, 27 3 2026.",
        error_messages={"required": "Enter a day."},
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why."})


class HandOverForm(forms.Form):
    organisation_id = forms.ChoiceField(
        label="Organisation that looks after it from now on",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose an organisation.", "invalid_choice": "Choose an organisation."},
    )

    def __init__(self, data: Any, *, places: dict[int, str]) -> None:
        super().__init__(data)
        self.fields["organisation_id"].choices = list(places.items())  # type: ignore[attr-defined]


def of_position(held: PositionView) -> dict[str, Any]:
    """A position as the form shows it."""
    shown = {name: getattr(held, name) for name in PositionForm.base_fields if name != "activities"}
    return shown | {"activities": list(held.extra_activities)}
