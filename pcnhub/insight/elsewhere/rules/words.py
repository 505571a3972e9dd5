"""The words of exports. Values are those of `domain.md` R1 to R5; what other systems call them stands in `layout`."""

from __future__ import annotations

from enum import StrEnum


class ExportKind(StrEnum):
    USERS = "users"
    SESSIONS = "sessions"
    APPOINTMENTS = "appointments"
    TEAMS = "teams"
    SLOT_TYPES = "slot-types"


KIND_WORDS: dict[ExportKind, str] = {
    ExportKind.USERS: "Users and roles",
    ExportKind.SESSIONS: "Sessions and slots",
    ExportKind.APPOINTMENTS: "Appointments",
    ExportKind.TEAMS: "Task teams",
    ExportKind.SLOT_TYPES: "Slot types",
}


class SnapshotState(StrEnum):
    DRAFT = "draft"  # received, its columns are being matched
    KEPT = "kept"  # the newest of its kind: checks are answered by it
    SUPERSEDED = "superseded"  # a newer one was kept; its rows are gone


class OfferedState(StrEnum):
    """What has become of a slot."""

    FREE = "free"
    BOOKED = "booked"
    EMBARGOED = "embargoed"  # free, and opens to booking later
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


class Attendance(StrEnum):
    """How an appointment stands, as the national extract tells them apart (`domain.md` R5)."""

    BOOKED = "booked"
    ATTENDED = "attended"
    DID_NOT_ATTEND = "did-not-attend"
    CANCELLED = "cancelled"
    OTHER = "other"
