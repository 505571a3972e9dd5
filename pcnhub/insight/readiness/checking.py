"""Asking every check, and keeping what it answered.

The checks run as a system of the hub, in a unit of work of their own: the answers are the same whoever looks at them, a
practice's manager or the command line.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from pcnhub.care.organisations.queries import NetworkView, network_of_hub, system_actor_for
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.models import Result
from pcnhub.insight.readiness.rules import ByState, Requirement

log = logging.getLogger(__name__)

FAILED = "The check broke down, so nobody knows. The log says where."
SILENT = "The check gave no answer about this organisation."
_MEND = Fix("Report it with the time, so that the log can be read.", "whoever runs this installation")
_REPLACED = [
    "state", "evidence", "fix_what", "fix_who", "fix_page", "fix_page_args", "has_failed", "checked_at", "since",
]  # fmt: skip
_WORST = (State.UNMET, State.UNKNOWN, State.MET, State.NOT_APPLICABLE)


def check(*, now: datetime, hub_id: int, only: Collection[str] | None = None, actor: Actor | None = None) -> None:
    """Ask every check that a room answers (or those in `only`) about the hub's network, and keep the answers.

    Opens its own unit of work as the hub: not to be called inside anyone else's, but for that of `actor`, a system of the hub
    (the worker's). Raises NotFound when it is no hub.
    """
    network = network_of_hub(hub_id=hub_id, day=london_date(now))
    actor = actor or system_actor_for(organisation_id=hub_id, name="readiness")
    with unit_of_work(actor):
        known = {(row.organisation_id, row.check_id): row for row in Result.objects.filter(hub_id=hub_id)}
        results = []
        asked = [line for line in CATALOGUE if only is None or line.id in only]
        for requirement in asked:
            if not isinstance(requirement.proof, ByState):
                continue
            findings, has_failed = _ask(requirement, requirement.proof, actor, network, now)
            for target, finding in sorted(findings.items()):
                before = known.get((target, requirement.id))
                is_same = before is not None and before.state == finding.state
                fix = finding.fix or Fix("", "")
                results.append(
                    Result(
                        hub_id=hub_id,
                        organisation_id=target,
                        check_id=requirement.id,
                        state=finding.state,
                        evidence=_sentence(finding.evidence),
                        fix_what=fix.what,
                        fix_who=fix.who,
                        fix_page=fix.page,
                        fix_page_args=list(fix.page_args),
                        has_failed=has_failed,
                        checked_at=now,
                        since=before.since if before is not None and is_same else now,
                    )
                )
        _keep(hub_id, [line.id for line in asked], results)


def _ask(
    requirement: Requirement, proof: ByState, actor: Actor, network: NetworkView, now: datetime
) -> tuple[dict[int, Finding], bool]:
    """One finding for each organisation; (findings, whether the check broke down)."""
    expected = [
        organisation_id
        for organisation_id in sorted(network.organisation_ids)
        if requirement.expected_of(organisation_id, hub_id=network.hub.id)
    ]
    try:
        # a savepoint: a check whose query fails must not take the answers of the others with it
        with transaction.atomic():
            found = list(proof.check(actor=actor, hub=network, now=now))
    except Exception:  # a check that breaks down is an answer: unknown, never met
        log.exception("check failed", extra={"check": requirement.id, "hub": network.hub.id})
        return {each: Finding(requirement.id, each, State.UNKNOWN, FAILED, _MEND) for each in expected}, True
    by_target = _merged(finding for finding in found if finding.target in network.organisation_ids)
    for organisation_id in expected:
        silent = Finding(requirement.id, organisation_id, State.UNKNOWN, SILENT, _MEND)
        by_target.setdefault(organisation_id, silent)
    return by_target, False


def _merged(findings: Iterable[Finding]) -> dict[int, Finding]:
    """One finding for each target: the worst of several, with the evidence of all that are as bad."""
    merged: dict[int, Finding] = {}
    for finding in findings:
        before = merged.get(finding.target)
        if before is None or _WORST.index(finding.state) < _WORST.index(before.state):
            merged[finding.target] = finding
        elif finding.state == before.state and finding.evidence != before.evidence:
            evidence = f"{_sentence(before.evidence)} {finding.evidence}"
            merged[finding.target] = Finding(
                before.code, before.target, before.state, evidence, before.fix or finding.fix
            )
    return merged


def _sentence(text: str) -> str:
    return text if text.endswith((".", ")", "!", "?")) else f"{text}."


def _keep(hub_id: int, check_ids: list[str], results: list[Result]) -> None:
    Result.objects.bulk_create(
        results,
        update_conflicts=True,
        unique_fields=["hub_id", "organisation_id", "check_id"],
        update_fields=_REPLACED,
    )
    # a practice that left the network, or that a check no longer concerns, must not leave an old answer behind
    answered = {(result.organisation_id, result.check_id) for result in results}
    gone = [
        row.pk
        for row in Result.objects.filter(hub_id=hub_id, check_id__in=check_ids).only("organisation_id", "check_id")
        if (row.organisation_id, row.check_id) not in answered
    ]
    Result.objects.filter(pk__in=gone).delete()
