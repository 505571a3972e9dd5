"""Requirements of the tests' own, whose checks answer what a test tells them to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.insight.readiness.rules import ByAttestation, ByState, Concerns, Gate, Mover, Proof, Requirement

ASKS = ByAttestation("the practice manager", "a picture of the page", 30)
FIX = Fix("Turn it on.", "the hub’s manager")


def line(
    check_id: str = "CHK-01",
    *,
    concerns: Concerns = Concerns.HUB,
    gate: Gate = Gate.HUB,
    proof: Proof = ASKS,
    **more: Any,
) -> Requirement:
    movers = (Mover.PRACTICE,) if concerns is Concerns.PRACTICE else (Mover.HUB,)
    return Requirement(check_id, "1", f"Title of {check_id}", "Because.", concerns, movers, 1, (), gate, proof, **more)


def answering(check_id: str, state: State, *organisation_ids: int, fix: Fix = FIX) -> ByState:
    """A check that finds this state at each of these organisations."""
    findings = [Finding(check_id, each, state, f"{check_id} is {state}.", fix) for each in organisation_ids]
    return ByState(lambda **_: findings)


def failing() -> ByState:
    """A check with a bug in it."""

    def check(**_: Any) -> list[Finding]:
        raise ZeroDivisionError("a bug")

    return ByState(check)


SetLines = Callable[..., None]
