"""What a rehearsal shows of a line, beside what the hub's tables or a real call say of it.

A rehearsal goes the whole way, so that it proves what nobody else can; and it went that way last night, so that it proves nothing
against what is seen now. The worse of the two counts, and "nobody knows" is worse only where somebody was asked and was silent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.probing import Answers, Plan, Probe
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.insight.readiness.rules import Check
from pcnhub.insight.readiness.told import told_besides


def and_rehearsed(check_id: str, own: Check) -> Check:
    """`own`, beside what a rehearsal shows of the same line."""
    shown = told_besides(check_id)

    def check(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
        return joined(own(actor=actor, hub=hub, now=now), shown(actor=actor, hub=hub, now=now))

    return check


def called_and_rehearsed(check_id: str, own: Probe) -> Probe:
    """The same of a real call; what was rehearsed is read before it is made."""
    shown = told_besides(check_id)

    def plan(*, actor: Actor, hub: NetworkView, now: datetime) -> Plan:
        with unit_of_work(actor):
            rehearsed = tuple(shown(actor=actor, hub=hub, now=now))
        calls = own.plan(actor=actor, hub=hub, now=now)

        def means(answers: Answers) -> Iterable[Finding]:
            return joined(calls.means(answers), rehearsed)

        return Plan(means, calls.calls)

    return Probe(plan)


def joined(own: Iterable[Finding], rehearsed: Iterable[Finding]) -> Iterator[Finding]:
    """Of each organisation the findings that count; several that are alike are told together."""
    mine: dict[int, list[Finding]] = defaultdict(list)
    for finding in own:
        mine[finding.target].append(finding)
    for shown in rehearsed:
        yield from _together(mine.pop(shown.target, []), shown)
    for left in mine.values():
        yield from left


def _together(own: list[Finding], shown: Finding) -> list[Finding]:
    states = {finding.state for finding in own}
    if State.NOT_APPLICABLE in states and len(states) == 1:
        return own
    if shown.state is State.MET and State.UNMET not in states and not any(map(_was_silent, own)):
        return [*(finding for finding in own if finding.state is State.MET), shown]
    if shown.state is State.UNKNOWN and states == {State.MET}:
        return own  # an old rehearsal, or one that could not begin, says nothing against what is seen now
    return [*own, shown]


def _was_silent(finding: Finding) -> bool:
    """It was called and gave no answer: no rehearsal of last night holds it up."""
    return finding.state is State.UNKNOWN and bool(finding.took_ms)
