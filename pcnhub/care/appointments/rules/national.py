"""What the nation's extract of appointments takes as they should be (`domain.md` 12A.2)."""

from __future__ import annotations

from collections.abc import Iterator

from pcnhub.care.appointments.rules.mapping import NationalMapping, NationalWords
from pcnhub.care.appointments.rules.words import AppointmentMode

ENHANCED_ACCESS = "Extended Access Provision"
"""The service setting of enhanced access [SSLMC]."""
ENCOUNTER = "Care related encounter"
"""The context of what a patient takes part in [NHSE-CONS]."""


def faults_for_enhanced_access(mapping: NationalMapping, mode: str, words: NationalWords) -> Iterator[str]:
    """What keeps a slot type that patients are booked into from being counted as enhanced access (CHK-58)."""
    if mapping.service_setting != ENHANCED_ACCESS:
        yield f"service setting {mapping.service_setting or 'none'}, not {ENHANCED_ACCESS}"
    if mapping.context_type != ENCOUNTER:
        yield f"context type {mapping.context_type or 'none'}, not {ENCOUNTER}"
    category = mapping.national_category
    if words.categories.get(category) != ENCOUNTER:
        yield f"category {category or 'none'}, which is none of an encounter"
    if category in words.withdrawn:
        yield f"category {category}, which the nation has withdrawn"
    if mode == AppointmentMode.NOT_AN_APPOINTMENT:
        yield f"mode {mode}"


def is_not_for_patients(mapping: NationalMapping, mode: str) -> bool:
    """Whether the type itself says that no patient takes part: time for administration, training, breaks (CHK-61)."""
    return mode == AppointmentMode.NOT_AN_APPOINTMENT or mapping.context_type not in ("", ENCOUNTER)
