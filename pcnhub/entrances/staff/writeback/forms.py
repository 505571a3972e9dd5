"""Which days to reconcile, how a copy went otherwise, and what a practice decides."""

from __future__ import annotations

from django import forms

from pcnhub.care.writeback.operations import OTHER_WAYS, OtherWay
from pcnhub.entrances.staff.forms import DateField


class DaysForm(forms.Form):
    day_from = DateField(label="First day")
    day_to = DateField(label="Last day")


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


class OtherWayForm(forms.Form):
    how = forms.ChoiceField(
        label="How did it get there?",
        choices=[(way.value, _capital(OTHER_WAYS[way])) for way in OtherWay],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it got there"},
    )
    reason = forms.CharField(
        label="Why another way?",
        help_text="One sentence. Do not name the patient.",
        widget=forms.Textarea,
        error_messages={"required": "Say why it went another way"},
    )
    is_confirmed = forms.BooleanField(
        label="The practice has confirmed that it has the consultation",
        error_messages={"required": "Confirm that the practice has it"},
    )


class WaitingTimeForm(forms.Form):
    minutes = forms.IntegerField(
        label="Minutes after the last edit",
        help_text="180 is three hours, the national requirement. 0 sends at once. At most 1440.",
        error_messages={"required": "Give a number of minutes", "invalid": "Give a whole number of minutes"},
    )


class FileDrugForm(forms.Form):
    position = forms.TypedChoiceField(
        label="Under whose name?", coerce=int, error_messages={"required": "Choose under whose name it is entered"}
    )

    def __init__(self, *given: object, prescribers: list[tuple[int, str]], **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        choices: list[tuple[object, str]] = [("", "Choose"), *prescribers]
        self.fields["position"].choices = choices  # type: ignore[attr-defined]


class DeclineDrugForm(forms.Form):
    reason = forms.CharField(
        label="Why is it not entered?",
        help_text="The hub's clinician will read it.",
        widget=forms.Textarea,
        error_messages={"required": "Say why it is not entered"},
    )


class FormularyForm(forms.Form):
    name = forms.CharField(
        label="Name of the formulary",
        help_text="As it is chosen for Consultation Write Back on the agreements page.",
        error_messages={"required": "Give the name of the formulary"},
    )
    file = forms.FileField(
        label="The list",
        help_text="CSV in UTF-8 with a first line code,name: one dm+d or SNOMED CT code and its name a line.",
        error_messages={"required": "Choose a file", "empty": "The file is empty"},
    )
