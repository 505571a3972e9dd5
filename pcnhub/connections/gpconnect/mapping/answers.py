"""What a consumer must know of an answer besides its entries: whose it is, which lists came, and what was not understood.

Source: GP Connect 1.2.7, Access Record Structured: list guidance, version compatibility. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pcnhub.connections.gpconnect.mapping.fhir import Bundle, concept, mapping, mappings, notes, text
from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.media import Media
from pcnhub.foundations.fhir.refusals import NotFhir

ALLERGIES = "886921000000105"
ENDED_ALLERGIES = "1103671000000101"
MEDICATION = "933361000000108"


@dataclass(frozen=True, slots=True)
class Listed:
    """One list of the answer. `said` is what the source says of an empty one; '' where it gave no reason for being empty."""

    entries: int
    is_empty_on_purpose: bool
    said: str


def person_in(content: Mapping[str, Any]) -> r.Patient | None:
    """The one patient of the answer, for comparing; None where there is none, several, or nothing to be made of it."""
    found = list(Bundle.of(content).of_type("Patient"))
    if len(found) != 1:
        return None
    try:
        read, _ = codec.read_answer(msgspec.json.encode(found[0]), Media.JSON)
    except NotFhir:
        return None
    return read if isinstance(read, r.Patient) else None


def lists_in(content: Mapping[str, Any]) -> dict[str, Listed]:
    """The lists by their SNOMED CT code."""
    return {_code_of(each): _listed(each) for each in Bundle.of(content).of_type("List")}


def _code_of(each: Mapping[str, Any]) -> str:
    """Ended allergies by their words, too: suppliers had to send them before the list had its code."""
    code, term = concept(each.get("code"))
    words = f"{text(each.get('title'))} {term}".lower()
    is_ended = "allerg" in words and ("ended" in words or "resolved" in words)
    return ENDED_ALLERGIES if is_ended and code not in (ALLERGIES, MEDICATION) else code


def _listed(each: Mapping[str, Any]) -> Listed:
    reason = concept(each.get("emptyReason"))[1]
    return Listed(len(mappings(each.get("entry"))), bool(reason), notes(each) or reason)


def not_understood(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parameters of the question that the source did not recognise, as (name, its words)."""
    found = []
    for outcome in Bundle.of(content).of_type("OperationOutcome"):
        for issue in mappings(outcome.get("issue")):
            if text(issue.get("code")) == "not-supported":
                said = text(mapping(issue.get("details")).get("text"))
                found.append((text(issue.get("diagnostics")) or said.partition(" ")[0], said))
    return found
