"""What must be true before a consultation is started, saved or finished: values alone."""

from pcnhub.care.consultations.rules.codes import kind_of, words_of
from pcnhub.care.consultations.rules.measures import Measure, Measures, default_unit, with_unit_apart
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
    plain,
    section_field,
    sections_from_json,
    tidied,
)
from pcnhub.care.consultations.rules.refusals import (
    LONGEST_FOLLOW_UP,
    LONGEST_NOTE,
    LONGEST_REASON,
    LONGEST_SECTION,
    LONGEST_VALUE,
    MOST_ENTRIES,
    problems_of_reason,
    problems_of_values,
    problems_to_finish,
    problems_to_save,
)
from pcnhub.care.consultations.rules.starting import (
    refusal_to_start,
)

__all__ = [
    "LONGEST_FOLLOW_UP",
    "LONGEST_NOTE",
    "LONGEST_REASON",
    "LONGEST_SECTION",
    "LONGEST_VALUE",
    "MOST_ENTRIES",
    "ConsultationState",
    "Entry",
    "EntryKind",
    "FollowUp",
    "Heading",
    "Measure",
    "Measures",
    "Notes",
    "Section",
    "default_unit",
    "entries_from_json",
    "follow_up_from_json",
    "kind_of",
    "notes_from_json",
    "plain",
    "problems_of_reason",
    "problems_of_values",
    "problems_to_finish",
    "problems_to_save",
    "refusal_to_start",
    "section_field",
    "sections_from_json",
    "tidied",
    "with_unit_apart",
    "words_of",
]
