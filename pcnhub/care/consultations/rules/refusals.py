"""What keeps a consultation from being saved, finished or amended: everything at once."""

from __future__ import annotations

from collections.abc import Collection

from pcnhub.care.consultations.rules.measures import Measures, as_asked, problems_of_measure
from pcnhub.care.consultations.rules.notes import Entry, Heading, Notes, section_field
from pcnhub.foundations.kernel.refusals import Problem

LONGEST_SECTION = 20_000  # characters; a limit, so that a paste gone wrong is refused whole and never cut
LONGEST_VALUE = 100
LONGEST_NOTE = 500
LONGEST_FOLLOW_UP = 500
MOST_ENTRIES = 50
LONGEST_REASON = 500


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
        if len(entry.note) > LONGEST_NOTE:
            problems.append(
                Problem(
                    f"entry-{place}",
                    "too-long",
                    f"The note on {entry.term} has {len(entry.note)} characters, and at most {LONGEST_NOTE} fit",
                    remedy="Put the rest in the text under a heading.",
                )
            )
    if notes.follow_up and len(notes.follow_up.text) > LONGEST_FOLLOW_UP:
        problems.append(
            Problem(
                "follow-up",
                "too-long",
                f"What is to be done has {len(notes.follow_up.text)} characters, and at most {LONGEST_FOLLOW_UP} fit",
                remedy="Put the rest in the text under Follow-up.",
            )
        )
    return problems


def problems_to_finish(notes: Notes, *, outcomes: Collection[str]) -> list[Problem]:
    """What is still missing before tidied notes may be finished: text, and exactly one of the hub's outcomes (CHK-51)."""
    problems = []
    if not any(section.text for section in notes.sections):
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
    if notes.follow_up and not notes.follow_up.text:
        problems.append(
            Problem(
                "follow-up",
                "follow-up-empty",
                "A follow-up has a day and does not say what is to be done",
                remedy="Say it, or take the day out.",
            )
        )
    return problems


def problems_of_values(notes: Notes, *, measures: Measures, kept: Collection[Entry] = ()) -> list[Problem]:
    """Measured values that can't be right, entry by entry; what an earlier version had (`kept`) may stay."""
    before = {as_asked(entry, measures) for entry in kept}
    return [
        problem
        for place, entry in enumerate(notes.entries)
        if as_asked(entry, measures) not in before
        for problem in problems_of_measure(entry, field=f"entry-{place}", measures=measures)
    ]


def problems_of_reason(reason: str, *, act: str = "amend it") -> list[Problem]:
    """An amendment, or a mark as recorded in error, says why."""
    if not reason.strip():
        return [Problem("reason", "reason-missing", f"Say why you {act}", remedy="One sentence is enough.")]
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
