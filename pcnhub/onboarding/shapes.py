"""What an onboarding file may say. `docs/operate/onboarding.md` explains it; `example.toml` beside this file is one."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pcnhub.care.appointments.rules import DeliveryChannel, OrganisationType
from pcnhub.care.organisations.rules import (
    ClinicalSystem,
    Gender,
    GpConnectCapability,
    GroupPurpose,
    OrganisationKind,
    PrescriberCodeKind,
)
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.connections.gpconnect.words import Capability
from pcnhub.foundations.kernel.identifiers import OdsCode, Postcode

Ods = Annotated[str, AfterValidator(lambda text: str(OdsCode(text)))]
PostcodeText = Annotated[str, AfterValidator(lambda text: str(Postcode(text)) if text else "")]
Words = Annotated[str, Field(min_length=1)]
# By their products' names too, as people say them.
_SYSTEMS = {"emis web": ClinicalSystem.EMIS, "systmone": ClinicalSystem.TPP, "systm one": ClinicalSystem.TPP}
System = Annotated[
    ClinicalSystem,
    BeforeValidator(lambda given: _SYSTEMS.get(given.strip().lower(), given) if isinstance(given, str) else given),
]
Username = Annotated[str, Field(pattern=r"^[a-z0-9._-]{2,40}$")]


class Shape(BaseModel):
    """Unknown fields are refused: a misspelt one must not pass for an absent one."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SiteShape(Shape):
    name: Words
    site_code: str = ""
    address: list[str] = []
    postcode: PostcodeText = ""
    phone: str = ""


class PrescriberCodeShape(Shape):
    code: Words
    kind: PrescriberCodeKind
    holder: str = ""


class EndpointShape(Shape):
    """Another system that the organisation may ask over GP Connect."""

    ods: Ods
    name: Words
    service_root: Words
    asid: Words
    capability: Capability = Capability.APPOINTMENTS
    party_key: str = ""
    phone: str = ""
    is_active: bool = True


class OrganisationShape(Shape):
    ods: Ods
    name: Words
    kind: OrganisationKind
    system: System = ClinicalSystem.PCN_HUB
    supplier_organisation_id: str = ""
    parent_icb: Ods | None = None
    phone: str = ""
    email: str = ""
    list_size: int | None = Field(default=None, ge=0)
    adjusted_population: int | None = Field(default=None, ge=0)
    national_code: str = ""
    authentication_nacs: str = ""
    prescribing_cost_centre: str = ""
    asid: str = ""
    gp_connect: list[GpConnectCapability] = []
    endpoints: list[EndpointShape] = []
    sites: list[SiteShape] = []
    prescriber_codes: list[PrescriberCodeShape] = []


class MemberShape(Shape):
    ods: Ods
    joined_on: date
    left_on: date | None = None


class NetworkShape(Shape):
    ods: Ods
    name: Words
    hub: Ods
    adjusted_population: int = Field(gt=0)
    session_name_pattern: str = ""
    members: list[MemberShape] = Field(min_length=1)


class PositionShape(Shape):
    organisation: Ods
    role: str = Field(pattern=r"^R[0-9]{4}$")
    activities: list[Annotated[str, Field(pattern=r"^B[0-9]{4}$")]] = []
    sds_role_profile_id: str = ""
    job_category: Words
    job_role: str = Field(default="", pattern=r"^(R[0-9]{4})?$")
    consulter: bool = False
    session_holder: bool = False
    accepts_cross_organisation_tasks: bool = False
    prescriber_code: str = ""
    prescriber_code_kind: PrescriberCodeKind | None = None
    starts_on: date
    ends_on: date | None = None
    contract_ends_on: date | None = None


class PersonShape(Shape):
    username: Username
    given_name: Words
    family_name: Words
    email: str = ""
    sds_user_id: str | None = Field(default=None, pattern=r"^[0-9]{12}$")
    smartcard_uid: str | None = None
    title: str = ""
    gender: Gender | Literal[""] = ""
    positions: list[PositionShape] = Field(min_length=1)


class AgreementShape(Shape):
    """Who stands on which side follows from the kind: the hub on one, every member practice on the other."""

    kind: AgreementKind
    name: Words
    terms_version: Words = "1"
    job_categories: list[str] = []
    starts_on: date
    ends_on: date | None = None


class GroupShape(Shape):
    name: Words
    purpose: GroupPurpose
    description: str = ""
    members: list[Ods] = []


class TeamShape(Shape):
    organisation: Ods
    name: Words
    purpose: str = ""
    allows_acceptance: bool = True
    members: list[Username] = []


class OutcomeShape(Shape):
    code: Words
    name: Words


class SlotTypeShape(Shape):
    name: Words
    minutes: int = Field(ge=1, le=480)
    mode: Words
    colour: str = "blue"
    bookable: bool = True
    eligibility: str = ""
    service_setting: str = ""
    context_type: str = ""
    national_category: str = ""
    embargo_minutes: int | None = None
    dna_after_minutes: int | None = None
    patients_may_book: bool = False


class QuotaShape(Shape):
    """At most so many slots of each session, for one of the three."""

    organisation: Ods | None = None
    group: Words | None = None
    organisation_type: OrganisationType | None = None
    at_most: int = Field(ge=0)

    @model_validator(mode="after")
    def _for_one(self) -> Self:
        if sum(each is not None for each in (self.organisation, self.group, self.organisation_type)) != 1:
            raise ValueError("A quota names one of organisation, group and organisation_type")
        return self


class ReleaseShape(Shape):
    """On the day, from this London time on, unused slots open to the group too."""

    group: Words
    at: time


Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class TemplateShape(Shape):
    name: Words
    weekday: Weekday
    starts_at: time
    ends_at: time
    slot_type: Words
    holder: Username | None = None
    site: str | None = None
    channel: DeliveryChannel | None = None
    role: str = Field(default="", pattern=r"^(R[0-9]{4})?$")
    groups: list[str] = []
    counts_to_enhanced_access: bool = True
    variation: str = ""
    further_holders: list[Username] = []
    gp_connect_bookable: bool = True
    open_to_all: bool = False
    organisation_types: list[OrganisationType] = []
    organisations: list[Ods] = []
    window_days: int | None = Field(default=None, ge=0)
    closes_minutes: int | None = Field(default=None, ge=0)
    release: ReleaseShape | None = None
    quotas: list[QuotaShape] = []
    every_weeks: int = Field(default=1, ge=1, le=12)
    on_bank_holidays: bool = False
    starts_on: date
    ends_on: date | None = None


class OnboardingFile(Shape):
    network: NetworkShape
    organisations: list[OrganisationShape] = Field(min_length=1)
    people: list[PersonShape] = []
    agreements: list[AgreementShape] = []
    groups: list[GroupShape] = []
    teams: list[TeamShape] = []
    outcomes: list[OutcomeShape] = []
    slot_types: list[SlotTypeShape] = []
    session_templates: list[TemplateShape] = []
