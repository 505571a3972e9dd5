"""Every change of the room."""

from pcnhub.care.tasks.operations.receiving import (
    NotInTheTeam,
    TaskMovedOn,
    accept,
    begin,
    deliver,
    finish,
    reassign,
    reject,
    return_unseen,
)
from pcnhub.care.tasks.operations.sending import (
    AskedDifferently,
    OtherPracticesPatient,
    TaskRequest,
    TeamCannotAccept,
    hand_over,
    send,
)
from pcnhub.care.tasks.operations.teams import TeamRequest, save_team

__all__ = [
    "AskedDifferently",
    "NotInTheTeam",
    "OtherPracticesPatient",
    "TaskMovedOn",
    "TaskRequest",
    "TeamCannotAccept",
    "TeamRequest",
    "accept",
    "begin",
    "deliver",
    "finish",
    "hand_over",
    "reassign",
    "reject",
    "return_unseen",
    "save_team",
    "send",
]
