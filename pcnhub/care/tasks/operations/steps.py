"""What the people of the receiving organisation do with a task. Each step is a receipt that the sender sees."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.tasks.models import Task
from pcnhub.care.tasks.operations.holds import refuse_held
from pcnhub.care.tasks.operations.writing import NotInTheTeam, TaskMovedOn, received, refuse_too_long, write
from pcnhub.care.tasks.queries.teams import TeamView, team
from pcnhub.care.tasks.rules import FOLLOWS, OPEN, STATE_WORDS, EventKind, TaskState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


def accept(*, actor: Actor, now: datetime, task_id: int, version: int) -> None:
    """Take a delivered task on; it is assigned to the actor. Raises as all steps: NotFound, NotPermitted, NotInTheTeam,
    TaskMovedOn, InvalidInput."""
    _step(actor, now, task_id, version, TaskState.ACCEPTED, changes={"assigned_to_id": actor.position_id})


def begin(*, actor: Actor, now: datetime, task_id: int, version: int) -> None:
    """Say that the work has begun."""
    _step(actor, now, task_id, version, TaskState.IN_PROGRESS)


def finish(*, actor: Actor, now: datetime, task_id: int, version: int, note: str = "") -> None:
    """Say that it is done, with a note to the sender if there is something to say. A test task is answered by another.
    Raises TaskHeld while something hangs on it that would be lost from sight."""
    with unit_of_work(actor):
        row = _step(actor, now, task_id, version, TaskState.DONE, note=note)
        if row.is_test:
            publish(actor=actor, now=now, fact="tasks.test-done", key=f"{row.pk}", payload={"task_id": row.pk})


def reject(*, actor: Actor, now: datetime, task_id: int, version: int, reason: str) -> None:
    """Refuse a task; the sender reads the reason."""
    if not reason.strip():
        raise InvalidInput([Problem("reason", "missing", "The sender must learn why", "Enter a reason")])
    with unit_of_work(actor):
        row = _step(actor, now, task_id, version, TaskState.REJECTED, note=reason)
        tell_sender(actor, now, row, f"{row.pk}:{version + 1}")


def claim(*, actor: Actor, now: datetime, task_id: int, version: int) -> None:
    """Take over an accepted task: one that is nobody's, or somebody's who is in the team with you. On record, with whose it
    was. Raises as all steps."""
    with unit_of_work(actor):
        row = received(actor, now, task_id)
        if TaskState(row.state) not in (TaskState.ACCEPTED, TaskState.IN_PROGRESS) or _is_mine(actor, row):
            raise TaskMovedOn(f"The task is {STATE_WORDS[TaskState(row.state)].lower()}, or yours already.")
        _refuse_if_not_accepting(actor, team(team_id=row.to_team_id, day=london_date(now)))
        write(
            actor, now, row, version, TaskState(row.state), kind=EventKind.CLAIMED, note=f"By {actor.name}.",
            action="tasks.claimed", changes={"assigned_to_id": actor.position_id},
        )  # fmt: skip


def reassign(
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int,
    team_id: int,
    reason: str,
    position_id: int | None = None,
) -> None:
    """Pass an open task to a team of the same organisation, and to one of its members or to none in particular. Both ends read
    the reason. Raises InvalidInput when that team can't take it or the position isn't one of its accepting members.
    """
    with unit_of_work(actor):
        row = received(actor, now, task_id)
        to = team(team_id=team_id, day=london_date(now))
        _refuse_pass(row, to, position_id, reason)
        whom = next((f", {each.name}" for each in to.acceptors if each.position_id == position_id), "")
        write(
            actor,
            now,
            row,
            version,
            TaskState(row.state),
            kind=EventKind.PASSED,
            note=f"Passed to {to.name}{whom}. {reason.strip()}",
            action="tasks.reassigned",
            changes={"to_team_id": team_id, "assigned_to_id": position_id},
        )
        publish(actor=actor, now=now, fact="tasks.assigned", key=f"{row.pk}:{version + 1}", payload={"task_id": row.pk})


def tell_sender(actor: Actor, now: datetime, row: Task, key: str) -> None:
    """It came back, or open again: the sender's people hear of it."""
    publish(
        actor=actor,
        now=now,
        fact="tasks.came-back",
        key=key,
        payload={"task_id": row.pk},
        organisation_id=row.organisation_id,
    )


def _is_mine(actor: Actor, row: Task) -> bool:
    return row.assigned_to_id is not None and row.assigned_to_id == actor.position_id


def _step(
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int,
    to: TaskState,
    *,
    note: str = "",
    changes: dict[str, int | None] | None = None,
) -> Task:
    with unit_of_work(actor):
        row = received(actor, now, task_id)
        refuse_too_long("reason" if to is TaskState.REJECTED else "note", note)
        if to not in FOLLOWS[TaskState(row.state)]:
            raise TaskMovedOn(f"The task is {STATE_WORDS[TaskState(row.state)].lower()} by now.")
        if to is TaskState.ACCEPTED:
            _refuse_if_not_accepting(actor, team(team_id=row.to_team_id, day=london_date(now)))
        if to in (TaskState.DONE, TaskState.REJECTED):
            refuse_held(actor=actor, now=now, task_id=task_id)
        write(actor, now, row, version, to, note=note.strip(), changes=changes)
        return row


def _refuse_if_not_accepting(actor: Actor, to: TeamView) -> None:
    """Who isn't set to accept tasks of other organisations does not become the one they wait for (`domain.md` 10)."""
    if actor.position_id in {member.position_id for member in to.acceptors}:
        return
    raise NotInTheTeam(
        f"Your position is not one that accepts tasks for {to.name}.",
        remedy="Pass the task to a member who accepts tasks, or have your position changed to accept them and join the team.",
        who_can=f"a manager at {to.organisation.name}",
    )


def _refuse_pass(row: Task, to: TeamView, position_id: int | None, reason: str) -> None:
    problems = []
    if TaskState(row.state) not in OPEN:
        raise TaskMovedOn(f"The task is {STATE_WORDS[TaskState(row.state)].lower()} by now.")
    if to.organisation.id != row.to_organisation_id:
        problems.append(
            Problem("team_id", "elsewhere", "This team belongs to another organisation", "Choose one of your own")
        )
    elif to.why_not is not None:
        problems.append(Problem("team_id", to.why_not.code, to.why_not.message, to.why_not.remedy))
    elif position_id is not None and position_id not in {member.position_id for member in to.acceptors}:
        message = f"This is not a member of {to.name} who accepts tasks"
        problems.append(Problem("position_id", "not-accepting", message, "Choose one from the list"))
    if not reason.strip():
        problems.append(Problem("reason", "missing", "Both ends must learn why", "Enter a reason"))
    if problems:
        raise InvalidInput(problems)
    refuse_too_long("reason", reason)
