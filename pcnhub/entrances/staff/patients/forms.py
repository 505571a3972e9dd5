"""The form of an import."""

from __future__ import annotations

from django import forms

LARGEST_FILE = 50 * 1024 * 1024  # bytes; larger lists come in by `pcnhub import`


class ImportForm(forms.Form):
    file = forms.FileField(
        label="Demographics export",
        help_text="A CSV file with at least NHS number, surname, forename and date of birth.",
        error_messages={"required": "Choose the file of the export.", "empty": "The file is empty. Export it again."},
    )
    how = forms.ChoiceField(
        label="What should happen?",
        choices=[("check", "Check the file and change nothing"), ("import", "Check the file and import it")],
        initial="check",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether to check or to import the file."},
    )

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                "The file is larger than 50 MB. Ask whoever runs the hub to import it with the command line."
            )
        return file
