"""Which days to reconcile."""

from __future__ import annotations

from django import forms

from pcnhub.entrances.staff.forms import DateField


class DaysForm(forms.Form):
    day_from = DateField(label="First day")
    day_to = DateField(label="Last day")
