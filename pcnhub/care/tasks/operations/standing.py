"""How a task stands, told to the consultation that it was sent from: a protocol may have asked for it."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.tasks.models import Task
from pcnhub.care.tasks.rules import CAME_BACK, TaskState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def tell_consultation(*, actor: Actor, now: datetime, task_id: int) -> None:
    """As the sender: what came back or was withdrawn counts no more for the protocol that asked for it, and counts again when
    that was undone. Told twice it changes nothing."""
    with unit_of_work(actor):
        row = Task.objects.filter(pk=task_id, organisation=actor.organisation.id, consultation__isnull=False).first()
        if row is not None:
            consulting.note_task(
                actor=actor, now=now, consultation_id=row.consultation_id or 0, task_id=row.pk, kind=row.kind,
                priority=row.priority, is_back=row.state in {*CAME_BACK, TaskState.WITHDRAWN},
            )  # fmt: skip
