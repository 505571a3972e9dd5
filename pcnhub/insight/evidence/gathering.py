"""Reading all that a pack is made of, as it stands at one instant."""

from __future__ import annotations

import json
import platform
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version

from django.db import connection

from pcnhub.care.organisations.queries import NetworkView, network_of_hub, organisation
from pcnhub.foundations.audit import chain
from pcnhub.foundations.audit.queries import decisions
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.evidence.facts import Chain, Decision, Facts, Key, Member
from pcnhub.insight.evidence.sealing import canonical, digest
from pcnhub.insight.evidence.telling import rehearsed
from pcnhub.insight.readiness import queries as readiness
from pcnhub.insight.readiness.contract import weeks_of
from pcnhub.insight.readiness.models import Attestation, Waiver
from pcnhub.insight.readiness.rules import AttestationView, Requirement, WaiverView
from pcnhub.insight.readiness.standing import attestation, waiver

CHANGES_OF_DAYS = 90


def gather(*, actor: Actor, now: datetime, hub_id: int, public_key: str) -> Facts:
    """Everything about the hub and its practices, for an actor of the hub. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        grid = readiness.grid(actor=actor, now=now, hub_id=hub_id)
        network = network_of_hub(hub_id=hub_id, day=london_date(now))
        members = tuple(_member(each) for each in (network.hub, *network.members))
        return Facts(
            made_at=now,
            made_by=actor.name,
            grid=grid,
            members=members,
            adjusted_population=network.adjusted_population,
            attestations=_attestations(hub_id),
            waivers=_waivers(hub_id),
            days=CHANGES_OF_DAYS,
            changes=readiness.changes(actor=actor, now=now, hub_id=hub_id, days=CHANGES_OF_DAYS),
            rehearsal=rehearsed(actor=actor, now=now, hub_id=hub_id),
            plan=readiness.way_to_go_live(actor=actor, now=now, hub_id=hub_id),
            weeks=weeks_of(network=network, now=now),
            decisions=_decisions(actor, members),
            chains=_chains(network),
            versions=_versions(grid.requirements),
            public_key=public_key,
        )


def _member(each: OrganisationRef) -> Member:
    view = organisation(id=each.id)
    return Member(each, view.opened_at, view.adjusted_population or view.list_size or 0)


def _attestations(hub_id: int) -> Mapping[Key, tuple[AttestationView, ...]]:
    found: dict[Key, list[AttestationView]] = defaultdict(list)
    for row in Attestation.objects.filter(hub_id=hub_id).order_by("-pk"):
        found[row.check_id, row.organisation_id].append(attestation(row))
    return {key: tuple(rows) for key, rows in found.items()}


def _waivers(hub_id: int) -> Mapping[Key, tuple[WaiverView, ...]]:
    found: dict[Key, list[WaiverView]] = defaultdict(list)
    for row in Waiver.objects.filter(hub_id=hub_id).order_by("-pk"):
        found[row.check_id, row.organisation_id].append(waiver(row))
    return {key: tuple(rows) for key, rows in found.items()}


def _decisions(actor: Actor, members: tuple[Member, ...]) -> tuple[Decision, ...]:
    """Each act that opened somebody: an act and what it opened bear the same instant."""
    at = {each.opened_at for each in members if each.opened_at is not None}
    rows = decisions(actor=actor, action="readiness.went-live", at=at)
    return tuple(Decision(row.sequence, row.at, row.user_name, json.loads(row.detail or "{}")) for row in rows)


def _chains(network: NetworkView) -> tuple[Chain, ...]:
    heads = chain.heads(organisation_ids=network.organisation_ids)
    none = chain.Kept(0, "")
    ends = ((each, heads.get(each.id, none)) for each in (network.hub, *network.members))
    return tuple(Chain(each, end.sequence, end.hash) for each, end in ends)


def _versions(lines: tuple[Requirement, ...]) -> dict[str, str]:
    """What made it, and by which checklist: the digest of its lines says whether two packs asked the same."""
    asked = [[line.id, line.title, line.gate.value, line.lead_days, list(line.needs)] for line in lines]
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        (server,) = cursor.fetchone()
    return {
        "pcnhub": version("pcnhub"),
        "python": platform.python_version(),
        "postgresql": str(server).partition(" ")[0],
        "checklist": f"sha256:{digest(canonical(asked))}",
    }
