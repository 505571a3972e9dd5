"""Every change of the room."""

from pcnhub.care.consultations.operations.consulting import (
    ConsultationMovedOn,
    DraftMovedOn,
    amend,
    finish,
    save_draft,
    start,
)
from pcnhub.care.consultations.operations.outcomes import move_outcome, save_outcome
from pcnhub.care.consultations.operations.reference import load_concepts

__all__ = [
    "ConsultationMovedOn",
    "DraftMovedOn",
    "amend",
    "finish",
    "load_concepts",
    "move_outcome",
    "save_draft",
    "save_outcome",
    "start",
]
