"""What every change of a task does: who may, compare and set, a line of history, and the record, together."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.queries.cover import stood_in_for
from pcnhub.care.tasks.queries.selecting import row_of
from pcnhub.care.tasks.queries.teams import is_member
from pcnhub.care.tasks.rules import LONGEST_NOTE, EventKind, TaskState
from pcnhub.foundations.audit.trail import OWN_RECORD, Basis, Subject, record
from pcnhub.foundations.jobs.outbox import publish
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


def received(actor: Actor, now: datetime, task_id: int) -> Task:
    """The task, if the actor may work it: as a member of its team, as the one it is assigned or escalated to, as who stands in
    for one of these, or as a manager who straightens out what a team has left behind."""
    permit(actor=actor, permission=Permission.WORK_TASKS, now=now)
    row = row_of(actor=actor, task_id=task_id)
    if row.to_organisation_id != actor.organisation.id:
        raise NotPermitted(
            "This task was sent to another organisation: what becomes of it is theirs to say.",
            code="not-the-receiver",
            remedy="You see every step here as they take it. Send another task if something has changed.",
            who_can="a member of the team that it was sent to",
        )
    day = london_date(now)
    own = {actor.position_id, *stood_in_for(position_id=actor.position_id, day=day)} - {None}
    mine = bool(own & {row.assigned_to_id, row.escalated_to_id})
    member = is_member(team_id=row.to_team_id, position_id=actor.position_id, day=day)
    if not (mine or member or actor.may(Permission.MANAGE_ORGANISATION)):
        raise NotInTheTeam(
            "You are not in the team that this task was sent to.",
            remedy="Ask to be added to the team, or ask a member to pass the task to your team.",
            who_can=f"a manager at {actor.organisation.name}, or a member of the team",
        )
    return row


def refuse_too_long(field: str, text: str) -> None:
    if len(text) > LONGEST_NOTE:
        message = f"It is longer than {LONGEST_NOTE} characters"
        raise InvalidInput([Problem(field, "too-long", message, "Shorten it; nothing is cut off")])


def write(
    actor: Actor,
    now: datetime,
    row: Task,
    version: int,
    to: TaskState,
    *,
    kind: EventKind = EventKind.STEP,
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
    note_line(actor, now, row, kind, to, note)
    keep_on_record(actor, now, row, action or f"tasks.{to}", version + 1)


def note_line(actor: Actor, now: datetime, row: Task, kind: EventKind, state: TaskState, note: str = "") -> None:
    """One line of the history, which both ends read."""
    TaskEvent.objects.create(
        organisation_id=actor.organisation.id,
        task=row,
        kind=kind,
        state=state,
        note=note,
        at=now,
        by=actor.user,
        by_name=actor.name if not actor.is_system else actor.organisation.name,
    )


def look_again(actor: Actor, now: datetime, row: Task, at: datetime) -> None:
    """A job of the sender's for when the safety net of this task runs out, one for each instant that this turns out to be."""
    publish(
        actor=actor,
        now=now,
        fact="tasks.clock-due",
        key=f"{row.pk}:safety-net:{at:%Y%m%d%H%M}",
        payload={"task_id": row.pk},
        run_after=at,
    )


def keep_on_record(actor: Actor, now: datetime, row: Task, action: str, version: int = 0) -> None:
    is_sender = row.organisation_id == actor.organisation.id
    record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("task", row.pk, row.patient_id if is_sender else row.receiver_patient_id, row.nhs_number),
        basis=OWN_RECORD if is_sender else Basis("received task"),
        detail={"version": version} if version else None,
    )
