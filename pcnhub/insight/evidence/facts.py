"""What a pack is made of, gathered before anything is put in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.appointments.rules.capacity import ContractWeek
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.insight.evidence.telling import Rehearsed
from pcnhub.insight.readiness.changing import ChangeView
from pcnhub.insight.readiness.planning import Plan
from pcnhub.insight.readiness.rules import AttestationView, Grid, WaiverView

Key = tuple[str, int]
"""A line of the checklist at an organisation: (check id, organisation id)."""


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation of the network: since when it is open, and how many weighted patients it has."""

    organisation: OrganisationRef
    opened_at: datetime | None
    patients: int


@dataclass(frozen=True, slots=True)
class Decision:
    """One act of going live, by its place in the hub's audit."""

    sequence: int
    at: datetime
    by: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Chain:
    """The end of an organisation's chain of the audit; 0 rows, and no hash, of one that has done nothing yet."""

    organisation: OrganisationRef
    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Facts:
    """`days` is how far back `changes` reach; `adjusted_population` counts the network's weighted patients."""

    made_at: datetime
    made_by: str
    grid: Grid
    members: tuple[Member, ...]
    adjusted_population: int
    attestations: Mapping[Key, tuple[AttestationView, ...]]
    waivers: Mapping[Key, tuple[WaiverView, ...]]
    days: int
    changes: tuple[ChangeView, ...]
    rehearsal: Rehearsed | None
    plan: Plan | None
    weeks: tuple[ContractWeek, ...]
    decisions: tuple[Decision, ...]
    chains: tuple[Chain, ...]
    versions: Mapping[str, str]
    public_key: str
