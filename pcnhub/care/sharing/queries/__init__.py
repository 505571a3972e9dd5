"""Every read of the room. Agreements hold no patient: these need no unit of work."""

from pcnhub.care.sharing.queries.agreements import (
    AgreementView,
    ChangeView,
    PartyView,
    agreement,
    agreements_of,
    asks_permission_to_view,
    effective_between,
    history,
    is_effective_with,
)
from pcnhub.care.sharing.queries.matrix import AgreementMatrix, Cell, Row, SideView, matrix
from pcnhub.care.sharing.queries.write_back import (
    WriteBackSettings,
    may_prescribe_for_copies,
    problems_with,
    write_back_settings,
    write_back_settings_of_all,
)

__all__ = [
    "AgreementMatrix",
    "AgreementView",
    "Cell",
    "ChangeView",
    "PartyView",
    "Row",
    "SideView",
    "WriteBackSettings",
    "agreement",
    "agreements_of",
    "asks_permission_to_view",
    "effective_between",
    "history",
    "is_effective_with",
    "matrix",
    "may_prescribe_for_copies",
    "problems_with",
    "write_back_settings",
    "write_back_settings_of_all",
]
