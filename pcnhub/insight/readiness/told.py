"""Checks that only storeys above, or packages beside, can answer: `config` hands them over at start-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.insight.readiness.rules import Check

_told: dict[str, Check] = {}


def wire(checks: Mapping[str, Check]) -> None:
    """Called once by `config`: check id -> the check that answers it."""
    _told.clear()
    _told.update(checks)


def told(check_id: str) -> Check:
    """The check that answers this line when it is asked; "unknown" while nobody was handed over."""

    def check(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
        teller = _told.get(check_id)
        if teller is None:
            return [Finding(check_id, hub.hub.id, State.UNKNOWN, "Nothing in this installation can answer this.")]
        return teller(actor=actor, hub=hub, now=now)

    return check


def told_besides(check_id: str) -> Check:
    """The same of a line that has an answer without it: nothing, while nobody was handed over."""

    def check(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
        teller = _told.get(check_id)
        return teller(actor=actor, hub=hub, now=now) if teller is not None else ()

    return check
