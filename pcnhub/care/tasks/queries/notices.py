"""What a notice about a task may know: whose move it is, and no patient."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.tasks.models import Task
from pcnhub.care.tasks.queries.teams import TeamView, team
from pcnhub.care.tasks.rules import TaskPriority, TaskState, TaskType
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A task without text and patient. `sender_account` is None when a system sent it."""

    id: int
    priority: TaskPriority
    kind: TaskType
    state: TaskState
    organisation_id: int
    to_organisation_id: int
    sender_account: int | None
    assigned_position: int | None
    escalated_position: int | None
    team: TeamView


def consultations_with_task(*, actor: Actor, consultation_ids: Collection[int]) -> frozenset[int]:
    """Those of the actor's organisation's consultations from which a task was sent that was not taken back."""
    with unit_of_work(actor):
        rows = Task.objects.filter(organisation=actor.organisation.id, consultation__in=consultation_ids)
        sent = rows.exclude(state=TaskState.WITHDRAWN).values_list("consultation", flat=True)
        return frozenset(each for each in sent if each is not None)


def facts_of(*, actor: Actor, now: datetime, task_id: int) -> TaskFacts | None:
    """For a system of either end; None when there is no such task there."""
    with unit_of_work(actor):
        row = Task.objects.filter(pk=task_id).first()
        if row is None:
            return None
        kind, _, number = row.sent_by.partition(":")
        return TaskFacts(
            id=row.pk,
            priority=TaskPriority(row.priority),
            kind=TaskType(row.kind),
            state=TaskState(row.state),
            organisation_id=row.organisation_id,
            to_organisation_id=row.to_organisation_id,
            sender_account=int(number) if kind == "account" else None,
            assigned_position=row.assigned_to_id,
            escalated_position=row.escalated_to_id,
            team=team(team_id=row.to_team_id, day=london_date(now)),
        )
