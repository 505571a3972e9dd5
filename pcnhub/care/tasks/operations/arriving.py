"""What the receiving organisation's system does: deliver, tell the team when it opens, send back what nobody can see."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.patients import queries as patients
from pcnhub.care.tasks.models import Task
from pcnhub.care.tasks.operations.steps import tell_sender
from pcnhub.care.tasks.operations.writing import write
from pcnhub.care.tasks.queries.teams import team, teams_of
from pcnhub.care.tasks.rules import UNACCEPTED, TaskPriority, TaskState, accept_by
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date


def deliver(*, actor: Actor, now: datetime, task_id: int) -> None:
    """The receiving organisation has it: the first receipt, written by its system. Done twice, nothing changes.
    A team that can't take it any more sends it back at once; one that is closed for the day is told when it opens.
    """
    with unit_of_work(actor):
        row = Task.objects.filter(pk=task_id, to_organisation=actor.organisation.id).first()
        if row is None or row.state != TaskState.SENT:
            return
        to = team(team_id=row.to_team_id, day=london_date(now))
        if to.why_not is not None:
            _return(actor, now, row, to.why_not.message)
            return
        mine = patients.id_of(actor=actor, nhs_number=row.nhs_number) if row.nhs_number else None
        write(actor, now, row, row.version, TaskState.DELIVERED, changes={"receiver_patient_id": mine})
        _wind_the_clocks(actor, now, row)


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
            _return(actor, now, row, deaf[row.to_team_id])
        return len(found)


def _return(actor: Actor, now: datetime, row: Task, why: str) -> None:
    write(actor, now, row, row.version, TaskState.RETURNED, note=why)
    tell_sender(actor, now, row, f"{row.pk}:{row.version + 1}")


def _wind_the_clocks(actor: Actor, now: datetime, row: Task) -> None:
    """Each instant at which something is to be looked at gets a job of its own; the hourly look makes sure."""
    hours = organisations.opening_hours(organisation_id=actor.organisation.id)
    opens = hours.next_opening(now)
    if opens <= now:
        publish(actor=actor, now=now, fact="tasks.alerted", key=f"{row.pk}", payload={"task_id": row.pk})
    due = accept_by(row.sent_at, TaskPriority(row.priority), hours)
    for name, at in (("opens", opens), ("accept", due)):
        if at > now:
            publish(
                actor=actor,
                now=now,
                fact="tasks.clock-due",
                key=f"{row.pk}:{name}",
                payload={"task_id": row.pk},
                run_after=at,
            )
