"""The room's tables."""

from pcnhub.care.consultations.models.attachments import Attachment
from pcnhub.care.consultations.models.consulting import Consultation, Version
from pcnhub.care.consultations.models.definitions import Deed, Definition, Needed
from pcnhub.care.consultations.models.lost_words import LostWords
from pcnhub.care.consultations.models.reference import CodeArrival, CodeRelease, Concept, Description, IsA, Outcome

__all__ = [
    "Attachment",
    "CodeArrival",
    "CodeRelease",
    "Concept",
    "Consultation",
    "Deed",
    "Definition",
    "Description",
    "IsA",
    "LostWords",
    "Needed",
    "Outcome",
    "Version",
]
