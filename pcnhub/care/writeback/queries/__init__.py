"""Every read of the room."""

from pcnhub.care.writeback.queries.copies import (
    CopyView,
    copies_of_consultation,
    needing_action,
    outstanding,
)
from pcnhub.care.writeback.queries.drugs import (
    DrugPage,
    DrugView,
    FormularyView,
    drugs_kept_waiting,
    drugs_of_consultation,
    formularies,
    number_of_waiting_drugs,
    practices_with_list,
    prescribers_of,
    waiting_drug,
    waiting_drugs,
)
from pcnhub.care.writeback.queries.listing import CopyPage, Show, copies_page, copy_of_hub
from pcnhub.care.writeback.queries.obstacles import obstacles
from pcnhub.care.writeback.queries.receivers import (
    Receiver,
    WayHome,
    is_regular_here,
    receiver_of,
    route_to,
    standing_patient,
    way_home,
    window_of,
)
from pcnhub.care.writeback.queries.reconciliation import (
    ON_ITS_WAY,
    Outstanding,
    Reconciliation,
    ReconciliationRow,
    Uncopied,
    reconciliation,
    without_copy,
)
from pcnhub.care.writeback.queries.report import report

__all__ = [
    "ON_ITS_WAY",
    "CopyPage",
    "CopyView",
    "DrugPage",
    "DrugView",
    "FormularyView",
    "Outstanding",
    "Receiver",
    "Reconciliation",
    "ReconciliationRow",
    "Show",
    "Uncopied",
    "WayHome",
    "copies_of_consultation",
    "copies_page",
    "copy_of_hub",
    "drugs_kept_waiting",
    "drugs_of_consultation",
    "formularies",
    "is_regular_here",
    "needing_action",
    "number_of_waiting_drugs",
    "obstacles",
    "outstanding",
    "practices_with_list",
    "prescribers_of",
    "receiver_of",
    "reconciliation",
    "report",
    "route_to",
    "standing_patient",
    "waiting_drug",
    "waiting_drugs",
    "way_home",
    "window_of",
    "without_copy",
]
