"""What the receiving organisation does with a task. Each step is a receipt that the sender sees."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import queries as patients
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.queries.tasks import row_of
from pcnhub.care.tasks.queries.teams import TeamView, is_member, team, teams_of
from pcnhub.care.tasks.rules import FOLLOWS, LONGEST_NOTE, OPEN, STATE_WORDS, UNACCEPTED, TaskState
from pcnhub.foundations.audit.trail import OWN_RECORD, Basis, Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted, Problem


class TaskMovedOn(Conflict):
    """Somebody else has taken a step since this page was shown."""

    code = "task-moved-on"
    remedy = "Look at the task again, then decide."


class NotInTheTeam(NotPermitted):
    """The task is another team's."""

    code = "not-in-the-team"


def accept(*, actor: Actor, now: datetime, task_id: int, version: int) -> None:
    """Take a delivered task on; it is assigned to the actor. Raises as all steps: NotFound, NotPermitted, NotInTheTeam,
    TaskMovedOn, InvalidInput."""
    _step(actor, now, task_id, version, TaskState.ACCEPTED, changes={"assigned_to_id": actor.position_id})


def begin(*, actor: Actor, now: datetime, task_id: int, version: int) -> None:
    """Say that the work has begun."""
    _step(actor, now, task_id, version, TaskState.IN_PROGRESS)


def finish(*, actor: Actor, now: datetime, task_id: int, version: int, note: str = "") -> None:
    """Say that it is done, with a note to the sender if there is something to say."""
    _step(actor, now, task_id, version, TaskState.DONE, note=note)


def reject(*, actor: Actor, now: datetime, task_id: int, version: int, reason: str) -> None:
    """Refuse a task; the sender reads the reason."""
    if not reason.strip():
        raise InvalidInput([Problem("reason", "missing", "The sender must learn why", "Enter a reason")])
    _step(actor, now, task_id, version, TaskState.REJECTED, note=reason)


def reassign(
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int,
    team_id: int,
    position_id: int | None = None,
    note: str = "",
) -> None:
    """Pass an open task to a team of the same organisation, and to one of its members or to none in particular.

    Raises InvalidInput when that team can't take it or the position isn't one of its accepting members.
    """
    with unit_of_work(actor):
        row = _received(actor, now, task_id)
        to = team(team_id=team_id, day=london_date(now))
        _refuse_pass(row, to, position_id, note)
        whom = next((f", {each.name}" for each in to.members if each.position_id == position_id), "")
        _write(
            actor,
            now,
            row,
            version,
            TaskState(row.state),
            note=f"Passed to {to.name}{whom}. {note.strip()}".strip(),
            action="tasks.reassigned",
            changes={"to_team_id": team_id, "assigned_to_id": position_id},
        )


def deliver(*, actor: Actor, now: datetime, task_id: int) -> None:
    """The receiving organisation has it: the first receipt, written by its system. Done twice, nothing changes.

    A team that can't take it any more sends it back at once.
    """
    with unit_of_work(actor):
        row = Task.objects.filter(pk=task_id, to_organisation=actor.organisation.id).first()
        if row is None or row.state != TaskState.SENT:
            return
        to = team(team_id=row.to_team_id, day=london_date(now))
        if to.why_not is not None:
            _write(actor, now, row, row.version, TaskState.RETURNED, note=to.why_not.message)
            return
        mine = patients.id_of(actor=actor, nhs_number=row.nhs_number) if row.nhs_number else None
        _write(actor, now, row, row.version, TaskState.DELIVERED, changes={"receiver_patient_id": mine})


def return_unseen(*, actor: Actor, now: datetime) -> int:
    """Send back every task that nobody has accepted and nobody in its team can accept any more; how many.

    The sender sees it returned, with the reason (`domain.md` 12.2 A13).
    """
    with unit_of_work(actor):
        teams = teams_of(organisation_id=actor.organisation.id, day=london_date(now))
        deaf = {each.id: each.why_not.message for each in teams if each.why_not is not None}
        rows = Task.objects.filter(to_organisation=actor.organisation.id, to_team__in=deaf, state__in=UNACCEPTED)
        found = list(rows.order_by("pk"))
        for row in found:
            _write(actor, now, row, row.version, TaskState.RETURNED, note=deaf[row.to_team_id])
        return len(found)


def _received(actor: Actor, now: datetime, task_id: int) -> Task:
    """The task, if the actor may work it: as a member of its team, as the one it is assigned to, or as a manager who
    straightens out what a team has left behind."""
    permit(actor=actor, permission=Permission.WORK_TASKS, now=now)
    row = row_of(actor=actor, task_id=task_id)
    if row.to_organisation_id != actor.organisation.id:
        raise NotPermitted(
            "This task was sent to another organisation: what becomes of it is theirs to say.",
            code="not-the-receiver",
            remedy="You see every step here as they take it. Send another task if something has changed.",
            who_can="a member of the team that it was sent to",
        )
    mine = row.assigned_to_id is not None and row.assigned_to_id == actor.position_id
    member = is_member(team_id=row.to_team_id, position_id=actor.position_id, day=london_date(now))
    if not (mine or member or actor.may(Permission.MANAGE_ORGANISATION)):
        raise NotInTheTeam(
            "You are not in the team that this task was sent to.",
            remedy="Ask to be added to the team, or ask a member to pass the task to your team.",
            who_can=f"a manager at {actor.organisation.name}, or a member of the team",
        )
    return row


def _step(
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int,
    to: TaskState,
    *,
    note: str = "",
    changes: dict[str, int | None] | None = None,
) -> None:
    with unit_of_work(actor):
        row = _received(actor, now, task_id)
        if len(note) > LONGEST_NOTE:
            field = "reason" if to is TaskState.REJECTED else "note"
            raise InvalidInput(
                [
                    Problem(
                        field,
                        "too-long",
                        f"It is longer than {LONGEST_NOTE} characters",
                        "Shorten it; nothing is cut off",
                    )
                ]
            )
        if to not in FOLLOWS[TaskState(row.state)]:
            raise TaskMovedOn(f"The task is {STATE_WORDS[TaskState(row.state)].lower()} by now.")
        if to is TaskState.ACCEPTED:
            _refuse_if_not_accepting(actor, row, team(team_id=row.to_team_id, day=london_date(now)))
        _write(actor, now, row, version, to, note=note.strip(), changes=changes)


def _refuse_if_not_accepting(actor: Actor, row: Task, to: TeamView) -> None:
    """Who isn't set to accept tasks of other organisations does not become the one they wait for (`domain.md` 10)."""
    if actor.position_id in {member.position_id for member in to.acceptors}:
        return
    raise NotInTheTeam(
        f"Your position is not one that accepts tasks for {to.name}.",
        remedy="Pass the task to a member who accepts tasks, or have your position changed to accept them and join the team.",
        who_can=f"a manager at {to.organisation.name}",
    )


def _refuse_pass(row: Task, to: TeamView, position_id: int | None, note: str) -> None:
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
    if len(note) > LONGEST_NOTE:
        problems.append(Problem("note", "too-long", f"The note is longer than {LONGEST_NOTE} characters", "Shorten it"))
    if problems:
        raise InvalidInput(problems)


def _write(
    actor: Actor,
    now: datetime,
    row: Task,
    version: int,
    to: TaskState,
    *,
    note: str = "",
    action: str = "",
    changes: dict[str, int | None] | None = None,
) -> None:
    """Compare and set, the receipt, and the record, together."""
    changed = Task.objects.filter(pk=row.pk, version=version, state=row.state).update(
        state=to, version=version + 1, state_changed_at=now, **(changes or {})
    )
    if changed != 1:
        raise TaskMovedOn("Somebody else has taken a step with this task since you opened it.")
    TaskEvent.objects.create(
        organisation_id=actor.organisation.id,
        task=row,
        state=to,
        note=note,
        at=now,
        by=actor.user,
        by_name=actor.name if not actor.is_system else actor.organisation.name,
    )
    crosses = row.organisation_id != actor.organisation.id
    record(
        actor=actor,
        now=now,
        action=action or f"tasks.{to}",
        subject=Subject("task", row.pk, row.receiver_patient_id, row.nhs_number),
        basis=Basis("received task") if crosses else OWN_RECORD,
        detail={"version": version + 1},
    )
