"""What a link to book is good for."""

from __future__ import annotations

from typing import Any

from django import forms

from pcnhub.care.appointments.queries import PatientSlotType
from pcnhub.care.appointments.rules.own_links import MOST_DAYS_AHEAD


class LinkForm(forms.Form):
    days_ahead = forms.TypedChoiceField(
        label="For appointments up to",
        coerce=int,
        initial=MOST_DAYS_AHEAD,
        choices=[
            (1, "today"),
            *((days, f"{days} days from today, today counted") for days in (2, 7, MOST_DAYS_AHEAD)),
        ],
    )
    slot_types = forms.TypedMultipleChoiceField(
        label="Which appointments",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: every one that patients may book themselves.",
    )

    def __init__(self, data: Any = None, *, offered: tuple[PatientSlotType, ...]) -> None:
        super().__init__(data)
        several = len({each.hub for each in offered}) > 1
        self.fields["slot_types"].choices = [  # type: ignore[attr-defined]
            (each.id, f"{each.name}, {each.hub}" if several else each.name) for each in offered
        ]
