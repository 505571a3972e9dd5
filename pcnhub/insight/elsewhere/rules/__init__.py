"""What the exports of other systems look like and what their lines say: pure decisions over values."""

from pcnhub.insight.elsewhere.rules.layout import LAYOUT, LINE_CODES, ExportField, fields_of
from pcnhub.insight.elsewhere.rules.mapping import ExportMapping, columns_for, mapping_from
from pcnhub.insight.elsewhere.rules.reading import CheckedExport, check_export
from pcnhub.insight.elsewhere.rules.rows import AppointmentRow, MemberRow, Row, SlotRow, SlotTypeRow, UserRow
from pcnhub.insight.elsewhere.rules.withholding import without_patients
from pcnhub.insight.elsewhere.rules.words import KIND_WORDS, Attendance, ExportKind, OfferedState, SnapshotState

__all__ = [
    "KIND_WORDS",
    "LAYOUT",
    "LINE_CODES",
    "AppointmentRow",
    "Attendance",
    "CheckedExport",
    "ExportField",
    "ExportKind",
    "ExportMapping",
    "MemberRow",
    "OfferedState",
    "Row",
    "SlotRow",
    "SlotTypeRow",
    "SnapshotState",
    "UserRow",
    "check_export",
    "columns_for",
    "fields_of",
    "mapping_from",
    "without_patients",
]
