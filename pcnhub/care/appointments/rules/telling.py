"""What a patient must be told about an appointment that the hub changed, and how they were."""

from __future__ import annotations

from enum import StrEnum


class News(StrEnum):
    """What happened to the appointment."""

    CANCELLED = "cancelled"
    MOVED = "moved"
    CHANGED = "changed"  # same time, another clinician, place or channel


class ToldBy(StrEnum):
    """How the patient came to know."""

    TELEPHONE = "telephone"
    TEXT = "text"
    LETTER = "letter"
    IN_PERSON = "in-person"
    PRACTICE = "practice"
    NOT_NEEDED = "not-needed"


NEWS_WORDS: dict[str, str] = {
    News.CANCELLED: "Cancelled by the hub",
    News.MOVED: "Moved by the hub",
    News.CHANGED: "Changed by the hub",
}
TOLD_WORDS: dict[str, str] = {
    ToldBy.TELEPHONE: "By telephone",
    ToldBy.TEXT: "By text message",
    ToldBy.LETTER: "By letter",
    ToldBy.IN_PERSON: "In person",
    ToldBy.PRACTICE: "Through the patient’s practice",
    ToldBy.NOT_NEEDED: "Nobody needs to be told",
}
