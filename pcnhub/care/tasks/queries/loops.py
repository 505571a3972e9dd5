"""Test tasks: did one go there, and did its answer come back, each in its time (CHK-37)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.rules import EventKind, TaskPriority, TaskState, accept_by
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.opening_hours import OpeningHours

STANDS_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Leg:
    """One way of a test. `late` once it was not accepted in time, or is not yet and the time is over."""

    task_id: int
    sent_at: datetime
    state: TaskState
    is_late: bool

    @property
    def is_good(self) -> bool:
        return self.state is TaskState.DONE and not self.is_late

    @property
    def is_bad(self) -> bool:
        return self.is_late or self.state in (TaskState.REJECTED, TaskState.RETURNED, TaskState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class LoopTest:
    """The newest test to one organisation within 90 days, and what came back."""

    there: Leg | None = None
    back: Leg | None = None


def loop_tests(*, actor: Actor, now: datetime, organisation_ids: Collection[int]) -> dict[int, LoopTest]:
    """Between the actor's organisation and each of these; every id has an answer."""
    mine = actor.organisation.id
    with unit_of_work(actor):
        tests = list(
            Task.objects.filter(is_test=True, sent_at__gt=now - STANDS_FOR)
            .exclude(state=TaskState.WITHDRAWN)
            .order_by("-sent_at", "-pk")
        )
        accepted = dict(
            TaskEvent.objects.filter(task__in=[row.pk for row in tests], kind=EventKind.STEP, state=TaskState.ACCEPTED)
            .order_by("-pk")
            .values_list("task", "at")
        )
    hours = organisations.opening_hours_of(organisation_ids={mine, *organisation_ids})
    found = {}
    for each in organisation_ids:
        there = next((row for row in tests if (row.organisation_id, row.to_organisation_id) == (mine, each)), None)
        back = next((row for row in tests if (row.organisation_id, row.to_organisation_id) == (each, mine)), None)
        if there is not None and back is not None and back.sent_at < there.sent_at:
            back = None  # of an earlier test
        found[each] = LoopTest(
            _leg(there, accepted, hours[each], now) if there else None,
            _leg(back, accepted, hours[mine], now) if back else None,
        )
    return found


def _leg(row: Task, accepted: dict[int, datetime], hours: OpeningHours, now: datetime) -> Leg:
    due = accept_by(row.sent_at, TaskPriority(row.priority), hours)
    return Leg(row.pk, row.sent_at, TaskState(row.state), accepted.get(row.pk, now) > due)
