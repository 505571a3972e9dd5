"""What a person says of a step that they did by hand. The rules are the operation's."""

from __future__ import annotations

from django import forms

from pcnhub.rehearsal.rules import LONGEST_COMMENT


class ByHandForm(forms.Form):
    went = forms.ChoiceField(
        label="How did it go?",
        choices=[("well", "It went as it should"), ("badly", "It did not")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it went."},
    )
    took_minutes = forms.IntegerField(
        label="How many minutes it took",
        error_messages={
            "required": "Enter how many minutes it took.",
            "invalid": "Enter the minutes in numbers, such as 5.",
        },
    )
    comment = forms.CharField(
        label="What you saw",
        required=False,
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea,
        help_text="Needed when it did not go well. No patient’s details: a dummy patient is enough.",
        error_messages={"max_length": f"What you saw: at most {LONGEST_COMMENT} characters."},
    )
