"""What is typed about documents. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from django import forms
from django.conf import settings

from pcnhub.care.documents.rules import KIND_WORDS, LONGEST_TITLE
from pcnhub.entrances.staff.forms import DateField

MEGABYTES = settings.DOCUMENT_BYTES // 1024 // 1024


class AttachForm(forms.Form):
    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # the operation says so, with the rest
        help_text=f"PDF, JPEG, PNG, TIFF, RTF, plain text or Word (.docx), up to {MEGABYTES} MB.",
        error_messages={"required": "Choose a file."},
    )
    title = forms.CharField(
        label="Title",
        max_length=LONGEST_TITLE,
        help_text="What it is, such as “Discharge letter, cardiology”.",
        error_messages={"required": "Give the document a title."},
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=[("", "Choose"), *KIND_WORDS.items()],
        error_messages={"required": "Choose what kind of document it is."},
    )
    dated_on = DateField(label="Date on the document", required=False)
    author = forms.CharField(label="Written by", required=False, max_length=LONGEST_TITLE)
    is_confidential = forms.BooleanField(
        label="Confidential",
        required=False,
        help_text="Not shown to any other organisation that may open the record.",
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea,
        max_length=1000,
        required=False,  # the operation asks for it, with the remedy
    )


class ImportForm(forms.Form):
    index = forms.FileField(
        label="Index",
        allow_empty_file=True,
        help_text="A CSV file that names every document, and whose it is.",
        error_messages={"required": "Choose the index."},
    )
