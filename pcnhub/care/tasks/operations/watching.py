"""What happens when a clock runs out: the team is alerted, a named person is told, the sender looks after the patient.

Each is told once, whoever looks and however often; both ends read it in the history (`domain.md` 12.2 A14).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.operations.writing import keep_on_record, look_again, note_line
from pcnhub.care.tasks.queries.escalation import Escalation, whom_to_tell
from pcnhub.care.tasks.queries.teams import TeamView, teams_of
from pcnhub.care.tasks.rules import (
    OPEN,
    UNACCEPTED,
    EventKind,
    TaskPriority,
    TaskState,
    TaskType,
    accept_by,
    safety_net_at,
)
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.opening_hours import OpeningHours


def watch(*, actor: Actor, now: datetime, task_id: int | None = None) -> int:
    """Look at the acting organisation's tasks (or at one), and do what their clocks ask for; how many were told of."""
    with unit_of_work(actor):
        take_turn("tasks.watch", actor.organisation.id)
        rows = Task.objects.filter(pk=task_id) if task_id else Task.objects.all()
        return _watch_received(actor, now, rows.filter(to_organisation=actor.organisation.id)) + _watch_sent(
            actor, now, rows.filter(organisation=actor.organisation.id)
        )


@dataclass(frozen=True, slots=True)
class _House:
    """What every look at received tasks needs, read once."""

    hours: OpeningHours
    teams: dict[int, TeamView]


def _watch_received(actor: Actor, now: datetime, rows: Iterable[Task]) -> int:
    waiting = [row for row in rows if row.state in OPEN - {TaskState.SENT}]
    if not waiting:
        return 0
    day = in_london(now).date()
    house = _House(
        organisations.opening_hours(organisation_id=actor.organisation.id),
        {each.id: each for each in teams_of(organisation_id=actor.organisation.id, day=day)},
    )
    told = _told(waiting)
    number = 0
    for row in waiting:
        for kind in _wanted(row, house.hours, now):
            if (row.pk, kind) not in told:
                number += 1
                _tell_receiver(actor, now, row, kind, house)
    return number


def _wanted(row: Task, hours: OpeningHours, now: datetime) -> list[EventKind]:
    """What the clocks of a received task ask for by now."""
    found = []
    if row.state in UNACCEPTED:
        opens = hours.next_opening(row.state_changed_at)
        if row.state_changed_at < opens <= now:
            found.append(EventKind.ALERTED)
        if accept_by(row.sent_at, TaskPriority(row.priority), hours) < now:
            found.append(EventKind.ESCALATED)
    elif row.due_on < in_london(now).date() and hours.next_opening(now) <= now:
        found.append(EventKind.OVERDUE)
    return found


def _tell_receiver(actor: Actor, now: datetime, row: Task, kind: EventKind, house: _House) -> None:
    state = TaskState(row.state)
    if kind is EventKind.ALERTED:
        note_line(actor, now, row, kind, state, f"{house.teams[row.to_team_id].name} was told at opening.")
        publish(actor=actor, now=now, fact="tasks.alerted", key=f"{row.pk}", payload={"task_id": row.pk})
        return
    whom = whom_to_tell(team=house.teams[row.to_team_id], day=in_london(now).date())
    if whom is not None:
        Task.objects.filter(pk=row.pk).update(escalated_to=whom.position_id)
    note_line(actor, now, row, kind, state, _words(whom))
    keep_on_record(actor, now, row, f"tasks.{kind}")
    for end in {row.to_organisation_id, row.organisation_id}:
        publish(
            actor=actor,
            now=now,
            fact="tasks.escalated",
            key=f"{row.pk}:{kind}:{end}",
            payload={"task_id": row.pk, "kind": kind.value},
            organisation_id=end,
        )


def _words(whom: Escalation | None) -> str:
    return f"To {whom.name}." if whom else "There is nobody to name: telephone them."


def _watch_sent(actor: Actor, now: datetime, rows: Iterable[Task]) -> int:
    """A two-week wait that isn't done when the patient would ring: somebody of the sender reaches them first."""
    waiting = [
        row for row in rows if row.kind == TaskType.TWO_WEEK_WAIT and row.state not in (TaskState.DONE, TaskState.WITHDRAWN)
    ]  # fmt: skip
    hours = organisations.opening_hours_of(organisation_ids={row.to_organisation_id for row in waiting})
    told = _told(waiting)
    number = 0
    for row in waiting:
        at = safety_net_at(row.sent_at, TaskType(row.kind), hours[row.to_organisation_id])
        if at is None or (row.pk, EventKind.SAFETY_NET) in told:
            continue
        if at > now:  # the receiver's hours have changed, or it is early: a sender without teams has no hourly look
            look_again(actor, now, row, at)
            continue
        number += 1
        note = "48 hours after their next opening it is not done: make sure that the patient is not waiting."
        note_line(actor, now, row, EventKind.SAFETY_NET, TaskState(row.state), note)
        keep_on_record(actor, now, row, "tasks.safety-net")
        publish(actor=actor, now=now, fact="tasks.safety-net-out", key=f"{row.pk}", payload={"task_id": row.pk})
    return number


def _told(rows: Iterable[Task]) -> set[tuple[int, str]]:
    ids = [row.pk for row in rows]
    return set(TaskEvent.objects.filter(Q(task__in=ids)).values_list("task", "kind"))
