"""Tasks as each end sees them: the receiver's inbox, the sender's receipts, one task with its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import PositionView
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.queries.teams import TeamView, teams_of
from pcnhub.care.tasks.rules import OPEN, UNACCEPTED, TaskPriority, TaskState, TaskType, accept_by
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What to show; what is left out doesn't restrict. `states` defaults to those that still wait for somebody."""

    states: frozenset[TaskState] = OPEN
    team_id: int | None = None
    kind: TaskType | None = None
    priority: TaskPriority | None = None
    mine_only: bool = False


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in a list. `trouble` says what keeps it from being worked, if anything does."""

    id: int
    kind: TaskType
    priority: TaskPriority
    state: TaskState
    version: int
    sender: OrganisationRef
    receiver: OrganisationRef
    team_id: int
    team_name: str
    patient_label: str
    sent_at: datetime
    sent_by_name: str
    state_changed_at: datetime
    due_on: date
    accept_by: datetime
    assigned_position_id: int | None
    assigned_name: str
    is_overdue: bool
    is_late_to_accept: bool
    trouble: str


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One page of tasks; `number` counts from 1, `overdue` counts over all pages."""

    items: tuple[TaskRow, ...]
    number: int
    pages: int
    total: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a task's history: a receipt to the sender."""

    state: TaskState
    at: datetime
    by_name: str
    organisation: OrganisationRef
    note: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as the actor's side sees it: `patient_id` is this side's own row, `consultation_id` is given to the sender."""

    row: TaskRow
    text: str
    patient_id: int | None
    consultation_id: int | None
    is_receiver: bool
    is_sender: bool
    history: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """For a start page: what waits in the actor's teams, and what became of what the organisation sent."""

    to_accept: int
    late: int
    overdue: int
    mine: int
    came_back: int


def inbox(*, actor: Actor, now: datetime, wanted: TaskFilter = TaskFilter(), page: int = 1) -> TaskPage:
    """What the actor's organisation has received, what is due first on top. On record. Raises NotPermitted."""
    return _listed(actor, now, wanted, page, Q(to_organisation=actor.organisation.id), "tasks.inbox-listed")


def sent(*, actor: Actor, now: datetime, wanted: TaskFilter = TaskFilter(), page: int = 1) -> TaskPage:
    """What the actor's organisation has sent, with where it stands. On record. Raises NotPermitted."""
    return _listed(actor, now, wanted, page, Q(organisation=actor.organisation.id), "tasks.sent-listed")


def task(*, actor: Actor, now: datetime, task_id: int) -> TaskView:
    """One task of either end, put on record as an opening of its patient. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.WORK_TASKS, now=now)
        row = row_of(actor=actor, task_id=task_id)
        is_sender = row.organisation_id == actor.organisation.id
        patient_id = _own_patient_id(actor, row)
        trail.record(
            actor=actor,
            now=now,
            action="tasks.opened",
            subject=Subject("task", row.pk, patient_id, row.nhs_number),
            data_organisation_id=_whose(actor, row),
            basis=grant.basis,
        )
        events = TaskEvent.objects.filter(task=row.pk).order_by("pk")
        around = _Around.of([row], now)
        return TaskView(
            row=_row(row, around, now),
            text=row.text,
            patient_id=patient_id,
            consultation_id=row.consultation_id if is_sender else None,
            is_receiver=row.to_organisation_id == actor.organisation.id,
            is_sender=is_sender,
            history=tuple(
                Step(
                    TaskState(event.state),
                    event.at,
                    event.by_name,
                    around.references[event.organisation_id],
                    event.note,
                )
                for event in events
            ),
        )


def counts(*, actor: Actor, now: datetime) -> TaskCounts:
    """Figures for the start page; zeros for who may not work tasks."""
    if not actor.may(Permission.WORK_TASKS):
        return TaskCounts(0, 0, 0, 0, 0)
    with unit_of_work(actor):
        received = visible(actor).filter(to_organisation=actor.organisation.id, state__in=OPEN)
        waiting = received.filter(state__in=UNACCEPTED).values_list("sent_at", "priority")
        late = sum(accept_by(sent_at, TaskPriority(priority)) < now for sent_at, priority in waiting)
        back = visible(actor).filter(
            organisation=actor.organisation.id, sent_by=actor.user, state__in=[TaskState.RETURNED, TaskState.REJECTED]
        )
        return TaskCounts(
            to_accept=len(waiting),
            late=late,
            overdue=received.filter(due_on__lt=london_date(now)).count(),
            mine=received.filter(assigned_to=actor.position_id).count() if actor.position_id else 0,
            came_back=back.filter(due_on__gte=london_date(now)).count(),
        )


def visible(actor: Actor) -> QuerySet[Task]:
    """The tasks of either end; those about a sensitive patient only for who may see such patients. To the receiving
    organisation a task is nothing until it is delivered: who the patient is may be being asked."""
    mine = Q(organisation=actor.organisation.id)
    rows = Task.objects.filter(mine | Q(to_organisation=actor.organisation.id) & ~Q(state=TaskState.SENT))
    if actor.may(Permission.VIEW_SENSITIVE):
        return rows
    return rows.exclude(patient__is_sensitive=True).exclude(receiver_patient__is_sensitive=True)


def row_of(*, actor: Actor, task_id: int) -> Task:
    """The table's row, for operations. Raises NotFound."""
    row = visible(actor).filter(pk=task_id).first()
    if row is None:
        raise NotFound(
            "There is no such task here.",
            remedy="Look in the inbox, or in what was sent.",
            who_can="someone at the organisation that sent or received it",
        )
    return row


def _own_patient_id(actor: Actor, row: Task) -> int | None:
    """Each end names the patient by its own row."""
    return row.patient_id if row.organisation_id == actor.organisation.id else row.receiver_patient_id


def _whose(actor: Actor, row: Task) -> int | None:
    """The practice whose patient a task of the actor's is about, which may know who saw it; None for the actor's own."""
    seen_as = row.patient if row.organisation_id == actor.organisation.id else row.receiver_patient
    if seen_as is not None:
        return seen_as.registered_practice_id
    return row.organisation_id if row.patient_id and row.organisation_id != actor.organisation.id else None


def _listed(actor: Actor, now: datetime, wanted: TaskFilter, page: int, side: Q, action: str) -> TaskPage:
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.WORK_TASKS, now=now)
        rows = visible(actor).filter(side, _matching(actor, wanted))
        total = rows.count()
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        ordered = rows.annotate(urgency=_URGENCY).order_by("due_on", "urgency", "sent_at", "pk")
        if not wanted.states & OPEN:
            ordered = ordered.order_by("-state_changed_at", "-pk")  # history reads backwards
        shown = list(
            ordered.select_related("patient", "receiver_patient")[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        )
        around = _Around.of(shown, now)
        trail.record_list(
            actor=actor,
            now=now,
            action=action,
            kind="task",
            shown=[
                trail.Shown(_own_patient_id(actor, row), row.nhs_number, _whose(actor, row))
                for row in shown
                if row.nhs_number
            ],
            basis=grant.basis,
            detail={"found": total, "page": number, "shown": [row.pk for row in shown]},
        )
        return TaskPage(
            items=tuple(_row(row, around, now) for row in shown),
            number=number,
            pages=pages,
            total=total,
            overdue=rows.filter(state__in=OPEN, due_on__lt=london_date(now)).count(),
        )


_URGENCY = Case(
    *(When(priority=priority, then=Value(place)) for place, priority in enumerate(TaskPriority)),
    output_field=IntegerField(),
)


def _matching(actor: Actor, wanted: TaskFilter) -> Q:
    matching = Q(state__in=wanted.states)
    if wanted.team_id is not None:
        matching &= Q(to_team=wanted.team_id)
    if wanted.kind is not None:
        matching &= Q(kind=wanted.kind)
    if wanted.priority is not None:
        matching &= Q(priority=wanted.priority)
    if wanted.mine_only:
        matching &= Q(assigned_to=actor.position_id)
    return matching


@dataclass(frozen=True, slots=True)
class _Around:
    """What rows of tasks refer to, read once for all of them."""

    references: dict[int, OrganisationRef]
    teams: dict[int, TeamView]
    staff: dict[int, PositionView]

    @classmethod
    def of(cls, rows: Sequence[Task], now: datetime) -> Self:
        ends = {end for row in rows for end in (row.organisation_id, row.to_organisation_id)}
        receivers = sorted({row.to_organisation_id for row in rows})
        day = london_date(now)
        return cls(
            references={each.id: each for each in organisations.organisation_refs(ids=sorted(ends))},
            teams={team.id: team for each in receivers for team in teams_of(organisation_id=each, day=day)},
            staff={
                position.id: position
                for each in receivers
                for position in organisations.positions_at(organisation_id=each, day=day, include_inactive=True)
            },
        )


def _row(row: Task, around: _Around, now: datetime) -> TaskRow:
    state, priority, team = TaskState(row.state), TaskPriority(row.priority), around.teams[row.to_team_id]
    must_accept_by = accept_by(row.sent_at, priority)
    assigned = around.staff[row.assigned_to_id] if row.assigned_to_id is not None else None
    trouble = ""
    if state in UNACCEPTED and team.why_not is not None:
        trouble = team.why_not.message
    elif state in OPEN and assigned is not None and not assigned.is_active:
        trouble = f"Assigned to {assigned.name}, who no longer holds that position. Pass it to somebody else."
    return TaskRow(
        id=row.pk,
        kind=TaskType(row.kind),
        priority=priority,
        state=state,
        version=row.version,
        sender=around.references[row.organisation_id],
        receiver=around.references[row.to_organisation_id],
        team_id=team.id,
        team_name=team.name,
        patient_label=row.patient_label,
        sent_at=row.sent_at,
        sent_by_name=row.sent_by_name,
        state_changed_at=row.state_changed_at,
        due_on=row.due_on,
        accept_by=must_accept_by,
        assigned_position_id=row.assigned_to_id,
        assigned_name=assigned.name if assigned else "",
        is_overdue=state in OPEN and row.due_on < london_date(now),
        is_late_to_accept=state in UNACCEPTED and must_accept_by < now,
        trouble=trouble,
    )
