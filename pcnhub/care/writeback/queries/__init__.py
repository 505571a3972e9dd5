"""Every read of the room."""

from pcnhub.care.writeback.queries.copies import (
    CopyView,
    copies_of_consultation,
    needing_action,
    outstanding,
)
from pcnhub.care.writeback.queries.obstacles import obstacles
from pcnhub.care.writeback.queries.receivers import (
    Receiver,
    is_regular_here,
    receiver_of,
    route_to,
    standing_patient,
    window_of,
)
from pcnhub.care.writeback.queries.reconciliation import (
    Outstanding,
    Reconciliation,
    ReconciliationRow,
    reconciliation,
)
from pcnhub.care.writeback.queries.report import report

__all__ = [
    "CopyView",
    "Outstanding",
    "Receiver",
    "Reconciliation",
    "ReconciliationRow",
    "copies_of_consultation",
    "is_regular_here",
    "needing_action",
    "obstacles",
    "outstanding",
    "receiver_of",
    "reconciliation",
    "report",
    "route_to",
    "standing_patient",
    "window_of",
]
