"""The kinds of entry that a record holds."""

from __future__ import annotations

from enum import StrEnum


class ItemKind(StrEnum):
    PROBLEM = "problem"
    MEDICATION = "medication"
    ALLERGY = "allergy"
    IMMUNISATION = "immunisation"
    OBSERVATION = "observation"


class Origin(StrEnum):
    OWN = "own"
    IMPORT = "import"
    WRITE_BACK = "write-back"
