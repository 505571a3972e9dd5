"""The kinds of entry that a record holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Filing:
    """A consultation as its sender files it into a receiver's record.

    `source_key` names the consultation at its source, all versions alike; with `version` it is what makes filing it twice
    one row. `sections` are (heading, text), `entries` (code, term, value), both in order.
    """

    source_key: str
    version: int
    title: str
    started_at: datetime
    author_name: str
    author_role: str
    site_name: str
    sections: tuple[tuple[str, str], ...]
    entries: tuple[tuple[str, str, str], ...]
    outcome: str
    amendment_reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receiver answers: the same for the same filing, however often it is sent."""

    code: str
    received_at: datetime
    filed_id: int
