"""The words of a consultation, and what must be true before it may be started, saved or finished."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.foundations.kernel.refusals import Problem

LONGEST_SECTION = 20_000  # characters; a limit, so that a paste gone wrong is refused whole and never cut
LONGEST_VALUE = 100
MOST_ENTRIES = 50
LONGEST_REASON = 500


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


def problems_to_save(notes: Notes, *, known_codes: Collection[str]) -> list[Problem]:
    """What keeps tidied notes from being saved at all; nothing that a person writes is ever cut short."""
    problems = []
    for section in notes.sections:
        field = section_field(section.heading)
        if section.heading not in set(Heading):
            problems.append(
                Problem(
                    field,
                    "unknown-heading",
                    "This heading is not one of a consultation",
                    remedy=f"Put the text under one of: {', '.join(Heading)}.",
                    value=section.heading,
                )
            )
        if len(section.text) > LONGEST_SECTION:
            problems.append(
                Problem(
                    field,
                    "too-long",
                    f"{section.heading} has {len(section.text):,} characters, and at most {LONGEST_SECTION:,} fit",
                    remedy="Shorten it, or move part of it under another heading.",
                )
            )
    if len(notes.entries) > MOST_ENTRIES:
        problems.append(
            Problem("entries", "too-many", f"At most {MOST_ENTRIES} coded entries fit", remedy="Remove some of them.")
        )
    for place, entry in enumerate(notes.entries):
        if entry.code not in known_codes:
            problems.append(
                Problem(
                    f"entry-{place}",
                    "unknown-code",
                    "This code is not in the list of codes in use",
                    remedy="Remove the entry and choose one from the list.",
                    value=entry.code,
                )
            )
        if len(entry.value) > LONGEST_VALUE:
            problems.append(
                Problem(
                    f"entry-{place}",
                    "too-long",
                    f"The value of {entry.term} has {len(entry.value)} characters, and at most {LONGEST_VALUE} fit",
                    remedy="Put the rest in the text under Examination.",
                )
            )
    return problems


def problems_to_finish(notes: Notes, *, outcomes: Collection[str]) -> list[Problem]:
    """What is still missing before tidied notes may be finished: text, and exactly one of the hub's outcomes (CHK-51)."""
    problems = []
    if not notes.sections:
        problems.append(
            Problem(
                section_field(Heading.PROBLEM),
                "nothing-written",
                "Nothing is written under any heading",
                remedy="Write what happened under at least one heading.",
            )
        )
    if not notes.outcome:
        problems.append(
            Problem("outcome", "outcome-missing", "Choose the outcome", remedy="Finishing needs exactly one.")
        )
    elif notes.outcome not in outcomes:
        problems.append(
            Problem(
                "outcome",
                "outcome-unknown",
                "This outcome is not in the hub's list, or is no longer",
                remedy="Choose one from the list.",
                value=notes.outcome,
            )
        )
    return problems


def problems_of_reason(reason: str) -> list[Problem]:
    """An amendment says why."""
    if not reason.strip():
        return [Problem("reason", "reason-missing", "Say why you amend it", remedy="One sentence is enough.")]
    if len(reason.strip()) > LONGEST_REASON:
        return [
            Problem(
                "reason",
                "too-long",
                f"The reason has {len(reason.strip())} characters, and at most {LONGEST_REASON} fit",
                remedy="Shorten it: the text itself belongs under a heading.",
            )
        ]
    return []


def section_field(heading: str) -> str:
    """The name of a heading's field, in forms and in refusals alike."""
    return f"text-{heading.lower().replace(' ', '-')}"


_HERE = frozenset({BookingStatus.ARRIVED, BookingStatus.SENT_IN, BookingStatus.CALL_STARTED})
# Written up after the patient has gone: how an attended appointment without a consultation is mended (CHK-51).
_SEEN = frozenset({BookingStatus.LEFT, BookingStatus.CALL_COMPLETED})


def refusal_to_start(*, status: str, starts_on: date, today: date) -> str:
    """Why a booking in this status can't be consulted on, as a sentence; empty when it can."""
    if status in _HERE or status in _SEEN:
        return ""
    if status == BookingStatus.BOOKED:
        return "" if starts_on == today else "The appointment is not today, and the patient has not arrived."
    if status == BookingStatus.CANCELLED:
        return "The appointment is cancelled."
    return "The appointment is recorded as not attended."
