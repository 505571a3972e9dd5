"""Every read of the room."""

from pcnhub.care.writeback.queries.copies import (
    CopyView,
    copies_of_consultation,
    needing_action,
    outstanding,
)
from pcnhub.care.writeback.queries.obstacles import obstacles, standing_patient
from pcnhub.care.writeback.queries.reconciliation import (
    Outstanding,
    Reconciliation,
    ReconciliationRow,
    reconciliation,
)

__all__ = [
    "CopyView",
    "Outstanding",
    "Reconciliation",
    "ReconciliationRow",
    "copies_of_consultation",
    "needing_action",
    "obstacles",
    "outstanding",
    "reconciliation",
    "standing_patient",
]
