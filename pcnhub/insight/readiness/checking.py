"""Asking every check, and keeping what it answered.

The checks run as a system of the hub: the answers are the same whoever looks at them, a practice's manager or the command
line. What the hub's tables answer is asked in one unit of work; what real calls answer, after it and outside of any.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView, network_of_hub, system_actor_for
from pcnhub.foundations.database.reading import Stretch, reading_only
from pcnhub.foundations.database.work import is_at_work, unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness import keeping, probing
from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.proofs import lines_at
from pcnhub.insight.readiness.rules import ByProbe, ByState, Requirement
from pcnhub.insight.readiness.shelf import Shelf

log = logging.getLogger(__name__)

FAILED = "The check broke down, so nobody knows. The log says where."
SILENT = "The check gave no answer about this organisation."
HELD = "What the hub holds"
KEPT = "Keeping the answers"
_MEND = Fix("Report it with the time, so that the log can be read.", "whoever runs this installation")
_WORST = (State.UNMET, State.UNKNOWN, State.MET, State.NOT_APPLICABLE)

Progress = Callable[[int, int, str], None]
"""`(done, total, title of what is asked now)`, called before each check and once at the end, with an empty title."""


class ProbesInsideWork(RuntimeError):
    """Real calls were asked for while a transaction is open: a bug, it would be held over the network."""


def check(
    *,
    now: datetime,
    hub_id: int,
    only: Collection[str] | None = None,
    probes: bool = True,
    is_urgent: bool = False,
    is_round: bool = False,
    progress: Progress | None = None,
) -> None:
    """Ask every check (or those in `only`) about the hub's network, and keep the answers and what changed by them.

    Opens its own units of work as the hub: not to be called inside anyone else's. `probes` False leaves out what real calls
    answer, for a page that cannot wait for them; `is_urgent`: a session is near, and whoever has to act is told at once.
    `is_round`: one of many hubs that are asked in turn, for which an answer that another just had stands, where it is the same.
    Raises NotFound when it is no hub.
    """
    network = network_of_hub(hub_id=hub_id, day=london_date(now))
    actor = system_actor_for(organisation_id=hub_id, name="readiness")
    wanted = [line for line in lines_at(CATALOGUE, hub_id=hub_id) if only is None or line.id in only]
    calling = [(line, line.proof) for line in wanted if isinstance(line.proof, ByProbe)] if probes else []
    if calling and is_at_work():
        raise ProbesInsideWork("Ask for probes outside any unit of work")
    by_state = [(line, line.proof) for line in wanted if isinstance(line.proof, ByState)]
    total = len(by_state) + len(calling)
    asked = [line for line in wanted if probes or not isinstance(line.proof, ByProbe)]
    answers: list[keeping.Given] = []

    def say(title: str) -> None:
        if progress is not None:
            progress(len(answers), total, title)

    say(HELD)
    with unit_of_work(actor):
        with reading_only() as stretch:
            for line, proof in by_state:
                say(line.title)
                answers.append(_given(line, network, *_asked(line, proof, actor, network, now, stretch)))
        if not calling:
            keeping.keep(actor=actor, now=now, network=network, lines=asked, given=answers, is_urgent=is_urgent)
    if calling:
        say(calling[0][0].title)
        titles = [line.title for line, _ in calling[1:]] + [KEPT]
        shelf = Shelf(now=now, is_fresh=not is_round)
        called = probing.call(calling, actor=actor, network=network, now=now, shelf=shelf)
        for (line, found), after in zip(called, titles, strict=True):
            answers.append(replace(_given(line, network, found.findings, found.has_failed), asked_at=found.asked_at))
            say(after)
        with unit_of_work(actor):
            keeping.keep(actor=actor, now=now, network=network, lines=asked, given=answers, is_urgent=is_urgent)
    say("")


def answers_for(*, network: NetworkView, now: datetime) -> tuple[keeping.Given, ...]:
    """What the hub's own tables answer now about its network as it will be on another day. Calls nobody, keeps nothing.

    Opens its own unit of work as the hub.
    """
    hub_id = network.hub.id
    actor = system_actor_for(organisation_id=hub_id, name="readiness")
    with unit_of_work(actor), reading_only() as stretch:
        return tuple(
            _given(line, network, *_asked(line, line.proof, actor, network, now, stretch))
            for line in lines_at(CATALOGUE, hub_id=hub_id)
            if isinstance(line.proof, ByState)
        )


def _asked(
    line: Requirement, proof: ByState, actor: Actor, network: NetworkView, now: datetime, stretch: Stretch
) -> tuple[list[Finding], bool]:
    """What the check found, and whether it broke down."""
    try:
        return list(proof.check(actor=actor, hub=network, now=now)), False
    except Exception:  # a check that breaks down is an answer: unknown, never met
        log.exception("check failed", extra={"check": line.id, "hub": network.hub.id})
        stretch.go_on()  # one whose query fails must not take the answers of the others with it
        return [], True


def _given(line: Requirement, network: NetworkView, found: Iterable[Finding], has_failed: bool) -> keeping.Given:
    """One finding for each organisation of the network that the line concerns, or that the check spoke of."""
    by_target = _merged(finding for finding in found if finding.target in network.organisation_ids)
    for organisation_id in sorted(network.organisation_ids):
        if organisation_id not in by_target and line.expected_of(organisation_id, hub_id=network.hub.id):
            evidence = FAILED if has_failed else SILENT
            by_target[organisation_id] = Finding(line.id, organisation_id, State.UNKNOWN, evidence, _MEND)
    return keeping.Given(line, by_target, has_failed)


def _merged(findings: Iterable[Finding]) -> dict[int, Finding]:
    """One finding for each target: the worst of several, with the evidence of all that are as bad."""
    merged: dict[int, Finding] = {}
    for finding in findings:
        before = merged.get(finding.target)
        if before is None or _WORST.index(finding.state) < _WORST.index(before.state):
            merged[finding.target] = finding
        elif finding.state == before.state and finding.evidence != before.evidence:
            evidence = f"{keeping.sentence(before.evidence)} {finding.evidence}"
            merged[finding.target] = replace(before, evidence=evidence, fix=before.fix or finding.fix)
    return merged
