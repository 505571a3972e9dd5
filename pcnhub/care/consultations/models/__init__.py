"""The room's tables."""

from pcnhub.care.consultations.models.consulting import Consultation, Version
from pcnhub.care.consultations.models.reference import Concept, Outcome

__all__ = ["Concept", "Consultation", "Outcome", "Version"]
