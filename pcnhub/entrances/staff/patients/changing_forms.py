"""The forms that change a registration at the hub."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from pcnhub.care.patients.operations.registrations import REASON_AT_MOST
from pcnhub.care.patients.rules.contacts import ContactField, address_text


class ReasonForm(forms.Form):
    """An act that needs to say why. `version` is the patient as they were looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label="Why?",
        help_text="Whoever looks later reads this beside your name.",
        max_length=REASON_AT_MOST,
        error_messages={
            "required": "Write why, in a few words.",
            "max_length": f"Write why in at most {REASON_AT_MOST} characters.",
        },
    )


class ContactForm(forms.Form):
    """How to reach the patient, as they or whoever speaks for them say. What is wrong with it the operation says."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    mobile_phone = forms.CharField(label="Mobile telephone", required=False)
    home_phone = forms.CharField(label="Home telephone", required=False)
    work_phone = forms.CharField(label="Work telephone", required=False)
    email = forms.CharField(label="Email", required=False)
    address = forms.CharField(
        label="Address", required=False, widget=forms.Textarea, help_text="One line for each part"
    )
    postcode = forms.CharField(label="Postcode", required=False)

    def details(self) -> dict[ContactField, str]:
        """As the operation takes them."""
        given = self.cleaned_data
        texts = {field: given[field.value].strip() for field in ContactField if field is not ContactField.ADDRESS}
        lines = given["address"].replace("\r", "").split("\n")
        return texts | {ContactField.ADDRESS: address_text(lines, given["postcode"].upper())}

    @staticmethod
    def shown(held: Mapping[ContactField, str], version: int) -> dict[str, object]:
        """The form's contents for what is held."""
        *lines, postcode = held[ContactField.ADDRESS].split("\n")
        texts = {field.value: text for field, text in held.items() if field is not ContactField.ADDRESS}
        return {**texts, "address": "\n".join(lines), "postcode": postcode, "version": version}


class MergeForm(ReasonForm):
    """`has_two_numbers`: both entries have an NHS number, so that the one that was replaced is to be written out."""

    superseded_number = forms.CharField(
        label="NHS number that the national service replaced",
        help_text="Only if the trace says so: the number of the entry that is put aside. It still finds the patient.",
        required=False,
    )
    is_compared = forms.BooleanField(
        label="I have compared name, date of birth, address and telephone, and asked where I was not sure",
        error_messages={"required": "Compare the two first. Two people merged into one get each other's care."},
    )
