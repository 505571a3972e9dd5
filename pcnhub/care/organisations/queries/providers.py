"""Whom another system reaches here over GP Connect: one organisation by its exact code, and its switches, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries.organisations import ref_of
from pcnhub.care.organisations.rules import ClinicalSystem, GpConnectCapability
from pcnhub.foundations.kernel.actors import OrganisationRef


@dataclass(frozen=True, slots=True)
class ProviderView:
    """An organisation whose appointments and patients are kept here. `asid` is empty while nobody has entered it."""

    ref: OrganisationRef
    asid: str
    switched_on: frozenset[GpConnectCapability]


def find_provider(*, ods_code: str, day: date) -> ProviderView | None:
    """The organisation of exactly this code whose own system this is and that is not closed on the day; None for any other.

    A practice on another system has its switches here too, as readiness knows them; its endpoint is its supplier's.
    """
    row = (
        Organisation.objects.filter(ods_code=ods_code, system=ClinicalSystem.PCN_HUB)
        .filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day))
        .annotate(on=ArrayAgg("gp_connect_switches__capability", filter=Q(gp_connect_switches__is_on=True)))
        .first()
    )
    if row is None:
        return None
    return ProviderView(ref_of(row), row.asid, frozenset(GpConnectCapability(each) for each in row.on or ()))
