"""The room's tables."""

from pcnhub.care.consultations.models.consulting import Consultation, Version
from pcnhub.care.consultations.models.reference import CodeArrival, CodeRelease, Concept, Description, Outcome

__all__ = ["CodeArrival", "CodeRelease", "Concept", "Consultation", "Description", "Outcome", "Version"]
