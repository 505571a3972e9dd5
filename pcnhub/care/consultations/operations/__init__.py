"""Every change of the room."""

from pcnhub.care.consultations.operations.asked import AskAnswer, note_task
from pcnhub.care.consultations.operations.attachments import attach_document, detach_document
from pcnhub.care.consultations.operations.definitions import DefinitionMovedOn, import_protocol, import_template
from pcnhub.care.consultations.operations.filling import NotInUse, fill_template
from pcnhub.care.consultations.operations.finishing import amend, finish, mark_in_error
from pcnhub.care.consultations.operations.letters import Letter, letter
from pcnhub.care.consultations.operations.lost_words import (
    forget_lost_words,
    keep_lost_words,
    lost_words_saved,
    put_lost_words_back,
    throw_lost_words_away,
)
from pcnhub.care.consultations.operations.outcomes import move_outcome, save_outcome
from pcnhub.care.consultations.operations.reference import load_concepts
from pcnhub.care.consultations.operations.releases import CodesImported, OlderRelease, import_codes
from pcnhub.care.consultations.operations.standing import ConsultationMovedOn, DraftMovedOn
from pcnhub.care.consultations.operations.writing import save_draft, start

__all__ = [
    "AskAnswer",
    "CodesImported",
    "ConsultationMovedOn",
    "DefinitionMovedOn",
    "DraftMovedOn",
    "Letter",
    "NotInUse",
    "OlderRelease",
    "amend",
    "attach_document",
    "detach_document",
    "fill_template",
    "finish",
    "forget_lost_words",
    "import_codes",
    "import_protocol",
    "import_template",
    "keep_lost_words",
    "letter",
    "load_concepts",
    "lost_words_saved",
    "mark_in_error",
    "move_outcome",
    "note_task",
    "put_lost_words_back",
    "save_draft",
    "save_outcome",
    "start",
    "throw_lost_words_away",
]
