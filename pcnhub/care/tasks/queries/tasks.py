"""Tasks as each end sees them: the receiver's inbox, the sender's receipts, one task with its history, what is owed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from pcnhub.care.documents.queries.held import documents_with
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.models import Task, TaskDocument, TaskEvent
from pcnhub.care.tasks.queries.rows import Around, row_view
from pcnhub.care.tasks.queries.selecting import (
    CAME_BACK_UNSEEN,
    SAFETY_NET_OUT,
    URGENCY,
    WHOSE,
    matching,
    of_actor,
    row_of,
    visible,
    with_clock,
)
from pcnhub.care.tasks.queries.views import (
    LinkedDocument,
    OwedBy,
    OwedPage,
    Step,
    TaskCounts,
    TaskFilter,
    TaskPage,
    TaskView,
)
from pcnhub.care.tasks.rules import (
    CAME_BACK,
    OPEN,
    UNACCEPTED,
    ClockState,
    EventKind,
    TaskPriority,
    TaskState,
    accept_by,
    clock_state,
    why_not_undone,
)
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date

PAGE_SIZE = 20
MOST_ON_PAPER = 500
STILL_OPEN = TaskFilter()


def inbox(*, actor: Actor, now: datetime, wanted: TaskFilter = STILL_OPEN, page: int = 1) -> TaskPage:
    """What the actor's organisation has received, what is due first on top. On record. Raises NotPermitted."""
    return _listed(actor, now, wanted, page, Q(to_organisation=actor.organisation.id), "tasks.inbox-listed")


def sent(*, actor: Actor, now: datetime, wanted: TaskFilter = STILL_OPEN, page: int = 1) -> TaskPage:
    """What the actor's organisation has sent, with where it stands. On record. Raises NotPermitted."""
    return _listed(actor, now, wanted, page, Q(organisation=actor.organisation.id), "tasks.sent-listed")


def owed(
    *, actor: Actor, now: datetime, wanted: TaskFilter = STILL_OPEN, page: int = 1, on_one_page: bool = False
) -> OwedPage:
    """Everything open that the actor's organisation owes others or is owed, by whom, the most pressing on top; for printing up
    to 500 on one page. On record. Raises NotPermitted."""
    side = Q(organisation=actor.organisation.id) | Q(to_organisation=actor.organisation.id)
    with unit_of_work(actor):
        size = MOST_ON_PAPER if on_one_page else PAGE_SIZE
        tasks = _listed(actor, now, wanted, page, side, "tasks.owed-listed", size=size)
        return OwedPage(_owed_by(actor, now), tasks)


def _owed_by(actor: Actor, now: datetime) -> tuple[OwedBy, ...]:
    rows = list(
        visible(actor)
        .filter(state__in=OPEN)
        .values_list("to_organisation", "state", "priority", "sent_at", "due_on")
        .order_by("to_organisation", "sent_at")
    )
    owing = sorted({row[0] for row in rows})
    hours = organisations.opening_hours_of(organisation_ids=owing)
    found = []
    for reference in organisations.organisation_refs(ids=owing):
        clocks = [
            clock_state(
                state=TaskState(state),
                must_accept_by=accept_by(sent_at, TaskPriority(priority), hours[at]),
                due_on=due_on,
                now=now,
            )
            for at, state, priority, sent_at, due_on in rows
            if at == reference.id
        ]
        its = [row for row in rows if row[0] == reference.id]
        unaccepted = sum(row[1] in UNACCEPTED for row in its)
        found.append(OwedBy(reference, len(its), clocks.count(ClockState.LATE), unaccepted, its[0][3]))
    return tuple(sorted(found, key=lambda each: (-each.late, each.oldest_at)))


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
        events = list(TaskEvent.objects.filter(task=row.pk).order_by("pk"))
        around = Around.of([row], now)
        said = {event.kind for event in events}
        net_is_out = EventKind.SAFETY_NET in said and EventKind.CLEARED not in said and row.state != TaskState.DONE
        return TaskView(
            row=row_view(row, around, now),
            text=row.text,
            patient_id=patient_id,
            consultation_id=row.consultation_id if is_sender else None,
            is_receiver=row.to_organisation_id == actor.organisation.id,
            is_sender=is_sender,
            history=tuple(
                Step(
                    EventKind(event.kind),
                    TaskState(event.state),
                    event.at,
                    event.by_name,
                    around.references[event.organisation_id],
                    event.note,
                )
                for event in events
            ),
            why_not_undone=_why_not_undone(actor, now, row, events),
            needs_dealing_with=is_sender and row.state in CAME_BACK and EventKind.DEALT_WITH not in said,
            safety_net_is_out=is_sender and net_is_out,
            documents=_linked(actor, row, is_sender=is_sender),
        )


def _linked(actor: Actor, row: Task, *, is_sender: bool) -> tuple[LinkedDocument, ...]:
    """The sender's documents are not the receiver's to open: there, it is the copy that came with the consultation."""
    rows = list(TaskDocument.objects.filter(task=row.pk).order_by("pk"))
    if is_sender or not rows:
        return tuple(LinkedDocument(each.title, each.document_id) for each in rows)
    here = documents_with(actor=actor, patient_id=row.receiver_patient_id, fingerprints=[each.sha256 for each in rows])
    return tuple(LinkedDocument(each.title, here.get(each.sha256)) for each in rows)


def _why_not_undone(actor: Actor, now: datetime, row: Task, events: list[TaskEvent]) -> str:
    if row.to_organisation_id != actor.organisation.id or len(events) < 2:
        return "There is no step of yours to undo."
    last, before = events[-1], events[-2]
    return why_not_undone(
        kind=EventKind(last.kind),
        state=TaskState(last.state),
        before=TaskState(before.state),
        at=last.at,
        is_own=last.by == actor.user,
        now=now,
    )


def counts(*, actor: Actor, now: datetime) -> TaskCounts:
    """Figures for the start page; zeros for who may not work tasks."""
    if not actor.may(Permission.WORK_TASKS):
        return TaskCounts(0, 0, 0, 0, 0)
    with unit_of_work(actor):
        received = visible(actor).filter(to_organisation=actor.organisation.id, state__in=OPEN)
        waiting = received.filter(state__in=UNACCEPTED).values_list("sent_at", "priority")
        hours = organisations.opening_hours(organisation_id=actor.organisation.id)
        late = sum(accept_by(sent_at, TaskPriority(priority), hours) < now for sent_at, priority in waiting)
        own = visible(actor).filter(organisation=actor.organisation.id)
        return TaskCounts(
            to_accept=len(waiting),
            late=late,
            overdue=received.filter(due_on__lt=london_date(now)).count(),
            mine=received.filter(of_actor(actor, london_date(now))).count() if actor.position_id else 0,
            came_back=own.filter(CAME_BACK_UNSEEN).count(),
            safety_nets=own.filter(SAFETY_NET_OUT).count(),
        )


def _own_patient_id(actor: Actor, row: Task) -> int | None:
    """Each end names the patient by its own row."""
    return row.patient_id if row.organisation_id == actor.organisation.id else row.receiver_patient_id


def _whose(actor: Actor, row: Task) -> int | None:
    """The practice whose patient a task of the actor's is about, which may know who saw it; None for the actor's own."""
    seen_as = row.patient if row.organisation_id == actor.organisation.id else row.receiver_patient
    if seen_as is not None:
        return seen_as.registered_practice_id
    return row.organisation_id if row.patient_id and row.organisation_id != actor.organisation.id else None


def _listed(
    actor: Actor, now: datetime, wanted: TaskFilter, page: int, side: Q, action: str, *, size: int = PAGE_SIZE
) -> TaskPage:
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.WORK_TASKS, now=now)
        rows = visible(actor).filter(side, matching(actor, wanted, london_date(now)))
        if wanted.clock is not None:
            rows = rows.filter(pk__in=with_clock(rows, wanted.clock, now))
        total = rows.count()
        pages = max(1, -(-total // size))
        number = min(max(1, page), pages)
        ordered = rows.annotate(urgency=URGENCY, whose=WHOSE).order_by("whose", "due_on", "urgency", "sent_at", "pk")
        if not wanted.states & OPEN:
            ordered = ordered.order_by("-state_changed_at", "-pk")  # history reads backwards
        shown = list(ordered.select_related("patient", "receiver_patient")[(number - 1) * size : number * size])
        around = Around.of(shown, now)
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
            items=tuple(row_view(row, around, now) for row in shown),
            number=number,
            pages=pages,
            total=total,
            overdue=rows.filter(state__in=OPEN, due_on__lt=london_date(now)).count(),
        )
