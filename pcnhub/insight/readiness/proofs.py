"""How a line is proved at a given network: by this product, or, where the hub runs on another system, by other means."""

from __future__ import annotations

from dataclasses import replace

from pcnhub.care.organisations.queries import systems_of
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.insight.elsewhere import checks as elsewhere
from pcnhub.insight.elsewhere.attesting import statement_for
from pcnhub.insight.readiness.rules import ByAttestation, ByProbe, ByState, Concerns, Proof, ProofKind, Requirement
from pcnhub.insight.readiness.told import told


def runs_here(*, hub_id: int) -> bool:
    """Whether this product is the system in which the hub works, and so can answer from its own tables."""
    return systems_of(ids=[hub_id]).get(hub_id) == ClinicalSystem.PCN_HUB


# Of a hub elsewhere, too, answered by this product itself: its mail, its worker, its rehearsal.
HERE_TOO = frozenset({"CHK-D5", "CHK-D8", "CHK-D10", "CHK-D13"})
# Calls for this product's own write-back, demographics and patients' pages, which such a hub does not use.
OF_OUR_BOOK = frozenset({"CHK-63", "CHK-D6", "CHK-D11"})
# What a person did by hand at each practice, with a dummy patient, and recorded as steps of a rehearsal.
BY_HAND = ("CHK-37", "CHK-70")


def proof_of(requirement: Requirement, *, runs_here: bool) -> Proof:
    """What answers this line at a hub that runs here, or elsewhere: there an export, steps that a person rehearsed, or a call;
    and what none of these can answer, a person states."""
    if runs_here or (isinstance(requirement.proof, ByAttestation) and requirement.id not in elsewhere.CHECKS):
        return requirement.proof
    if requirement.id in elsewhere.CHECKS:
        return ByState(elsewhere.CHECKS[requirement.id], ProofKind.IMPORT)
    if requirement.id in BY_HAND:
        return ByState(told(requirement.id), ProofKind.REHEARSAL)
    is_call = isinstance(requirement.proof, ByProbe) and requirement.id not in OF_OUR_BOOK
    return requirement.proof if is_call or requirement.id in HERE_TOO else _stated(requirement)


def _stated(requirement: Requirement) -> ByAttestation:
    at_practice = requirement.concerns is Concerns.PRACTICE
    return requirement.attestation or ByAttestation(*statement_for(requirement.id, at_practice=at_practice))


def lines_at(lines: tuple[Requirement, ...], *, hub_id: int) -> tuple[Requirement, ...]:
    """The lines as they are asked of this hub: each with what proves it there. Elsewhere each can be stated, too, where what
    answers it does not know."""
    if runs_here(hub_id=hub_id):
        return lines
    return tuple(replace(line, proof=proof_of(line, runs_here=False), else_attested=_stated(line)) for line in lines)
