"""Keeping what the checks answered: the newest answer of each, and a row for every cell that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix
from pcnhub.insight.readiness import changing
from pcnhub.insight.readiness.models import Result
from pcnhub.insight.readiness.rules import ByProbe, ByState, ProofKind, Requirement

_REPLACED = [
    "state", "evidence", "fix_what", "fix_who", "fix_page", "fix_page_args", "fix_field", "has_failed", "checked_at", "since",
    "proved_by", "took_ms",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """What one line's check answered, organisation by organisation. `asked_at`: in an earlier run, for another hub."""

    line: Requirement
    by_target: Mapping[int, Finding]
    has_failed: bool
    asked_at: datetime | None = None


def keep(
    *,
    actor: Actor,
    now: datetime,
    network: NetworkView,
    lines: Sequence[Requirement],
    given: Sequence[Given],
    is_urgent: bool = False,
) -> None:
    """Replace the answers of these lines, and note what changed in the grid. In the hub's unit of work."""
    hub_id = network.hub.id
    changing.one_at_a_time(hub_id)
    known = {(row.organisation_id, row.check_id): row for row in Result.objects.filter(hub_id=hub_id)}
    results = []
    for each in given:
        asked_at = each.asked_at or now
        for target, finding in sorted(each.by_target.items()):
            before = known.get((target, each.line.id))
            if before is not None and before.checked_at > asked_at:
                continue  # a run that began later was faster, or the hub itself has asked since
            fix = finding.fix or Fix("", "")
            results.append(
                Result(
                    hub_id=hub_id,
                    organisation_id=target,
                    check_id=each.line.id,
                    state=finding.state,
                    evidence=sentence(finding.evidence),
                    fix_what=fix.what,
                    fix_who=fix.who,
                    fix_page=fix.page,
                    fix_page_args=list(fix.page_args),
                    fix_field=fix.field,
                    has_failed=each.has_failed,
                    checked_at=asked_at,
                    since=before.since if before is not None and before.state == finding.state else asked_at,
                    proved_by=finding.proved_by or _kind(each.line),
                    took_ms=finding.took_ms,
                )
            )
    Result.objects.bulk_create(
        results,
        update_conflicts=True,
        unique_fields=["hub_id", "organisation_id", "check_id"],
        update_fields=_REPLACED,
    )
    # a practice that left the network, or that a check no longer concerns, must not leave an old answer behind
    asked = {line.id for line in lines}
    answered = {(target, each.line.id) for each in given for target in each.by_target}
    gone = [row.pk for key, row in known.items() if row.check_id in asked and key not in answered]
    if gone:
        Result.objects.filter(pk__in=gone).delete()
    changing.note(actor=actor, now=now, network=network, is_urgent=is_urgent)


def sentence(text: str) -> str:
    return text if text.endswith((".", ")", "!", "?")) else f"{text}."


def _kind(line: Requirement) -> ProofKind:
    return line.proof.proved_by if isinstance(line.proof, ByState | ByProbe) else ProofKind.NOTHING
