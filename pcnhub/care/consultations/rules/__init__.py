"""What must be true before a consultation is started, saved or finished: values alone."""

from pcnhub.care.consultations.rules.notes import (
    ConsultationState,
    Entry,
    EntryKind,
    FollowUp,
    Heading,
    Notes,
    Section,
    entries_from_json,
    follow_up_from_json,
    notes_from_json,
    section_field,
    sections_from_json,
    tidied,
)
from pcnhub.care.consultations.rules.refusals import (
    LONGEST_REASON,
    LONGEST_SECTION,
    LONGEST_VALUE,
    MOST_ENTRIES,
    problems_of_reason,
    problems_to_finish,
    problems_to_save,
)
from pcnhub.care.consultations.rules.starting import (
    refusal_to_start,
)

__all__ = [
    "LONGEST_REASON",
    "LONGEST_SECTION",
    "LONGEST_VALUE",
    "MOST_ENTRIES",
    "ConsultationState",
    "Entry",
    "EntryKind",
    "FollowUp",
    "Heading",
    "Notes",
    "Section",
    "entries_from_json",
    "follow_up_from_json",
    "notes_from_json",
    "problems_of_reason",
    "problems_to_finish",
    "problems_to_save",
    "refusal_to_start",
    "section_field",
    "sections_from_json",
    "tidied",
]
