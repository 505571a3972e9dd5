"""How snapshots are written down and read: rows as JSON, a draft's lines sealed."""

from __future__ import annotations

from typing import Any

import msgspec

from pcnhub.care.patients.rules import ParsedFile
from pcnhub.foundations.database.sealing import Seal
from pcnhub.insight.elsewhere.rules import (
    AppointmentRow,
    ExportKind,
    MemberRow,
    Row,
    SlotRow,
    SlotTypeRow,
    UserRow,
)

_DRAFTS = Seal(
    info="pcnhub exports of other systems",
    remedy="Drop it, and import the file again.",
    who_can="whoever may manage readiness at the hub",
)
_ROWS: dict[ExportKind, Any] = {
    ExportKind.USERS: tuple[UserRow, ...],
    ExportKind.SESSIONS: tuple[SlotRow, ...],
    ExportKind.APPOINTMENTS: tuple[AppointmentRow, ...],
    ExportKind.TEAMS: tuple[MemberRow, ...],
    ExportKind.SLOT_TYPES: tuple[SlotTypeRow, ...],
}


def written(rows: tuple[Row, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.to_builtins(rows)
    return found


def understood(kind: ExportKind, rows: Any) -> tuple[Row, ...]:
    """What `written` wrote, as rows again."""
    found: tuple[Row, ...] = msgspec.convert(rows, type=_ROWS[kind])
    return found


def sealed(file: ParsedFile, *, place: str) -> bytes:
    return _DRAFTS.close(msgspec.json.encode(file), place=place)


def unsealed(content: bytes | memoryview, *, place: str) -> ParsedFile:
    """Raises SealBroken."""
    return msgspec.json.decode(_DRAFTS.open(content, place=place), type=ParsedFile)
