"""Every read of the room."""

from pcnhub.care.tasks.queries.tasks import (
    Step,
    TaskCounts,
    TaskFilter,
    TaskPage,
    TaskRow,
    TaskView,
    counts,
    inbox,
    sent,
    task,
)
from pcnhub.care.tasks.queries.teams import (
    MemberView,
    Recipient,
    TeamView,
    recipients,
    team,
    teams_by_organisation,
    teams_of,
    teams_open_to,
)

__all__ = [
    "MemberView",
    "Recipient",
    "Step",
    "TaskCounts",
    "TaskFilter",
    "TaskPage",
    "TaskRow",
    "TaskView",
    "TeamView",
    "counts",
    "inbox",
    "recipients",
    "sent",
    "task",
    "team",
    "teams_by_organisation",
    "teams_of",
    "teams_open_to",
]
