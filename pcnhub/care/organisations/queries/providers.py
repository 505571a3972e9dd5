"""What other systems are told over GP Connect: an organisation by its exact code, the people who work there, its sites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet

from pcnhub.care.organisations.models import Account, Position, Site
from pcnhub.care.organisations.queries.organisations import SiteView, is_live, site_view
from pcnhub.care.organisations.rules import ClinicalSystem, GpConnectCapability
from pcnhub.foundations.database import prepared
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class ProviderView:
    """An organisation whose appointments and patients are kept here. `asid` is empty while nobody has entered it."""

    ref: OrganisationRef
    asid: str
    switched_on: frozenset[GpConnectCapability]


@dataclass(frozen=True, slots=True)
class PractitionerView:
    """A person as other systems are told of them; the role profiles are those held at the organisation that was asked."""

    account_id: int
    version: int
    given_name: str
    family_name: str
    sds_user_id: str
    sds_role_profile_ids: tuple[str, ...]
    title: str = ""
    gender: str = ""


def find_practitioner(*, organisation_id: int, sds_user_id: str, day: date) -> PractitionerView | None:
    """Who works at the organisation on the day and has this national user id."""
    at_work = Position.objects.filter(organisation=organisation_id, starts_on__lte=day, awaits_acceptance=False).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=day)
    )
    return _practitioner(
        Account.objects.filter(sds_user_id=sds_user_id, is_active=True, pk__in=at_work.values("account")),
        organisation_id,
    )


def practitioner(*, organisation_id: int, account_id: int) -> PractitionerView:
    """Who works or worked at the organisation. Raises NotFound."""
    worked = Position.objects.filter(organisation=organisation_id, awaits_acceptance=False).values("account")
    found = _practitioner(Account.objects.filter(pk=account_id).filter(pk__in=worked), organisation_id)
    if found is None:
        raise NotFound("There is no such practitioner at this organisation.")
    return found


def _practitioner(rows: QuerySet[Account], organisation_id: int) -> PractitionerView | None:
    profiles = ArrayAgg(
        "positions__sds_role_profile_id",
        filter=Q(positions__organisation=organisation_id) & ~Q(positions__sds_role_profile_id=""),
        distinct=True,
    )
    row = rows.annotate(profiles=profiles).first()
    if row is None:
        return None
    return PractitionerView(
        account_id=row.pk,
        version=row.version,
        given_name=row.given_name,
        family_name=row.family_name,
        sds_user_id=row.sds_user_id or "",
        sds_role_profile_ids=tuple(row.profiles or ()),
        title=row.title,
        gender=row.gender,
    )


def find_site(*, id: int, organisation_id: int) -> SiteView | None:  # noqa: A002 - the house's word
    """This site of this organisation, or None."""
    row = Site.objects.filter(pk=id, organisation=organisation_id).first()
    return site_view(row) if row else None


# Asked with each call over GP Connect. A test compares it with the ORM's answer.
_PROVIDER = """
select organisation.id, organisation.ods_code, organisation.name, organisation.kind, organisation.opened_at is not null,
  organisation.asid,
  array(select switch.capability from organisations_gpconnectswitch switch
        where switch.organisation_id = organisation.id and switch.is_on)
from organisations_organisation organisation
where organisation.ods_code = %(ods)s and organisation.system = %(system)s
  and (organisation.closed_on is null or organisation.closed_on > %(day)s)
"""
_TYPES = {"ods": "text", "system": "text", "day": "date"}


def find_provider(*, ods_code: str, day: date) -> ProviderView | None:
    """The organisation of exactly this code whose own system this is and that is not closed on the day; None for any other.

    A practice on another system has its switches here too, as readiness knows them; its endpoint is its supplier's.
    """
    values = {"ods": ods_code, "system": ClinicalSystem.PCN_HUB.value, "day": day}
    for id_, code, name, kind, has_opened, asid, switched_on in prepared.rows(_PROVIDER, _TYPES, values):
        ref = OrganisationRef(id_, code, name, kind, is_live=is_live(kind, has_opened=has_opened))
        return ProviderView(ref, asid, frozenset(GpConnectCapability(each) for each in switched_on))
    return None
