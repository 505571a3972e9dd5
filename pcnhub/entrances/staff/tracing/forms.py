"""What is decided about somebody who is traced. What a number must be, the operations say."""

from __future__ import annotations

from django import forms

from pcnhub.foundations.kernel.actors import OrganisationRef


class AcceptForm(forms.Form):
    """The person of the list whom somebody chose, as the list named them: `pages.Shown.choice`."""

    accept = forms.CharField()

    @property
    def choice(self) -> tuple[str, str]:
        """The number, and the seal on what was shown."""
        number, _, seal = self.cleaned_data["accept"].partition(".")
        return number, seal


class RejectForm(forms.Form):
    """None of those who were found, perhaps nobody: how many they were, and whose word they were."""

    candidates = forms.IntegerField(min_value=0, max_value=50)
    source = forms.ChoiceField(choices=[("pds", "pds"), ("local", "local")])


class TypedForm(forms.Form):
    """An NHS number that the person's practice read out."""

    nhs_number = forms.CharField(
        label="NHS number",
        help_text="Ten digits, as the practice reads them out.",
        error_messages={"required": "Give the NHS number that the practice read out."},
    )
    practice = forms.ChoiceField(
        label="Practice that read it out", error_messages={"required": "Choose the practice that read it out."}
    )
    is_compared = forms.BooleanField(
        label="The practice has compared name and date of birth with its own record",
        error_messages={"required": "Ask the practice to compare name and date of birth, then tick the box."},
    )

    def __init__(self, data: object, *, practices: tuple[OrganisationRef, ...]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        choices = [("", "Choose"), *((each.ods_code, each.name) for each in practices)]
        self.fields["practice"].choices = choices  # type: ignore[attr-defined]
