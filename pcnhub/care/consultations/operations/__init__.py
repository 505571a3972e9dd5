"""Every change of the room."""

from pcnhub.care.consultations.operations.consulting import (
    ConsultationMovedOn,
    DraftMovedOn,
    amend,
    finish,
    save_draft,
    start,
)
from pcnhub.care.consultations.operations.reference import load_concepts, save_outcome

__all__ = [
    "ConsultationMovedOn",
    "DraftMovedOn",
    "amend",
    "finish",
    "load_concepts",
    "save_draft",
    "save_outcome",
    "start",
]
