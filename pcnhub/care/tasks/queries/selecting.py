"""Which tasks an actor sees at all, and which of them a list is about."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.queries.cover import stood_in_for
from pcnhub.care.tasks.queries.views import TaskFilter
from pcnhub.care.tasks.rules import CAME_BACK, ClockState, EventKind, TaskPriority, TaskState, accept_by, clock_state
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound

ENDS_UNACCEPTED = (TaskState.RETURNED, TaskState.WITHDRAWN)


def visible(actor: Actor) -> QuerySet[Task]:
    """The tasks of either end; those about a sensitive patient only for who may see such patients. To the receiving
    organisation a task is nothing until it is delivered: who the patient is may be being asked. One that was withdrawn or
    sent back before then stays nothing."""
    mine = Q(organisation=actor.organisation.id)
    arrived = ~Q(state__in=ENDS_UNACCEPTED) | Exists(
        TaskEvent.objects.filter(task=OuterRef("pk"), state=TaskState.DELIVERED)
    )
    rows = Task.objects.filter(mine | Q(to_organisation=actor.organisation.id) & ~Q(state=TaskState.SENT) & arrived)
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


URGENCY = Case(
    *(When(priority=priority, then=Value(place)) for place, priority in enumerate(TaskPriority)),
    output_field=IntegerField(),
)


def _lines(*kinds: EventKind) -> Exists:
    return Exists(TaskEvent.objects.filter(task=OuterRef("pk"), kind__in=kinds))


CAME_BACK_UNSEEN = Q(state__in=CAME_BACK) & ~_lines(EventKind.DEALT_WITH)
SAFETY_NET_OUT = (
    _lines(EventKind.SAFETY_NET) & ~_lines(EventKind.CLEARED) & ~Q(state__in=[TaskState.DONE, TaskState.WITHDRAWN])
)
SENDERS_MOVE = CAME_BACK_UNSEEN | SAFETY_NET_OUT
WHOSE = Case(When(SENDERS_MOVE, then=Value(0)), default=Value(1), output_field=IntegerField())


def of_actor(actor: Actor, day: date) -> Q:
    """Assigned or escalated to the actor, or to somebody for whom the actor stands in."""
    own = [actor.position_id, *stood_in_for(position_id=actor.position_id, day=day)]
    return Q(assigned_to__in=own) | Q(escalated_to__in=own)


def matching(actor: Actor, wanted: TaskFilter, day: date) -> Q:
    found = Q(state__in=wanted.states)
    if wanted.with_came_back:
        found |= SENDERS_MOVE
    if wanted.team_id is not None:
        found &= Q(to_team=wanted.team_id)
    if wanted.kind is not None:
        found &= Q(kind=wanted.kind)
    if wanted.priority is not None:
        found &= Q(priority=wanted.priority)
    if wanted.owed_by is not None:
        found &= Q(to_organisation=wanted.owed_by)
    if wanted.mine_only:
        found &= of_actor(actor, day)
    return found


def with_clock(rows: QuerySet[Task], clock: ClockState, now: datetime) -> list[int]:
    """Clocks run in the receiver's open hours, which no SQL knows."""
    found = list(rows.values_list("pk", "state", "priority", "sent_at", "due_on", "to_organisation"))
    hours = organisations.opening_hours_of(organisation_ids={each[-1] for each in found})
    return [
        pk
        for pk, state, priority, sent_at, due_on, at in found
        if clock_state(
            state=TaskState(state),
            must_accept_by=accept_by(sent_at, TaskPriority(priority), hours[at]),
            due_on=due_on,
            now=now,
        )
        is clock
    ]
