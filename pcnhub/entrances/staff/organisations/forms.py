"""What is typed about organisations. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from typing import Any

from django import forms

from pcnhub.care.organisations.operations import GroupFacts, OrganisationFacts, SiteFacts
from pcnhub.care.organisations.queries import GroupView, OrganisationView, SiteView, organisation_refs
from pcnhub.care.organisations.rules import (
    ClinicalSystem,
    GpConnectCapability,
    GroupPurpose,
    OrganisationKind,
    PrescriberCodeKind,
)

SWITCH_LABELS = {
    GpConnectCapability.GP_CONNECT: "GP Connect (master switch)",
    GpConnectCapability.FOUNDATION: "Foundation",
    GpConnectCapability.APPOINTMENTS: "Appointments",
    GpConnectCapability.ACCESS_HTML: "Access Record: HTML",
    GpConnectCapability.ACCESS_STRUCTURED: "Access Record: Structured",
    GpConnectCapability.ACCESS_DOCUMENT: "Access Document",
}
PURPOSE_LABELS = {
    GroupPurpose.PRACTICE_BOOKING: "Practices book",
    GroupPurpose.NHS_111: "NHS 111 books",
    GroupPurpose.APP: "An app books for patients",
}


class OrganisationForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200, error_messages={"required": "Enter the organisation’s name."})
    system = forms.ChoiceField(
        label="Clinical system", choices=[(each.value, each.value) for each in ClinicalSystem],
        help_text="Whose system keeps this organisation’s records.",
    )  # fmt: skip
    supplier_organisation_id = forms.CharField(label="The supplier’s number of it", max_length=40, required=False)
    parent_icb_ods = forms.ChoiceField(label="Integrated care board", required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    email = forms.CharField(label="Email", max_length=200, required=False)
    list_size = forms.IntegerField(
        label="List size", required=False, error_messages={"invalid": "Enter the list size as a number."}
    )
    adjusted_population = forms.IntegerField(
        label="Adjusted population",
        required=False,
        help_text="The weighted list size that is published for it.",
        error_messages={"invalid": "Enter the adjusted population as a number."},
    )
    national_code = forms.CharField(label="National Code", max_length=8, required=False)
    authentication_nacs = forms.CharField(
        label="Authentication NACS",
        max_length=8,
        required=False,
        help_text="The code that smartcard roles are issued for. At a hub it is the same as the National Code.",
    )
    prescribing_cost_centre = forms.CharField(label="Prescribing cost centre", max_length=8, required=False)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        boards = organisation_refs(kind=OrganisationKind.ICB)
        self.fields["parent_icb_ods"].choices = [  # type: ignore[attr-defined]
            ("", "Not given"),
            *((board.ods_code, f"{board.name} ({board.ods_code})") for board in boards),
        ]

    def facts(self, view: OrganisationView) -> OrganisationFacts:
        return OrganisationFacts(ods_code=view.ods_code, kind=view.kind, closed_on=view.closed_on, **self.cleaned_data)

    @classmethod
    def of(cls, view: OrganisationView) -> dict[str, Any]:
        return {name: getattr(view, name) for name in cls.base_fields}


class SiteForm(forms.Form):
    name = forms.CharField(
        label="Name of the site", max_length=200, error_messages={"required": "Enter the name of the site."}
    )
    site_code = forms.CharField(label="Site code", max_length=20, required=False)
    address_lines = forms.CharField(
        label="Address", required=False, widget=forms.Textarea, help_text="Without the postcode, one line each."
    )
    postcode = forms.CharField(label="Postcode", max_length=10, required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False)

    def facts(self, view: SiteView | None) -> SiteFacts:
        given = self.cleaned_data | {"address_lines": tuple(self.cleaned_data["address_lines"].splitlines())}
        return SiteFacts(closed_on=view.closed_on if view else None, **given)

    @classmethod
    def of(cls, view: SiteView) -> dict[str, Any]:
        values = {name: getattr(view, name) for name in cls.base_fields}
        return values | {"address_lines": "\n".join(view.address_lines)}


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Prescriber code", max_length=10, error_messages={"required": "Enter the prescriber code."}
    )
    kind = forms.ChoiceField(label="Kind", choices=[(each.value, each.value) for each in PrescriberCodeKind])
    holder_name = forms.CharField(
        label="Whose code it is", max_length=100, required=False, help_text="Empty for a spurious code."
    )


class SwitchesForm(forms.Form):
    on = forms.MultipleChoiceField(
        label="Switched on",
        required=False,
        choices=[(capability.value, label) for capability, label in SWITCH_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )


class GroupForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=100,
        error_messages={"required": "Enter the name of the group."},
        help_text="No other group of any hub may have it: put your network’s name in front.",
    )
    purpose = forms.ChoiceField(
        label="Purpose", choices=[(purpose.value, label) for purpose, label in PURPOSE_LABELS.items()]
    )
    description = forms.CharField(label="Description", max_length=300, required=False)

    def facts(self) -> GroupFacts:
        return GroupFacts(**self.cleaned_data)

    @classmethod
    def of(cls, view: GroupView) -> dict[str, Any]:
        return {name: getattr(view, name) for name in cls.base_fields}
