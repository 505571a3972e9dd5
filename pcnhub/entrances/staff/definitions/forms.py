"""What is sent about templates and protocols. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from django import forms


class FileForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="TOML, as docs/operate/templates.md and protocols.md describe it",
        error_messages={"required": "Choose a file.", "empty": "The file is empty. Choose one with content."},
    )


class RetireForm(forms.Form):
    reason = forms.CharField(
        label="Why it is retired",
        max_length=500,
        error_messages={"required": "Enter why: it is kept with the version."},
    )
