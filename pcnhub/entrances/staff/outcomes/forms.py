"""What is typed about outcomes. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator


class NameForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="As clinicians choose it, such as Discharged, no further action.",
        error_messages={"required": "Enter the name of the outcome."},
    )


class OutcomeForm(NameForm):
    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="A short word that reports count by, such as discharged. It never changes.",
        error_messages={"required": "Enter a code for the outcome."},
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9-]+$", "The code has letters, digits and dashes only, such as back-to-practice."
            )
        ],
    )
