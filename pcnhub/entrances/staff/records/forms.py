"""What is typed about opening a record. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from typing import Any

from django import forms

from pcnhub.care.records.operations import LONGEST_REASON
from pcnhub.care.records.rules import PermissionAnswer

TOO_LONG = f"The text is too long. Use at most {LONGEST_REASON} characters."


class PermissionForm(forms.Form):
    """The patient's answer. The reason belongs to opening the record without one."""

    answer = forms.ChoiceField(
        label="May we look at the record that your practice keeps?",
        choices=[
            (PermissionAnswer.GIVEN.value, "The patient says yes"),
            (PermissionAnswer.REFUSED.value, "The patient says no"),
            (PermissionAnswer.OVERRIDDEN.value, "Open it without asking, or against a no"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the patient said."},
    )
    reason = forms.CharField(
        label="Why it must be opened all the same",
        required=False,
        widget=forms.Textarea,
        help_text="Only for opening it without the patient’s permission, such as an emergency in which they can’t answer. It "
        "is kept with your name, and told to those who answer for privacy.",
        max_length=LONGEST_REASON,
        error_messages={"max_length": TOO_LONG},
    )

    def values(self) -> dict[str, Any]:
        return {"answer": PermissionAnswer(self.cleaned_data["answer"]), "reason": self.cleaned_data["reason"]}


class FindingForm(forms.Form):
    finding = forms.CharField(
        label="What you found",
        widget=forms.Textarea,
        help_text="For example, that the reason holds, or what was done about it.",
        max_length=LONGEST_REASON,
        error_messages={"required": "Enter what you found.", "max_length": TOO_LONG},
    )
