"""Every read of the room."""

from pcnhub.care.tasks.queries.cover import CoverView, covers_of
from pcnhub.care.tasks.queries.escalation import Escalation, whom_to_tell
from pcnhub.care.tasks.queries.falling_due import DueTask, falling_due
from pcnhub.care.tasks.queries.loops import Leg, LoopTest, loop_tests
from pcnhub.care.tasks.queries.notices import TaskFacts, consultations_with_task, facts_of
from pcnhub.care.tasks.queries.tasks import counts, inbox, owed, sent, task
from pcnhub.care.tasks.queries.teams import (
    MemberView,
    Recipient,
    TeamView,
    partners_of,
    recipients,
    team,
    team_for,
    teams_by_organisation,
    teams_of,
    teams_open_to,
)
from pcnhub.care.tasks.queries.views import (
    LinkedDocument,
    OwedBy,
    OwedPage,
    Step,
    TaskCounts,
    TaskFilter,
    TaskPage,
    TaskRow,
    TaskView,
)

__all__ = [
    "CoverView",
    "DueTask",
    "Escalation",
    "Leg",
    "LinkedDocument",
    "LoopTest",
    "MemberView",
    "OwedBy",
    "OwedPage",
    "Recipient",
    "Step",
    "TaskCounts",
    "TaskFacts",
    "TaskFilter",
    "TaskPage",
    "TaskRow",
    "TaskView",
    "TeamView",
    "consultations_with_task",
    "counts",
    "covers_of",
    "facts_of",
    "falling_due",
    "inbox",
    "loop_tests",
    "owed",
    "partners_of",
    "recipients",
    "sent",
    "task",
    "team",
    "team_for",
    "teams_by_organisation",
    "teams_of",
    "teams_open_to",
    "whom_to_tell",
]
