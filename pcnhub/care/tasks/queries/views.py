"""Tasks as they are shown: rows, pages, one with its history, figures, and what is owed by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.tasks.rules import OPEN, ClockState, EventKind, TaskPriority, TaskState, TaskType
from pcnhub.foundations.kernel.actors import OrganisationRef


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What to show; what is left out doesn't restrict. `states` defaults to those that still wait for somebody."""

    states: frozenset[TaskState] = OPEN
    team_id: int | None = None
    kind: TaskType | None = None
    priority: TaskPriority | None = None
    mine_only: bool = False
    owed_by: int | None = None  # the organisation that is to act
    clock: ClockState | None = None
    with_came_back: bool = False  # besides these states: what its sender must still do something about


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
    clock: ClockState
    is_test: bool
    escalated_name: str
    safety_net_at: datetime | None
    is_senders_move: bool  # it came back, or its safety net ran out, and the sender has not said what they did


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
    """One line of a task's history: a receipt to the sender. `state` is the task's, once this had happened."""

    kind: EventKind
    state: TaskState
    at: datetime
    by_name: str
    organisation: OrganisationRef
    note: str


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """A document that a task is about; `document_id` is the actor's side's own copy, None until it has come."""

    title: str
    document_id: int | None


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
    why_not_undone: str
    needs_dealing_with: bool
    safety_net_is_out: bool
    documents: tuple[LinkedDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """For a start page: what waits in the actor's teams, and what became of what the organisation sent."""

    to_accept: int
    late: int
    overdue: int
    mine: int
    came_back: int
    safety_nets: int = 0


@dataclass(frozen=True, slots=True)
class OwedBy:
    """What one organisation owes: open tasks, those whose clock has run out, and since when the oldest waits."""

    organisation: OrganisationRef
    open: int
    late: int
    unaccepted: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class OwedPage:
    """Everything that is owed between the actor's organisation and others: by whom, and one page of it."""

    by: tuple[OwedBy, ...]
    tasks: TaskPage
