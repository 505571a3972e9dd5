"""What people type to sign in."""

from __future__ import annotations

from django import forms
from django.http import QueryDict


class PasswordForm(forms.Form):
    username = forms.CharField(label="User name", max_length=150, error_messages={"required": "Enter your user name."})
    password = forms.CharField(
        label="Password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "Enter your password."},
    )

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()


class CodeForm(forms.Form):
    code = forms.RegexField(
        regex=r"^\d{6}$",
        label="Six-digit code",
        help_text="Your authenticator app shows a new one every 30 seconds.",
        error_messages={
            "required": "Enter the code from your app.",
            "invalid": "The code must be 6 digits, such as 123456.",
        },
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        typed = None if data is None else {"code": data.get("code", "").replace(" ", "")}  # the gap that apps show
        super().__init__(typed)


class NewPasswordForm(forms.Form):
    current = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "Enter your current password."},
    )
    new = forms.CharField(
        label="New password",
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "Enter a new password."},
    )
    again = forms.CharField(
        label="New password again",
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "Enter the new password again."},
    )

    def clean(self) -> None:
        super().clean()
        new, again = self.cleaned_data.get("new"), self.cleaned_data.get("again")
        if new and again and new != again:
            self.add_error("again", "The two new passwords must be the same.")


class PositionForm(forms.Form):
    position = forms.IntegerField(error_messages={"required": "Choose a position.", "invalid": "Choose a position."})
