"""The forms of an import: which file, why it is undone, who a possible duplicate is, whose patient somebody is."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from pcnhub.foundations.kernel.actors import OrganisationRef

LARGEST_FILE = 50 * 1024 * 1024  # bytes; larger lists come in by `pcnhub import`
LONGEST_REASON = 500


class UploadForm(forms.Form):
    """`practices` are those that the actor may import for; with one alone nobody is asked."""

    practice = forms.ChoiceField(
        label="Whose patients are these?",
        error_messages={"required": "Choose the practice whose patients the file lists."},
    )
    file = forms.FileField(
        label="Demographics export",
        help_text="A CSV file with at least NHS number, surname, forename and date of birth.",
        error_messages={"required": "Choose the file of the export.", "empty": "The file is empty. Export it again."},
    )
    whole = forms.ChoiceField(
        label="Who is in the file?",
        choices=[
            ("whole", "Every registered patient of the practice"),
            ("delta", "Only those who are new or have changed"),
        ],
        initial="whole",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether the file lists everybody."},
    )

    def __init__(self, *data: object, practices: Iterable[OrganisationRef], **more: object) -> None:
        super().__init__(*data, **more)  # type: ignore[arg-type]
        choices = [(str(each.id), f"{each.name} ({each.ods_code})") for each in practices]
        if len(choices) == 1:
            del self.fields["practice"]
        else:
            self.fields["practice"].choices = [("", "Choose a practice"), *choices]  # type: ignore[attr-defined]

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                "The file is larger than 50 MB. Ask whoever runs the hub to import it with the command line."
            )
        return file


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why?",
        help_text="Kept in the audit. Name no patient.",
        max_length=LONGEST_REASON,
        widget=forms.Textarea,
        error_messages={"required": "Say why.", "max_length": f"Use at most {LONGEST_REASON} characters."},
    )
