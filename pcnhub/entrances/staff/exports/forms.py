"""Which export is brought, and when the other system made it."""

from __future__ import annotations

from datetime import datetime

from django import forms

from pcnhub.entrances.staff.forms import DateField
from pcnhub.foundations.kernel.local_time import london_instant
from pcnhub.insight.elsewhere.operations import LARGEST_FILE
from pcnhub.insight.elsewhere.rules import KIND_WORDS


class NewExportForm(forms.Form):
    kind = forms.ChoiceField(
        label="What does the file list?",
        choices=[(kind.value, words) for kind, words in KIND_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the file lists."},
    )
    file = forms.FileField(
        label="The export",
        help_text="A CSV file. Columns that name patients are taken out before anything is kept.",
        error_messages={"required": "Choose the file.", "empty": "The file is empty. Export it again."},
    )
    taken_on = DateField(
        label="Day on which it was exported",
        help_text="For example, 27 3 2026.",
        error_messages={"required": "Enter the day on which it was exported."},
    )
    taken_time = forms.TimeField(
        label="Time at which it was exported",
        help_text="For example, 16:30. Without it, the beginning of the day counts.",
        required=False,
        input_formats=["%H:%M", "%H.%M"],
        error_messages={"invalid": "Enter a time, such as 16:30."},
    )

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError("The file is larger than 20 MB. Export fewer days.")
        return file

    @property
    def taken_at(self) -> datetime:
        clock = self.cleaned_data["taken_time"] or datetime.min.time()
        return london_instant(self.cleaned_data["taken_on"], clock)
