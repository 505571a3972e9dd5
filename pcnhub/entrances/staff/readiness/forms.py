"""What people state about a check. The operations decide; these only read what was typed."""

from __future__ import annotations

from django import forms

from pcnhub.entrances.staff.forms import DateField


class AttestForm(forms.Form):
    name = forms.CharField(
        label="Who states it",
        help_text="Name and role, such as the person who signed.",
        error_messages={"required": "Enter who states it."},
    )
    stated_on = DateField(
        label="Day on which it was stated",
        help_text="For example, 27 3 2026.",
        error_messages={"required": "Enter the day on which it was stated."},
    )
    document = forms.CharField(
        label="Where the evidence is",
        help_text="A reference or folder. No patient’s details.",
        error_messages={"required": "Enter where the evidence is."},
    )
    expires_on = DateField(
        label="Day on which it expires", help_text="Leave empty for the longest time allowed.", required=False
    )


class WithdrawForm(forms.Form):
    withdrawal_reason = forms.CharField(
        label="Why it is withdrawn", error_messages={"required": "Enter why it is withdrawn."}
    )


class WaiveForm(forms.Form):
    waiver_reason = forms.CharField(
        label="Why it can be accepted for now",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter why it can be accepted for now."},
    )
    waiver_ends_on = DateField(
        label="Day on which the waiver ends",
        help_text="At most 90 days ahead.",
        error_messages={"required": "Enter the day on which the waiver ends."},
    )


# Where an operation's word for an input differs from the page's.
FIELDS: dict[str, dict[str, str]] = {
    "attest": {"check_id": ""},
    "withdraw-attestation": {"reason": "withdrawal_reason"},
    "waive": {"reason": "waiver_reason", "ends_on": "waiver_ends_on", "check_id": ""},
}
