from __future__ import annotations

from django import forms

from pcnhub.care.appointments.rules import BookingStatus


class StatusForm(forms.Form):
    """A button of the list: where to, and from which version of the booking."""

    status = forms.ChoiceField(choices=[(status.value, status.value) for status in BookingStatus])
    version = forms.IntegerField()
    day = forms.DateField()
    holder = forms.IntegerField(required=False)
