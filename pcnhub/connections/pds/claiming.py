"""Two practices hold one person as theirs: where the national service has them registered, where its word is plain.

What this deployment holds itself is no answer: the two practices' lists are what contradicts itself.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pcnhub.care.patients.operations.imports import decide_claim
from pcnhub.care.patients.queries.claims import Claim, ClaimedView, claimed
from pcnhub.care.patients.rules.tracing import Identity, are_one
from pcnhub.connections.pds import demographics
from pcnhub.connections.pds.refusals import NotConfigured
from pcnhub.connections.pds.words import Held, Outcome, Patience, PersonData
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber


class Said(StrEnum):
    """What the service said of a person whom two practices claim."""

    DECIDED = "decided"  # registered at one of the two, and written down
    UNKNOWN = "unknown"  # it has nobody under the number, or the number must not be used (any more)
    ANOTHER = "another"  # its person is not whom that practice holds under the number
    DECEASED = "deceased"
    WITHHELD = "withheld"  # a restricted record tells no practice
    ELSEWHERE = "elsewhere"  # registered with another practice than those two, or with none


def ask(*, actor: Actor, now: datetime, nhs_number: str, patience: Patience = Patience.PERSON) -> Said:
    """Ask about one of `queries.claims`, and write down where the person is registered when that is one of the practices.

    Not inside a unit of work that has written. Raises NotFound (no two practices claim the person), NotConfigured (the national
    service is not asked here), and what `demographics.read` and `decide_claim` raise.
    """
    if not demographics.verifies():
        raise NotConfigured("The national service is not connected here, so it can't say where anybody is registered.")
    found = claimed(actor=actor, now=now, nhs_number=nhs_number)
    held = demographics.read(actor=actor, now=now, nhs_number=NhsNumber(found.nhs_number), patience=patience)
    said, claim = _said(found, held)
    if claim is not None:
        decide_claim(actor=actor, now=now, nhs_number=nhs_number, practice_id=claim.practice.id, source="pds")
    return said


def _said(found: ClaimedView, held: Held | None) -> tuple[Said, Claim | None]:
    if held is None or held.person is None or held.flags & {Outcome.INVALID, Outcome.SUPERSEDED}:
        return Said.UNKNOWN, None
    if Outcome.DECEASED in held.flags:
        return Said.DECEASED, None
    if not held.person.practice_ods:
        return (Said.WITHHELD if Outcome.SENSITIVE in held.flags else Said.ELSEWHERE), None
    claim = next((each for each in found.claims if each.practice.ods_code == held.person.practice_ods), None)
    if claim is None:
        return Said.ELSEWHERE, None
    return (Said.DECIDED, claim) if _is_theirs(held.person, claim) else (Said.ANOTHER, None)


def _is_theirs(person: PersonData, claim: Claim) -> bool:
    """One number in two lists may be two people: then only a person can tell which list has it wrong."""
    return are_one(
        Identity(claim.given_name, claim.family_name, claim.birth_date, claim.previous_family_name),
        Identity(person.given_name, person.family_name, person.birth_date, person.previous_family_name),
    )
