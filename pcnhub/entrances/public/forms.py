"""What a patient types or chooses. Every wish has a key; whether it can be granted is for the operations to say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from pcnhub.entrances.public.times import HOW

PARTS = ("day", "month", "year")


class BirthDateForm(forms.Form):
    """Three parts, in digits. What they say is compared by the operation; here is only said when they are no day at all.
    `link` names the link for which the page asked: another one may have been followed in the same browser since."""

    link = forms.CharField(required=False, max_length=64)

    day = forms.CharField(required=False, max_length=2)
    month = forms.CharField(required=False, max_length=2)
    year = forms.CharField(required=False, max_length=4)

    def birth_date(self) -> date | None:
        if not self.is_valid():
            return None
        try:
            return date(*(int(self.cleaned_data[part]) for part in reversed(PARTS)))
        except ValueError:
            return None


class WishForm(forms.Form):
    """A press of a button: under which key, by which link, and which version of the appointment was looked at."""

    idempotency_key = forms.CharField(required=False, max_length=80)
    version = forms.IntegerField(required=False, min_value=0)
    link = forms.IntegerField(required=False, min_value=0)


class FilterForm(forms.Form):
    """How the patient wants to be seen, and how far they have leafed."""

    how = forms.ChoiceField(required=False, choices=list(HOW.items()))
    page = forms.IntegerField(required=False, min_value=1, max_value=1000)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.full_clean()

    def chosen(self, name: str) -> Any:
        """What was chosen; None when nothing, or nothing that can be."""
        return self.cleaned_data.get(name) or None
