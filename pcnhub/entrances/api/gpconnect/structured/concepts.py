"""Coded terms as FHIR, and text as it may stand in a FHIR string."""

from __future__ import annotations

import re
import uuid

from pcnhub.care.records.particulars import Coded, Concept
from pcnhub.entrances.api.gpconnect.answers import PROFILES
from pcnhub.foundations.fhir import resources as r

SNOMED = "http://snomed.info/sct"
NULL_FLAVOUR = "http://hl7.org/fhir/v3/NullFlavor"
CROSS_CARE = "https://fhir.nhs.uk/Id/cross-care-setting-identifier"
DESCRIPTION = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-coding-sctdescid"
NO_INFORMATION = "No information available"
# What XML 1.0, and so a FHIR string, can't carry
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTRIES = uuid.UUID("0c5a5c1e-6f6b-5f0a-9d43-2b6f0f5d6a3e")


def stable(*parts: object) -> str:
    """A UUID that is the same each time it is asked for: of an entry, by practice and its identity at its source."""
    return str(uuid.uuid5(_ENTRIES, "\n".join(map(str, parts))))


def said(text: str) -> str | None:
    """Text that FHIR can carry, or nothing."""
    return _UNSAYABLE.sub(" ", text).strip() or None


def meta(profile: str) -> r.Meta:
    """Of a clinical resource: it has no version of its own."""
    return r.Meta(profile=(PROFILES + profile,))


def note(*texts: str) -> tuple[r.Annotation, ...]:
    """One note of several texts, each on a line of its own."""
    whole = said("\n".join(text for text in texts if text))
    return (r.Annotation(text=whole),) if whole else ()


def coding(system: str, code: str, display: str) -> r.CodeableConcept:
    return r.CodeableConcept(coding=(r.Coding(system=system, code=code, display=display),))


def concept(given: Concept, *, code: str = "", term: str = "") -> r.CodeableConcept:
    """What the source said; without it (`code`, `term`) what is shown here. Text alone has no code."""
    if given.codes:
        return r.CodeableConcept(coding=tuple(map(_coding, given.codes)), text=said(given.text))
    if code:
        return r.CodeableConcept(coding=(r.Coding(system=SNOMED, code=code, display=said(term)),))
    return r.CodeableConcept(text=said(given.text or term))


def degraded(found: r.CodeableConcept, code: str, display: str) -> r.CodeableConcept:
    """A concept that has no code gets the one that says so, and keeps its words as text (allergies and medication guidance)."""
    if found.coding:
        return found
    return r.CodeableConcept(coding=(r.Coding(system=SNOMED, code=code, display=display),), text=found.text)


def _coding(each: Coded) -> r.Coding:
    parts = []
    if each.description_id:
        parts.append(r.Extension(url="descriptionId", value_id=each.description_id))
    if said(each.description):
        parts.append(r.Extension(url="descriptionDisplay", value_string=said(each.description)))
    return r.Coding(
        extension=(r.Extension(url=DESCRIPTION, extension=tuple(parts)),) if parts else (),
        system=each.system,
        code=each.code,
        display=said(each.display),
    )


def identified(identifier: str) -> tuple[r.Identifier, ...]:
    return (r.Identifier(system=CROSS_CARE, value=identifier),)
