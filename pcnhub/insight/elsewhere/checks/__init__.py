"""The catalogue's lines that exports of another system can answer."""

from pcnhub.insight.elsewhere.checks import appointments, sessions, slot_types, teams, users
from pcnhub.insight.elsewhere.checks.answering import ByExport, OfEachPractice
from pcnhub.insight.elsewhere.rules import ExportKind

CHECKS: dict[str, ByExport | OfEachPractice] = {
    **users.CHECKS,
    **sessions.CHECKS,
    **appointments.CHECKS,
    **teams.CHECKS,
    **slot_types.CHECKS,
}

ANSWERED_BY: dict[ExportKind, tuple[str, ...]] = {
    kind: tuple(sorted(check_id for check_id, check in CHECKS.items() if kind in check.kinds)) for kind in ExportKind
}
"""Which checks each kind of export answers."""
