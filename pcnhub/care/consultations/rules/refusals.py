"""What keeps a consultation from being saved, finished or amended: everything at once."""

from __future__ import annotations

from collections.abc import Collection

from pcnhub.care.consultations.rules.notes import Heading, Notes, section_field
from pcnhub.foundations.kernel.refusals import Problem

LONGEST_SECTION = 20_000  # characters; a limit, so that a paste gone wrong is refused whole and never cut
LONGEST_VALUE = 100
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
