"""What either end says about a task without taking a step: comments, and what its sender did about one that came back."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.operations.writing import TaskMovedOn, keep_on_record, note_line, refuse_too_long
from pcnhub.care.tasks.queries.selecting import row_of
from pcnhub.care.tasks.rules import CAME_BACK, EventKind, TaskState
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted, Problem


def comment(*, actor: Actor, now: datetime, task_id: int, text: str) -> None:
    """Say something that both ends read. Raises InvalidInput, NotFound, NotPermitted."""
    with unit_of_work(actor):
        row = _row(actor, now, task_id, text, "comment")
        note_line(actor, now, row, EventKind.COMMENT, TaskState(row.state), text.strip())
        keep_on_record(actor, now, row, "tasks.commented")
        other = row.to_organisation_id if row.organisation_id == actor.organisation.id else row.organisation_id
        number = TaskEvent.objects.filter(task=row.pk).count()
        if row.state != TaskState.SENT:  # to the other end it is nothing yet
            publish(
                actor=actor,
                now=now,
                fact="tasks.commented",
                key=f"{row.pk}:{number}",
                payload={"task_id": row.pk, "by_account": actor.account_id},
                organisation_id=other,
            )


def deal_with(*, actor: Actor, now: datetime, task_id: int, how: str) -> None:
    """The sender says what was done instead about a task that was rejected or returned; until then it stands first on their
    list. Raises InvalidInput, NotFound, NotPermitted, TaskMovedOn."""
    with unit_of_work(actor):
        row = _own(actor, now, task_id, how)
        if TaskState(row.state) not in CAME_BACK:
            raise TaskMovedOn("The task has not come back.")
        _once(actor, now, row, EventKind.DEALT_WITH, how)


def clear_safety_net(*, actor: Actor, now: datetime, task_id: int, how: str) -> None:
    """The sender says how the patient of a two-week wait was reached, or the practice. Raises as `deal_with`."""
    with unit_of_work(actor):
        row = _own(actor, now, task_id, how)
        if not TaskEvent.objects.filter(task=row.pk, kind=EventKind.SAFETY_NET).exists():
            raise TaskMovedOn("Its safety net has not run out.")
        _once(actor, now, row, EventKind.CLEARED, how)


def _once(actor: Actor, now: datetime, row: Task, kind: EventKind, how: str) -> None:
    take_turn(f"tasks.said {row.pk}", actor.organisation.id)
    if TaskEvent.objects.filter(task=row.pk, kind=kind).exists():
        raise TaskMovedOn("Somebody has said so already.")
    note_line(actor, now, row, kind, TaskState(row.state), how.strip())
    keep_on_record(actor, now, row, f"tasks.{kind}")


def _own(actor: Actor, now: datetime, task_id: int, how: str) -> Task:
    row = _row(actor, now, task_id, how, "how")
    if row.organisation_id != actor.organisation.id:
        raise NotPermitted(
            "Only the organisation that sent a task says what it did instead.",
            code="not-the-sender",
            remedy="Write a comment: they read it.",
            who_can="somebody of the organisation that sent it",
        )
    return row


def _row(actor: Actor, now: datetime, task_id: int, text: str, field: str) -> Task:
    if not text.strip():
        raise InvalidInput([Problem(field, "missing", "There is nothing written", "Enter what others must know")])
    refuse_too_long(field, text)
    permit(actor=actor, permission=Permission.WORK_TASKS, now=now)
    return row_of(actor=actor, task_id=task_id)
