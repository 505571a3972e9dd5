"""Taking back one's own step while nothing has followed it, and a sender taking back a task that nobody has accepted."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.operations.steps import tell_sender
from pcnhub.care.tasks.operations.writing import (
    TaskMovedOn,
    keep_on_record,
    note_line,
    received,
    refuse_too_long,
    write,
)
from pcnhub.care.tasks.queries.selecting import row_of
from pcnhub.care.tasks.rules import CAME_BACK, STATE_WORDS, UNACCEPTED, EventKind, TaskState, why_not_undone
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted, Problem


class NotUndone(Conflict):
    """The step is too old, somebody else's, or others have acted on it."""

    code = "not-undone"
    remedy = "Write a comment that says what is wrong, or take the next step that mends it."


def undo(*, actor: Actor, now: datetime, task_id: int, version: int) -> TaskState:
    """Take the last step back, as if it had not been taken; both ends see the step and that it was undone. The state after.
    Raises NotUndone with why not, and as all steps."""
    with unit_of_work(actor):
        row = received(actor, now, task_id)
        lines = list(TaskEvent.objects.filter(task=row.pk).order_by("-pk")[:2])
        last, before = lines[0], lines[1] if len(lines) > 1 else None
        reason = why_not_undone(
            kind=EventKind(last.kind),
            state=TaskState(last.state),
            before=TaskState(before.state) if before else None,
            at=last.at,
            is_own=last.by == actor.user,
            now=now,
        )
        if reason or before is None:
            raise NotUndone(reason)
        back = TaskState(before.state)
        words = STATE_WORDS[TaskState(last.state)].lower()
        changes: dict[str, int | None] = {"assigned_to_id": None} if last.state == TaskState.ACCEPTED else {}
        write(
            actor, now, row, version, back, kind=EventKind.UNDONE, note=f"It was said to be {words} by mistake.",
            action="tasks.undone", changes=changes,
        )  # fmt: skip
        if last.state == TaskState.DONE or TaskState(last.state) in CAME_BACK:
            tell_sender(actor, now, row, f"{row.pk}:{version + 1}")
        return back


def withdraw(*, actor: Actor, now: datetime, task_id: int, reason: str) -> None:
    """Ask for a task of one's own organisation back, while nobody has accepted it: sent by mistake, about the wrong patient.
    The receiver's side takes it away; once accepted it stays, and the history says so. Raises NotFound, NotPermitted,
    TaskMovedOn, InvalidInput."""
    if not reason.strip():
        raise InvalidInput([Problem("reason", "missing", "The other side must learn why", "Enter a reason")])
    refuse_too_long("reason", reason)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.WORK_TASKS, now=now)
        row = row_of(actor=actor, task_id=task_id)
        if row.organisation_id != actor.organisation.id:
            raise NotPermitted(
                "Only the organisation that sent a task can withdraw it.",
                code="not-the-sender",
                remedy="Reject it, with the reason.",
                who_can=f"somebody at {actor.organisation.name} who works tasks",
            )
        if TaskState(row.state) not in UNACCEPTED:
            raise TaskMovedOn(f"The task is {STATE_WORDS[TaskState(row.state)].lower()} by now: telephone them.")
        note_line(actor, now, row, EventKind.WITHDRAW_ASKED, TaskState(row.state), reason.strip())
        keep_on_record(actor, now, row, "tasks.withdraw-asked")
        publish(
            actor=actor,
            now=now,
            fact="tasks.withdraw-asked",
            key=f"{row.pk}:{row.version}",
            payload={"task_id": row.pk},
            organisation_id=row.to_organisation_id,
        )


def take_away(*, actor: Actor, now: datetime, task_id: int) -> bool:
    """As the receiver's system: give the task back that its sender asked for; whether it went, or had been accepted."""
    with unit_of_work(actor):
        row = Task.objects.filter(pk=task_id, to_organisation=actor.organisation.id).first()
        if row is None or row.state == TaskState.WITHDRAWN:
            return False
        if TaskState(row.state) in UNACCEPTED:
            write(actor, now, row, row.version, TaskState.WITHDRAWN)
            publish(
                actor=actor,
                now=now,
                fact="tasks.withdrawn",
                key=f"{row.pk}",
                payload={"task_id": row.pk},
                organisation_id=row.organisation_id,
            )
            return True
        note = "Too late to withdraw it: it had been taken on. Telephone us."
        note_line(actor, now, row, EventKind.COMMENT, TaskState(row.state), note)
        return False
