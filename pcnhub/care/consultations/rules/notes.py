"""The words of a consultation, and how they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any


class ConsultationState(StrEnum):
    DRAFT = "draft"
    FINISHED = "finished"
    IN_ERROR = "in-error"  # written about the wrong person or in the wrong place: kept, marked, never deleted


class Heading(StrEnum):
    """The headings of a general practice consultation, in the order in which they are shown."""

    PROBLEM = "Problem"
    HISTORY = "History"
    EXAMINATION = "Examination"
    ASSESSMENT = "Assessment"
    PLAN = "Plan"
    FOLLOW_UP = "Follow-up"


class EntryKind(StrEnum):
    """What a coded entry is in this consultation, whatever its concept is in SNOMED CT."""

    PROBLEM = "problem"
    FINDING = "finding"
    EXAMINATION = "examination"
    PROCEDURE = "procedure"
    MEDICATION = "medication"  # mentioned, not prescribed
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    text: str
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A SNOMED CT concept as it was chosen; a value where it has one ("38.4"), its unit (UCUM words, "°C"), and a note."""

    code: str
    term: str
    value: str = ""
    unit: str = ""
    kind: EntryKind = EntryKind.FINDING
    note: str = ""
    is_confidential: bool = False

    @property
    def measured(self) -> str:
        """Value and unit as one reads them: "38.4 °C", "dry", or nothing."""
        return " ".join(part for part in (self.value, self.unit if self.value else "") if part)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is to be done, and by when if that was said."""

    text: str
    due_on: date | None = None
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class Notes:
    """What a clinician writes: headed text, coded entries, one outcome (its code, or empty), and a follow-up.

    `is_confidential` covers all of it; a single section, entry or follow-up has a mark of its own.
    """

    sections: tuple[Section, ...] = ()
    entries: tuple[Entry, ...] = ()
    outcome: str = ""
    is_confidential: bool = False
    follow_up: FollowUp | None = None

    @property
    def has_confidential(self) -> bool:
        """All of it, or something in it."""
        return (
            self.is_confidential
            or any(section.is_confidential for section in self.sections)
            or any(entry.is_confidential for entry in self.entries)
            or (self.follow_up is not None and self.follow_up.is_confidential)
        )

    def without_empty(self) -> Notes:
        """As it is finished: a heading that was marked and never written under is none."""
        return replace(self, sections=tuple(each for each in self.sections if each.text))

    def text_under(self, heading: str) -> str:
        return next((section.text for section in self.sections if section.heading == heading), "")

    def as_json(self) -> dict[str, Any]:
        """All of the notes. What is as it usually is has no key: so what was kept before a key existed reads the same."""
        return _with_set(
            {"sections": self.sections_json(), "entries": self.entries_json(), "outcome": self.outcome},
            is_confidential=self.is_confidential,
            follow_up=self.follow_up_json(),
        )

    def sections_json(self) -> list[dict[str, Any]]:
        return [
            _with_set({"heading": each.heading, "text": each.text}, is_confidential=each.is_confidential)
            for each in self.sections
        ]

    def entries_json(self) -> list[dict[str, Any]]:
        return [
            _with_set(
                {"code": each.code, "term": each.term, "value": each.value},
                unit=each.unit,
                kind="" if each.kind is EntryKind.FINDING else each.kind.value,
                note=each.note,
                is_confidential=each.is_confidential,
            )
            for each in self.entries
        ]

    def follow_up_json(self) -> dict[str, Any] | None:
        if self.follow_up is None:
            return None
        due_on = self.follow_up.due_on
        return _with_set(
            {"text": self.follow_up.text, "due_on": due_on.isoformat() if due_on else None},
            is_confidential=self.follow_up.is_confidential,
        )


def _with_set(kept: dict[str, Any], **more: Any) -> dict[str, Any]:
    return kept | {key: value for key, value in more.items() if value}


def notes_from_json(kept: Mapping[str, Any]) -> Notes:
    """The notes as `Notes.as_json` kept them, now or in an earlier release."""
    return Notes(
        sections=sections_from_json(kept.get("sections", ())),
        entries=entries_from_json(kept.get("entries", ())),
        outcome=str(kept.get("outcome", "")),
        is_confidential=bool(kept.get("is_confidential")),
        follow_up=follow_up_from_json(kept.get("follow_up")),
    )


def sections_from_json(kept: Sequence[Mapping[str, Any]]) -> tuple[Section, ...]:
    return tuple(Section(row["heading"], row["text"], bool(row.get("is_confidential"))) for row in kept)


def entries_from_json(kept: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            code=row["code"],
            term=row["term"],
            value=row.get("value", ""),
            unit=row.get("unit", ""),
            kind=EntryKind(row.get("kind", EntryKind.FINDING)),
            note=row.get("note", ""),
            is_confidential=bool(row.get("is_confidential")),
        )
        for row in kept
    )


def follow_up_from_json(kept: Mapping[str, Any] | None) -> FollowUp | None:
    if not kept:
        return None
    due_on = kept.get("due_on")
    return FollowUp(
        str(kept.get("text", "")), date.fromisoformat(due_on) if due_on else None, bool(kept.get("is_confidential"))
    )


# What a paste from a PDF or a letter brings along: other ends of lines, and characters that nobody sees and that neither the
# database (NUL) nor a message in XML can hold.
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def plain(text: str) -> str:
    """The text with one kind of line end, without unseen control characters and surrounding space."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).strip()


def tidied(notes: Notes) -> Notes:
    """Sections in their order, without the empty ones (one that is marked already keeps its mark); every text plain."""
    written = {each.heading: replace(each, text=plain(each.text)) for each in notes.sections}
    order = [*(str(heading) for heading in Heading), *(heading for heading in written if heading not in set(Heading))]
    wanted = notes.follow_up and replace(notes.follow_up, text=plain(notes.follow_up.text))
    return replace(
        notes,
        sections=tuple(
            written[heading]
            for heading in order
            if heading in written and (written[heading].text or written[heading].is_confidential)
        ),
        entries=tuple(
            replace(each, value=plain(each.value), unit=plain(each.unit), note=plain(each.note))
            for each in notes.entries
        ),
        follow_up=wanted if wanted and (wanted.text or wanted.due_on) else None,
    )


def section_field(heading: str) -> str:
    """The name of a heading's field, in forms and in refusals alike."""
    return f"text-{heading.lower().replace(' ', '-')}"
