"""Every read of the room. A hub sees its own alone: what goes home is a copy (see `writeback`)."""

from pcnhub.care.consultations.queries.attachments import AttachedDocument, attached_documents, consultations_with
from pcnhub.care.consultations.queries.consulting import (
    consultation,
    consultation_of_booking,
    finished_between,
    finished_except,
    finished_version,
    newest_finished,
    newest_version,
    no_such_consultation,
)
from pcnhub.care.consultations.queries.lists import (
    finished_booking_ids,
    in_error_of_booking,
    open_drafts,
    ties,
)
from pcnhub.care.consultations.queries.lost_words import LostWordsView, lost_words
from pcnhub.care.consultations.queries.measures import measures
from pcnhub.care.consultations.queries.reference import (
    MOST_CONCEPTS,
    CodeReleaseView,
    ConceptView,
    OutcomeView,
    ancestors_of,
    code_release,
    concepts,
    every_outcome,
    find_concepts,
    hierarchy,
    missing_to_finish,
    outcome,
    outcomes,
    terms,
)
from pcnhub.care.consultations.queries.views import (
    ConsultationView,
    FinishedVersion,
    OpenDraft,
)

__all__ = [
    "MOST_CONCEPTS",
    "AttachedDocument",
    "CodeReleaseView",
    "ConceptView",
    "ConsultationView",
    "FinishedVersion",
    "LostWordsView",
    "OpenDraft",
    "OutcomeView",
    "ancestors_of",
    "attached_documents",
    "code_release",
    "concepts",
    "consultation",
    "consultation_of_booking",
    "consultations_with",
    "every_outcome",
    "find_concepts",
    "finished_between",
    "finished_booking_ids",
    "finished_except",
    "finished_version",
    "hierarchy",
    "in_error_of_booking",
    "lost_words",
    "measures",
    "missing_to_finish",
    "newest_finished",
    "newest_version",
    "no_such_consultation",
    "open_drafts",
    "outcome",
    "outcomes",
    "terms",
    "ties",
]
