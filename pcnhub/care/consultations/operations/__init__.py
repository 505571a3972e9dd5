"""Every change of the room."""

from pcnhub.care.consultations.operations.finishing import amend, finish, mark_in_error
from pcnhub.care.consultations.operations.outcomes import move_outcome, save_outcome
from pcnhub.care.consultations.operations.reference import load_concepts
from pcnhub.care.consultations.operations.releases import CodesImported, import_codes
from pcnhub.care.consultations.operations.standing import ConsultationMovedOn, DraftMovedOn
from pcnhub.care.consultations.operations.writing import save_draft, start

__all__ = [
    "CodesImported",
    "ConsultationMovedOn",
    "DraftMovedOn",
    "amend",
    "finish",
    "import_codes",
    "load_concepts",
    "mark_in_error",
    "move_outcome",
    "save_draft",
    "save_outcome",
    "start",
]
