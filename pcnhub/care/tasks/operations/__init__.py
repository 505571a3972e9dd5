"""Every change of the room."""

from pcnhub.care.tasks.operations.arriving import deliver, return_unseen
from pcnhub.care.tasks.operations.cover import CoverRequest, arrange_cover, end_cover
from pcnhub.care.tasks.operations.sending import (
    AskedDifferently,
    OtherPracticesPatient,
    TaskRequest,
    TeamCannotAccept,
    hand_over,
    send,
)
from pcnhub.care.tasks.operations.standing import tell_consultation
from pcnhub.care.tasks.operations.steps import accept, begin, claim, finish, reassign, reject
from pcnhub.care.tasks.operations.talking import clear_safety_net, comment, deal_with
from pcnhub.care.tasks.operations.teams import TeamRequest, save_team
from pcnhub.care.tasks.operations.testing import answer_test, send_test
from pcnhub.care.tasks.operations.undoing import NotUndone, take_away, undo, withdraw
from pcnhub.care.tasks.operations.watching import watch
from pcnhub.care.tasks.operations.writing import NotInTheTeam, TaskMovedOn

__all__ = [
    "AskedDifferently",
    "CoverRequest",
    "NotInTheTeam",
    "NotUndone",
    "OtherPracticesPatient",
    "TaskMovedOn",
    "TaskRequest",
    "TeamCannotAccept",
    "TeamRequest",
    "accept",
    "answer_test",
    "arrange_cover",
    "begin",
    "claim",
    "clear_safety_net",
    "comment",
    "deal_with",
    "deliver",
    "end_cover",
    "finish",
    "hand_over",
    "reassign",
    "reject",
    "return_unseen",
    "save_team",
    "send",
    "send_test",
    "take_away",
    "tell_consultation",
    "undo",
    "watch",
    "withdraw",
]
