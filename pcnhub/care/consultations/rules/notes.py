"""The words of a consultation, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ConsultationState(StrEnum):
    DRAFT = "draft"
    FINISHED = "finished"


class Heading(StrEnum):
    """The headings of a general practice consultation, in the order in which they are shown."""

    PROBLEM = "Problem"
    HISTORY = "History"
    EXAMINATION = "Examination"
    ASSESSMENT = "Assessment"
    PLAN = "Plan"
    FOLLOW_UP = "Follow-up"


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A SNOMED CT concept as it was chosen, and a value where it has one ("38.4 °C")."""

    code: str
    term: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """What a clinician writes: headed text, coded entries, one outcome (its code, or empty)."""

    sections: tuple[Section, ...] = ()
    entries: tuple[Entry, ...] = ()
    outcome: str = ""

    def text_under(self, heading: str) -> str:
        return next((section.text for section in self.sections if section.heading == heading), "")

    def as_json(self) -> dict[str, Any]:
        return {"sections": self.sections_json(), "entries": self.entries_json(), "outcome": self.outcome}

    def sections_json(self) -> list[dict[str, str]]:
        return [{"heading": section.heading, "text": section.text} for section in self.sections]

    def entries_json(self) -> list[dict[str, str]]:
        return [{"code": entry.code, "term": entry.term, "value": entry.value} for entry in self.entries]


def notes_from_json(kept: Mapping[str, Any]) -> Notes:
    """The notes as `Notes.as_json` kept them."""
    return Notes(
        sections=sections_from_json(kept.get("sections", ())),
        entries=entries_from_json(kept.get("entries", ())),
        outcome=str(kept.get("outcome", "")),
    )


def sections_from_json(kept: Sequence[Mapping[str, str]]) -> tuple[Section, ...]:
    return tuple(Section(row["heading"], row["text"]) for row in kept)


def entries_from_json(kept: Sequence[Mapping[str, str]]) -> tuple[Entry, ...]:
    return tuple(Entry(row["code"], row["term"], row.get("value", "")) for row in kept)


def tidied(notes: Notes) -> Notes:
    """Sections in their order, without the empty ones; surrounding space and Windows line ends taken out."""
    texts = {section.heading: section.text.replace("\r\n", "\n").strip() for section in notes.sections}
    order = [*Heading, *(heading for heading in texts if heading not in set(Heading))]
    return Notes(
        sections=tuple(Section(str(heading), texts[heading]) for heading in order if texts.get(heading)),
        entries=tuple(Entry(entry.code, entry.term, entry.value.strip()) for entry in notes.entries),
        outcome=notes.outcome,
    )


def section_field(heading: str) -> str:
    """The name of a heading's field, in forms and in refusals alike."""
    return f"text-{heading.lower().replace(' ', '-')}"
