"""Showing that tasks go there and come back: a test task about nobody, and the answer that its end sends by itself."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.tasks.models import Task
from pcnhub.care.tasks.operations.sending import TaskRequest, send
from pcnhub.care.tasks.operations.writing import note_line
from pcnhub.care.tasks.queries.teams import team_for
from pcnhub.care.tasks.rules import EventKind, TaskPriority, TaskState, TaskType, suggested_due_on
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound, Refusal

ASKED = "This is a test. Please accept it and finish it: that shows that tasks reach you. It is about nobody."
ANSWERED = "This is the answer to a test. Please accept it and finish it: then the way is shown both there and back."


def send_test(*, actor: Actor, now: datetime, organisation_id: int, idempotency_key: str) -> int:
    """Send a test task to the team of that organisation that takes what is of no special type; its id. Raises as `send`."""
    with unit_of_work(actor):
        return _send(actor, now, organisation_id, idempotency_key, ASKED)


def answer_test(*, actor: Actor, now: datetime, task_id: int) -> int | None:
    """The receiver's system sends a finished test back; the id of the answer, None for what is one itself or can't go."""
    with unit_of_work(actor):
        row = Task.objects.filter(pk=task_id, to_organisation=actor.organisation.id, is_test=True).first()
        if row is None or row.idempotency_key.startswith(ANSWER) or row.organisation_id == row.to_organisation_id:
            return None
        try:
            return _send(actor, now, row.organisation_id, f"{ANSWER}{row.pk}", ANSWERED)
        except Refusal as refusal:
            note = f"The answer to this test could not be sent back. {refusal.message}"
            note_line(actor, now, row, EventKind.COMMENT, TaskState(row.state), note[:500])
            return None


ANSWER = "test-answer:"


def _send(actor: Actor, now: datetime, organisation_id: int, key: str, text: str) -> int:
    to = team_for(actor=actor, now=now, organisation_id=organisation_id, kind=TaskType.OTHER)
    if to is None:
        raise NotFound(
            "They have no team that would see a test task.",
            remedy="Ask them to make a team with members who accept tasks.",
            who_can="a manager there",
        )
    return send(
        actor=actor,
        now=now,
        request=TaskRequest(
            to_team_id=to.id,
            kind=TaskType.OTHER,
            priority=TaskPriority.SOON,
            text=text,
            due_on=suggested_due_on(london_date(now), TaskPriority.SOON),
            idempotency_key=key,
            is_test=True,
        ),
    )
