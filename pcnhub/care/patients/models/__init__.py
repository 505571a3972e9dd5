"""The room's tables: the person as an organisation holds them, what is known of who they are, and the files they came in."""

from pcnhub.care.patients.models.identity import ContactOffer, FormerNumber, Merge, TraceAttempt, TraceRun
from pcnhub.care.patients.models.imports import (
    ClaimDecision,
    ImportBatch,
    ImportChange,
    ImportFile,
    ImportRejection,
    PossibleDuplicate,
    SavedMapping,
)
from pcnhub.care.patients.models.patient import Patient, Protection
from pcnhub.care.patients.models.vocabulary import KnownName

__all__ = [
    "ClaimDecision",
    "ContactOffer",
    "FormerNumber",
    "ImportBatch",
    "ImportChange",
    "ImportFile",
    "ImportRejection",
    "KnownName",
    "Merge",
    "Patient",
    "PossibleDuplicate",
    "Protection",
    "SavedMapping",
    "TraceAttempt",
    "TraceRun",
]
