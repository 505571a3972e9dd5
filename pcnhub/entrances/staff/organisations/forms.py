"""What is typed about organisations. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

from typing import Any

from django import forms

from pcnhub.care.organisations.operations import GroupFacts, NetworkFacts, OrganisationFacts, SiteFacts
from pcnhub.care.organisations.queries import GroupView, NetworkView, OrganisationView, SiteView, organisation_refs
from pcnhub.care.organisations.rules import (
    ClinicalSystem,
    GpConnectCapability,
    GroupPurpose,
    OrganisationKind,
    PrescriberCodeKind,
)
from pcnhub.entrances.staff.forms import DateField
from pcnhub.foundations.kernel.actors import OrganisationRef

SWITCH_LABELS = {
    GpConnectCapability.GP_CONNECT: "GP Connect (master switch)",
    GpConnectCapability.FOUNDATION: "Foundation",
    GpConnectCapability.APPOINTMENTS: "Appointments",
    GpConnectCapability.ACCESS_HTML: "Access Record: HTML",
    GpConnectCapability.ACCESS_STRUCTURED: "Access Record: Structured",
    GpConnectCapability.ACCESS_DOCUMENT: "Access Document",
}
KIND_LABELS = {
    OrganisationKind.HUB: "Hub",
    OrganisationKind.PRACTICE: "Practice",
    OrganisationKind.ICB: "Integrated care board",
    OrganisationKind.NHS_111: "NHS 111 provider",
    OrganisationKind.OTHER: "Other",
}
# What only those that treat patients have.
CARE_FIELDS = (
    "list_size",
    "adjusted_population",
    "national_code",
    "authentication_nacs",
    "prescribing_cost_centre",
    "asid",
)
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
    asid = forms.CharField(
        label="ASID",
        max_length=12,
        required=False,
        help_text="Twelve digits, from the registration of its GP Connect endpoint. Calls meant for another one are refused.",
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None, kind: str = "") -> None:
        super().__init__(data, initial=initial)
        if kind and kind not in (OrganisationKind.HUB, OrganisationKind.PRACTICE):
            for name in CARE_FIELDS:
                del self.fields[name]
        boards = organisation_refs(kind=OrganisationKind.ICB)
        self.fields["parent_icb_ods"].choices = [  # type: ignore[attr-defined]
            ("", "Not given"),
            *((board.ods_code, f"{board.name} ({board.ods_code})") for board in boards),
        ]

    def facts(self, view: OrganisationView) -> OrganisationFacts:
        given = self.of(view) | self.cleaned_data
        return OrganisationFacts(ods_code=view.ods_code, kind=view.kind, closed_on=view.closed_on, **given)

    @classmethod
    def of(cls, view: OrganisationView) -> dict[str, Any]:
        return {name: getattr(view, name) for name in cls.base_fields}


class NewOrganisationForm(OrganisationForm):
    """An organisation that the hub adds. Another hub is brought live with `pcnhub onboard`."""

    field_order = ("ods_code", "kind", "name")
    ods_code = forms.CharField(
        label="ODS code",
        max_length=8,
        help_text="Copy it from the ODS directory. It never changes.",
        error_messages={"required": "Enter the ODS code."},
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=[(kind.value, label) for kind, label in KIND_LABELS.items() if kind is not OrganisationKind.HUB],
        help_text="It never changes.",
    )

    def new_facts(self) -> OrganisationFacts:
        return OrganisationFacts(**self.cleaned_data)


class NetworkForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200, error_messages={"required": "Enter the network’s name."})
    adjusted_population = forms.IntegerField(
        label="Adjusted population",
        help_text="The weighted number of patients that is published for the network. Capacity is counted in it.",
        error_messages={
            "required": "Enter the adjusted population.",
            "invalid": "Enter the adjusted population as a number.",
        },
    )
    session_name_pattern = forms.CharField(
        label="Session-name pattern",
        max_length=200,
        required=False,
        help_text="A regular expression that the name of every session must match, such as EA .+ - .+ "
        "for “EA GP - Riverside”. Without one any name will do.",
    )

    def facts(self, *, hub_id: int, ods_code: str) -> NetworkFacts:
        return NetworkFacts(hub_id=hub_id, **{"ods_code": ods_code, **self.cleaned_data})

    @classmethod
    def of(cls, view: NetworkView) -> dict[str, Any]:
        return {name: getattr(view, name) for name in cls.base_fields}


class NewNetworkForm(NetworkForm):
    field_order = ("ods_code", "name")
    ods_code = forms.CharField(
        label="ODS code of the network",
        max_length=8,
        help_text="The PCN’s code, such as U12345. It never changes.",
        error_messages={"required": "Enter the ODS code of the network."},
    )


class JoinForm(forms.Form):
    organisation_id = forms.TypedChoiceField(
        label="Practice",
        coerce=int,
        error_messages={
            "required": "Choose the practice that joins.",
            "invalid_choice": "Choose a practice of the list.",
        },
    )
    joined_on = DateField(
        label="First day as a member",
        help_text="For example, 27 3 2026.",
        error_messages={"required": "Enter the first day as a member."},
    )

    def __init__(
        self, data: Any = None, *, practices: tuple[OrganisationRef, ...], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.fields["organisation_id"].choices = [  # type: ignore[attr-defined]
            ("", "Choose a practice"),
            *((each.id, f"{each.name} ({each.ods_code})") for each in practices),
        ]


class LeaveForm(forms.Form):
    left_on = DateField(
        label="First day on which it is no longer a member",
        help_text="For example, 27 3 2026.",
        error_messages={"required": "Enter the first day on which it is no longer a member."},
    )


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
