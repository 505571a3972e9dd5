"""How a line is proved at a given network: by this product, or, where the hub runs on another system, by other means."""

from __future__ import annotations

from dataclasses import replace

from pcnhub.care.organisations.queries import systems_of
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.insight.readiness.rules import Proof, Requirement


def runs_here(*, hub_id: int) -> bool:
    """Whether this product is the system in which the hub works, and so can answer from its own tables."""
    return systems_of(ids=[hub_id]).get(hub_id) == ClinicalSystem.PCN_HUB


def proof_of(requirement: Requirement, *, runs_here: bool) -> Proof:
    """What answers this line at a hub that runs here, or elsewhere."""
    return requirement.proof


def lines_at(lines: tuple[Requirement, ...], *, hub_id: int) -> tuple[Requirement, ...]:
    """The lines as they are asked of this hub: each with what proves it there."""
    here = runs_here(hub_id=hub_id)
    proofs = ((line, proof_of(line, runs_here=here)) for line in lines)
    return tuple(line if proof is line.proof else replace(line, proof=proof) for line, proof in proofs)
