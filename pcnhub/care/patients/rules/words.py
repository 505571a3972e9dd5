"""The words of registration, and what can be decided from values alone."""

from __future__ import annotations

from enum import StrEnum


class RegistrationType(StrEnum):
    """Regular: registered for general medical services, at a practice only. Temporary: what a hub may hold."""

    REGULAR = "regular"
    TEMPORARY = "temporary"


class RegistrationState(StrEnum):
    ACTIVE = "active"
    LEFT = "left"
    DECEASED = "deceased"


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"
