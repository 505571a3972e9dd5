"""What an export of slot types says of their national mapping (`domain.md` 12A.2, R1 to R4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from pcnhub.care.appointments.queries.mapping import national_words
from pcnhub.care.appointments.rules import AppointmentMode
from pcnhub.care.appointments.rules.mapping import NationalMapping, NationalWords, is_mapped
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.insight.elsewhere.checks.answering import ByExport, Exports, Verdict, few, need
from pcnhub.insight.elsewhere.checks.sessions import SESSIONS, slots
from pcnhub.insight.elsewhere.rules import ExportKind, SlotTypeRow

SLOT_TYPES = ExportKind.SLOT_TYPES
ENHANCED_ACCESS = "Extended Access Provision"
WITH_PATIENTS = "Care related encounter"
HUB = "the hub’s system administrator"


def slot_types(exports: Exports) -> tuple[SlotTypeRow, ...]:
    return cast("tuple[SlotTypeRow, ...]", exports[SLOT_TYPES].rows)


def _unmapped(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    words = national_words()
    known = {each.name.casefold(): each for each in slot_types(exports)}
    used = {each.slot_type: None for each in slots(exports) if each.slot_type}
    faults = []
    for name in used:
        row = known.get(name.casefold())
        if row is None:
            faults.append(f"{name}: not among the slot types of the export")
        elif not is_mapped(_mapping(row), words):
            faults.append(f"{name}: not mapped")
    right = f"Each of {len(used)} slot types in use is mapped"
    nothing = "" if used and all(each.slot_type for each in slots(exports)) else "Slots have no slot type"
    return Verdict(tuple(faults), right, "Map each under National Slot Mapping.", HUB, nothing)


def _wrong_for_enhanced_access(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    words = national_words()
    used = {each.slot_type.casefold() for each in slots(exports) if each.counts and each.is_bookable and each.slot_type}
    found = [each for each in slot_types(exports) if each.name.casefold() in used]
    faults = tuple(f"{each.name}: {', '.join(wrong)}" for each in found if (wrong := list(_wrong(each, words))))
    unlisted = used - {each.name.casefold() for each in found}
    nothing = f"Slot types in use that the export does not list: {len(unlisted)}" if unlisted else ""
    nothing = nothing if found else "No slot type of the export is used for enhanced access"
    return Verdict(faults, f"All {len(found)} are mapped as enhanced access", "Mend the mapping of each.", HUB, nothing)


def _wrong(row: SlotTypeRow, words: NationalWords) -> Iterator[str]:
    if row.service_setting != ENHANCED_ACCESS:
        yield f"service setting {row.service_setting or 'none'}"
    if row.context_type != WITH_PATIENTS:
        yield f"context {row.context_type or 'none'}"
    if words.categories.get(row.national_category) != WITH_PATIENTS:
        yield f"category {row.national_category or 'none'}"
    if row.mode not in list(AppointmentMode) or row.mode == AppointmentMode.NOT_AN_APPOINTMENT:
        yield f"mode {row.mode or 'none'}"


def _bookable_without_patients(hub: NetworkView, now: datetime, exports: Exports) -> Verdict:
    idle = [each for each in slot_types(exports) if _is_idle(each)]
    faults = tuple(f"{each.name} is bookable" for each in idle if each.is_bookable)
    right = f"None of {len(idle)} slot types that are not for patients is bookable"
    unclear = [
        each.name for each in slot_types(exports) if each.mode not in list(AppointmentMode) and not each.context_type
    ]
    nothing = f"Whether it is for patients is not said of {few(tuple(unclear))}" if unclear else ""
    return Verdict(faults, right, "Take the tick of “Bookable slot” off.", HUB, nothing)


def _is_idle(row: SlotTypeRow) -> bool:
    """Not for a patient, by its own mapping."""
    return row.mode == AppointmentMode.NOT_AN_APPOINTMENT or row.context_type.startswith("Administration")


def _mapping(row: SlotTypeRow) -> NationalMapping:
    return NationalMapping(row.service_setting, row.context_type, row.national_category)


_MAPPED = ("service_setting", "context_type", "national_category")
CHECKS: dict[str, ByExport] = {
    "CHK-57": ByExport(
        "CHK-57",
        (
            need(SLOT_TYPES, *_MAPPED),
            need(SESSIONS, "slot_type"),
        ),
        _unmapped,
    ),
    "CHK-58": ByExport(
        "CHK-58",
        (
            need(SLOT_TYPES, "mode", *_MAPPED),
            need(SESSIONS, "slot_type"),
        ),
        _wrong_for_enhanced_access,
    ),
    "CHK-61": ByExport("CHK-61", (need(SLOT_TYPES, "is_bookable", "mode"),), _bookable_without_patients),
}
