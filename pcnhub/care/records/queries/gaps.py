"""Sections that can't be shown, each in words: what is missing, what to do, who can. An empty list would read as "none"."""

from __future__ import annotations

from pcnhub.care.records.queries.elsewhere import HomeElsewhere
from pcnhub.care.records.queries.views import SectionState, SectionView
from pcnhub.care.records.rules import Section
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.refusals import Refusal

SECTION_WORDS = {
    Section.ALLERGIES: "allergies",
    Section.PROBLEMS: "problems",
    Section.MEDICATION: "medication",
    Section.IMMUNISATIONS: "immunisations",
    Section.OBSERVATIONS: "observations",
    Section.CONSULTATIONS: "own consultations",
}
ASKED_ELSEWHERE = (Section.ALLERGIES, Section.MEDICATION)  # what GP Connect Access Record: Structured 1.2.7 brings


def all_refused(wanted: tuple[Section, ...], why: Refusal) -> tuple[SectionView, ...]:
    return _each(wanted, why.message, why.remedy, why.who_can)


def untraced(wanted: tuple[Section, ...]) -> tuple[SectionView, ...]:
    """Whatever practice they say they are with, nobody knows yet whose record would be opened."""
    return _each(
        wanted,
        "It is not known who this patient is: they were booked unregistered, and have not been traced.",
        "Trace the patient first. Until then ask them about allergies, medicines and problems.",
        "whoever traces patients at the hub",
    )


def withheld(wanted: tuple[Section, ...], practice: OrganisationRef) -> tuple[SectionView, ...]:
    return _each(
        wanted,
        f"{practice.name} does not share this person's record: the person objects to sharing, their record is protected, "
        "or their registration there is no longer the one that was booked from.",
        "Ask the patient, or telephone the practice.",
        practice.name,
    )


def kept_elsewhere(section: Section, home: HomeElsewhere) -> SectionView:
    """A section that is not here: it is asked for at the practice, or can't be."""
    if section in ASKED_ELSEWHERE:
        notice = f"Kept by {home.name} on another system, and asked for there when the record is opened."
        return SectionView(section, SectionState.ELSEWHERE, notice=notice)
    return SectionView(
        section,
        SectionState.NOT_HELD,
        notice=f"{home.name} keeps its {SECTION_WORDS[section]} on another system, which does not send them here.",
        remedy="Ask the patient, or telephone the practice.",
        who_can=home.name,
    )


def _each(wanted: tuple[Section, ...], notice: str, remedy: str, who_can: str) -> tuple[SectionView, ...]:
    return tuple(
        SectionView(section, SectionState.REFUSED, notice=notice, remedy=remedy, who_can=who_can) for section in wanted
    )
