"""Organisations with their sites, codes, switches and groups."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from pcnhub.care.organisations.models import (
    GpConnectSwitch,
    GroupMember,
    Organisation,
    OrganisationGroup,
    OrganisationPrescriberCode,
    Site,
)
from pcnhub.care.organisations.rules import GpConnectCapability, OrganisationKind, runs_here
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """One organisation. `list_size` and `adjusted_population` count patients; `adjusted_population` is weighted."""

    id: int
    ods_code: str
    name: str
    kind: str
    system: str
    supplier_organisation_id: str
    parent_icb_ods: str
    parent_icb_name: str
    phone: str
    email: str
    list_size: int | None
    adjusted_population: int | None
    national_code: str
    authentication_nacs: str
    prescribing_cost_centre: str
    asid: str
    opened_at: datetime | None
    closed_on: date | None
    version: int

    @property
    def ref(self) -> OrganisationRef:
        return OrganisationRef(self.id, self.ods_code, self.name, self.kind)


@dataclass(frozen=True, slots=True)
class SiteView:
    id: int
    organisation_id: int
    name: str
    site_code: str
    address_lines: tuple[str, ...]
    postcode: str
    phone: str
    closed_on: date | None
    version: int = 1


@dataclass(frozen=True, slots=True)
class PrescriberCodeView:
    id: int
    code: str
    kind: str
    holder_name: str


@dataclass(frozen=True, slots=True)
class SwitchView:
    """One GP Connect switch; `changed_at` is None while nobody has touched it (it is off then)."""

    capability: GpConnectCapability
    is_on: bool
    changed_at: datetime | None
    changed_by: str


@dataclass(frozen=True, slots=True)
class GroupMemberView:
    organisation: OrganisationRef
    subscribed_at: datetime | None

    @property
    def is_subscribed(self) -> bool:
        return self.subscribed_at is not None


@dataclass(frozen=True, slots=True)
class GroupView:
    id: int
    name: str
    description: str
    purpose: str
    owner: OrganisationRef
    members: tuple[GroupMemberView, ...]

    def member(self, organisation_id: int) -> GroupMemberView | None:
        return next((member for member in self.members if member.organisation.id == organisation_id), None)


def ref_of(row: Organisation, *, hub_systems: Collection[str] = ()) -> OrganisationRef:
    """`hub_systems`: of a practice, the systems of the hubs that work for it today, where whoever asks needs to know."""
    live = is_live(row.kind, has_opened=row.opened_at is not None)
    here = runs_here(row.kind, row.system, hub_systems=hub_systems)
    return OrganisationRef(row.pk, row.ods_code, row.name, row.kind, is_live=live, runs_here=here)


def is_live(kind: str, *, has_opened: bool) -> bool:
    """Hubs and practices open by a decision; of the others nobody waits for one."""
    return has_opened or kind not in (OrganisationKind.HUB, OrganisationKind.PRACTICE)


@read_once
def organisation(*, ods_code: str | None = None, id: int | None = None) -> OrganisationView:  # noqa: A002 - the house's word
    """The organisation with this ODS code or this id. Raises NotFound."""
    return _view(_one(ods_code=ods_code, id=id))


def find_organisation(*, ods_code: str) -> OrganisationView | None:
    """The organisation with this ODS code, or None."""
    row = Organisation.objects.select_related("parent_icb").filter(ods_code=ods_code.strip().upper()).first()
    return None if row is None else _view(row)


@read_once
def organisation_ref(*, id: int) -> OrganisationRef:  # noqa: A002
    """The organisation as an actor carries it. Raises NotFound."""
    return ref_of(_one(id=id))


def organisation_refs(*, ids: list[int] | None = None, kind: str | None = None) -> tuple[OrganisationRef, ...]:
    """Organisations by id, or all (of one kind), by name."""
    rows = Organisation.objects.order_by("name")
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return tuple(ref_of(row) for row in rows)


def list_sizes_of(*, ids: Collection[int]) -> dict[int, int | None]:
    """How many patients each organisation's published list has, by id; None where nobody has entered it."""
    return dict(Organisation.objects.filter(pk__in=ids).values_list("pk", "list_size"))


@read_once
def systems_of(*, ids: Collection[int]) -> dict[int, str]:
    """Whose system keeps each organisation's records (rules.ClinicalSystem), by id."""
    return dict(Organisation.objects.filter(pk__in=ids).values_list("pk", "system"))


def _one(*, ods_code: str | None = None, id: int | None = None) -> Organisation:  # noqa: A002
    key = {"ods_code": (ods_code or "").strip().upper()} if id is None else {"pk": id}
    row = Organisation.objects.select_related("parent_icb").filter(**key).first()
    if row is None:
        raise NotFound(
            f"There is no organisation {ods_code or 'with this id'} here.",
            remedy="Check the ODS code, or add the organisation.",
            who_can="the hub's manager",
        )
    return row


def _view(row: Organisation) -> OrganisationView:
    parent = row.parent_icb
    return OrganisationView(
        id=row.pk,
        ods_code=row.ods_code,
        name=row.name,
        kind=row.kind,
        system=row.system,
        supplier_organisation_id=row.supplier_organisation_id,
        parent_icb_ods=parent.ods_code if parent else "",
        parent_icb_name=parent.name if parent else "",
        phone=row.phone,
        email=row.email,
        list_size=row.list_size,
        adjusted_population=row.adjusted_population,
        national_code=row.national_code,
        authentication_nacs=row.authentication_nacs,
        prescribing_cost_centre=row.prescribing_cost_centre,
        asid=row.asid,
        opened_at=row.opened_at,
        closed_on=row.closed_on,
        version=row.version,
    )


def sites_of(*, organisation_id: int) -> tuple[SiteView, ...]:
    """All sites of an organisation by name, closed ones too (`closed_on` says so)."""
    return tuple(site_view(row) for row in Site.objects.filter(organisation=organisation_id).order_by("name"))


def site_view(row: Site) -> SiteView:
    return SiteView(
        row.pk,
        row.organisation_id,
        row.name,
        row.site_code,
        tuple(row.address_lines),
        row.postcode,
        row.phone,
        row.closed_on,
        row.version,
    )


def site(*, id: int) -> SiteView:  # noqa: A002
    """Raises NotFound."""
    owner = Site.objects.filter(pk=id).values_list("organisation_id", flat=True).first()
    if owner is None:
        raise NotFound("There is no such site.", remedy="Choose one from the organisation's page.")
    return next(found for found in sites_of(organisation_id=owner) if found.id == id)


@read_once
def prescriber_codes_of(*, organisation_id: int) -> tuple[PrescriberCodeView, ...]:
    """The prescriber codes attached to the organisation's cost centre."""
    return tuple(
        PrescriberCodeView(row.pk, row.code, row.kind, row.holder_name)
        for row in OrganisationPrescriberCode.objects.filter(organisation=organisation_id).order_by("code")
    )


def switches_of(*, organisation_id: int) -> tuple[SwitchView, ...]:
    """Every GP Connect switch of the organisation, in the order of its configuration page; no row means off."""
    return switches_by_organisation(organisation_ids=[organisation_id])[organisation_id]


@read_once
def switches_by_organisation(*, organisation_ids: Collection[int]) -> dict[int, tuple[SwitchView, ...]]:
    """`switches_of` for several organisations, in one statement."""
    found = GpConnectSwitch.objects.filter(organisation__in=organisation_ids)
    rows = {(row.organisation_id, row.capability): row for row in found}
    return {
        each: tuple(
            SwitchView(capability, row.is_on, row.changed_at, row.changed_by)
            if (row := rows.get((each, capability.value)))
            else SwitchView(capability, False, None, "")
            for capability in GpConnectCapability
        )
        for each in organisation_ids
    }


def gp_connect_switches(*, organisation_id: int) -> dict[GpConnectCapability, bool]:
    """Which switches are on; every capability has a place, off unless somebody turned it on."""
    return {switch.capability: switch.is_on for switch in switches_of(organisation_id=organisation_id)}


def groups_open_to(*, organisation_id: int) -> frozenset[int]:
    """Ids of the groups whose slots the organisation may see: it is a member, and has subscribed."""
    rows = GroupMember.objects.filter(organisation=organisation_id, subscribed_at__isnull=False)
    return frozenset(rows.values_list("group_id", flat=True))


@read_once
def groups_of(*, owner_id: int) -> tuple[GroupView, ...]:
    """The groups that an organisation owns, by name, each with its members."""
    return _groups(OrganisationGroup.objects.filter(owner=owner_id))


def groups_with(*, organisation_id: int) -> tuple[GroupView, ...]:
    """The groups that an organisation is in, whoever owns them."""
    return _groups(OrganisationGroup.objects.filter(members__organisation=organisation_id))


def group(*, id: int) -> GroupView:  # noqa: A002
    """Raises NotFound."""
    found = _groups(OrganisationGroup.objects.filter(pk=id))
    if not found:
        raise NotFound("There is no such organisation group.", remedy="Choose one from the groups page.")
    return found[0]


def _groups(rows: QuerySet[OrganisationGroup]) -> tuple[GroupView, ...]:
    return tuple(
        GroupView(
            row.pk,
            row.name,
            row.description,
            row.purpose,
            ref_of(row.owner),
            tuple(
                GroupMemberView(ref_of(member.organisation), member.subscribed_at)
                for member in sorted(row.members.all(), key=lambda member: member.organisation.name)
            ),
        )
        for row in rows.select_related("owner").prefetch_related("members__organisation").order_by("name")
    )
