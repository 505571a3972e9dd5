"""Asking what only real calls can answer: side by side, each with its own time, and never inside a transaction."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import connection

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.connections.probing import Probe, Shelf, Told, run
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.insight.readiness.rules import ByProbe, Requirement

log = logging.getLogger(__name__)

TOO_LATE = "No answer within {seconds:.0f} seconds, so nobody knows."
_LOOK = Fix(
    "Check again. If it stays so, look whether the other system answers at all.", "whoever runs this installation"
)


@dataclass(frozen=True, slots=True)
class Found:
    findings: list[Finding]
    has_failed: bool = False
    asked_at: datetime | None = None  # where it was asked in an earlier run, for another hub


def call(
    lines: Sequence[tuple[Requirement, ByProbe]],
    *,
    actor: Actor,
    network: NetworkView,
    now: datetime,
    shelf: Shelf | None = None,
) -> Iterator[tuple[Requirement, Found]]:
    """Every probe's answer. One that is not back in its time is "unknown", and is not waited for.

    Those of the connections come first: they plan here, and only their calls are made side by side, so that two lines that ask
    the same of the same system share one call (`connections/probing.py`); what lies on the `shelf` is not asked again. Others are
    called as a whole, each in a thread.

    Within an outer transaction (a test's) they are called one after the other: on a connection of its own a thread would not
    see what that transaction wrote.
    """
    together = {line.id: proof.probe for line, proof in lines if isinstance(proof.probe, Probe)}
    told = run(together, actor=actor, hub=network, now=now, shelf=shelf) if together else {}
    for line, _ in lines:
        if line.id in told:
            yield line, _found(line, told[line.id], network)
    yield from _alone([each for each in lines if each[0].id not in told], actor, network, now)


def _found(line: Requirement, told: Told, network: NetworkView) -> Found:
    if told.failure is not None:
        log.error("probe failed", exc_info=told.failure, extra={"check": line.id, "hub": network.hub.id})
    return Found(list(told.findings), told.failure is not None, told.asked_at)


def _alone(
    lines: Sequence[tuple[Requirement, ByProbe]], actor: Actor, network: NetworkView, now: datetime
) -> Iterator[tuple[Requirement, Found]]:
    if connection.in_atomic_block:
        for line, proof in lines:
            yield line, _ask(line, proof, actor, network, now)
        return
    begun = monotonic()
    answers: dict[str, queue.SimpleQueue[Found]] = {line.id: queue.SimpleQueue() for line, _ in lines}
    for line, proof in lines:
        # daemons: one that hangs on a dead line must not keep the process from ending
        threading.Thread(target=_answer, args=(answers[line.id], line, proof, actor, network, now), daemon=True).start()
    for line, proof in lines:
        left = max(0.0, proof.seconds - (monotonic() - begun))
        try:
            yield line, answers[line.id].get(timeout=left)
        except queue.Empty:
            yield line, Found(_too_late(line, proof, network))


def _answer(
    answers: queue.SimpleQueue[Found],
    line: Requirement,
    proof: ByProbe,
    actor: Actor,
    network: NetworkView,
    now: datetime,
) -> None:
    try:
        answers.put(_ask(line, proof, actor, network, now))
    finally:
        connection.close()  # the thread's own


def _ask(line: Requirement, proof: ByProbe, actor: Actor, network: NetworkView, now: datetime) -> Found:
    try:
        return Found(list(proof.probe(actor=actor, hub=network, now=now)))
    except Exception:  # a probe that breaks down is an answer: unknown, never met
        log.exception("probe failed", extra={"check": line.id, "hub": network.hub.id})
        return Found([], has_failed=True)


def _too_late(line: Requirement, proof: ByProbe, network: NetworkView) -> list[Finding]:
    """About every organisation that the line concerns: not "no", for nobody said so."""
    evidence = TOO_LATE.format(seconds=proof.seconds)
    took = int(proof.seconds * 1000)
    return [
        Finding(line.id, organisation_id, State.UNKNOWN, evidence, _LOOK, took)
        for organisation_id in sorted(network.organisation_ids)
        if line.expected_of(organisation_id, hub_id=network.hub.id)
    ]
