"""Every change of the room: the hub makes agreements and names the parties; each party activates its own side."""

from pcnhub.care.sharing.operations.activation import (
    Done,
    WriteBackFirst,
    activate,
    change_write_back_settings,
    deactivate,
)
from pcnhub.care.sharing.operations.agreements import (
    AgreementFacts,
    change_job_categories,
    change_terms,
    join,
    leave,
    make_agreement,
)
from pcnhub.care.sharing.operations.viewing import ask_permission_to_view

__all__ = [
    "AgreementFacts",
    "Done",
    "WriteBackFirst",
    "activate",
    "ask_permission_to_view",
    "change_job_categories",
    "change_terms",
    "change_write_back_settings",
    "deactivate",
    "join",
    "leave",
    "make_agreement",
]
