"""A row of the table as a row of a list, with the names, hours and absences that it refers to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import PositionView
from pcnhub.care.tasks.models import Cover, Task
from pcnhub.care.tasks.queries.cover import covering
from pcnhub.care.tasks.queries.selecting import SENDERS_MOVE
from pcnhub.care.tasks.queries.teams import TeamView, teams_by_organisation
from pcnhub.care.tasks.queries.views import TaskRow
from pcnhub.care.tasks.rules import (
    CAME_BACK,
    OPEN,
    UNACCEPTED,
    TaskPriority,
    TaskState,
    TaskType,
    accept_by,
    clock_state,
    safety_net_at,
)
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.opening_hours import OpeningHours


@dataclass(frozen=True, slots=True)
class Around:
    """What rows of tasks refer to, read once for all of them."""

    references: dict[int, OrganisationRef]
    teams: dict[int, TeamView]
    staff: dict[int, PositionView]
    hours: dict[int, OpeningHours]
    away: dict[int, Cover]
    senders_move: frozenset[int]

    @classmethod
    def of(cls, rows: Sequence[Task], now: datetime) -> Self:
        ends = {end for row in rows for end in (row.organisation_id, row.to_organisation_id)}
        receivers = sorted({row.to_organisation_id for row in rows})
        day = london_date(now)
        return cls(
            references={each.id: each for each in organisations.organisation_refs(ids=sorted(ends))},
            teams={
                team.id: team
                for teams in teams_by_organisation(
                    organisations_of=organisations.organisation_refs(ids=receivers), day=day
                ).values()
                for team in teams
            },
            staff={
                position.id: position
                for positions in organisations.positions_by_organisation(
                    organisation_ids=receivers, day=day, include_inactive=True
                ).values()
                for position in positions
            },
            hours=organisations.opening_hours_of(organisation_ids=receivers),
            away=covering(organisation_ids=receivers, day=day),
            senders_move=frozenset(
                Task.objects.filter(SENDERS_MOVE, pk__in=[row.pk for row in rows]).values_list("pk", flat=True)
            ),
        )


def row_view(row: Task, around: Around, now: datetime) -> TaskRow:
    state, priority, team = TaskState(row.state), TaskPriority(row.priority), around.teams[row.to_team_id]
    hours = around.hours[row.to_organisation_id]
    must_accept_by = accept_by(row.sent_at, priority, hours)
    assigned = around.staff[row.assigned_to_id] if row.assigned_to_id is not None else None
    trouble = ""
    if state in UNACCEPTED and team.why_not is not None:
        trouble = team.why_not.message
    elif state in OPEN and assigned is not None and not assigned.is_active:
        trouble = f"Assigned to {assigned.name}, who no longer holds that position. Pass it to somebody else."
    cover = around.away.get(assigned.id) if assigned is not None and state in OPEN else None
    stands_in = f" (away; {around.staff[cover.stand_in_id].name} stands in)" if cover else ""
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
        assigned_name=f"{assigned.name}{stands_in}" if assigned else "",
        is_overdue=state in OPEN and row.due_on < london_date(now),
        is_late_to_accept=state in UNACCEPTED and must_accept_by < now,
        trouble=trouble,
        clock=clock_state(state=state, must_accept_by=must_accept_by, due_on=row.due_on, now=now),
        is_test=row.is_test,
        escalated_name=around.staff[row.escalated_to_id].name if row.escalated_to_id is not None else "",
        safety_net_at=safety_net_at(row.sent_at, TaskType(row.kind), hours) if state in OPEN | CAME_BACK else None,
        is_senders_move=row.pk in around.senders_move,
    )
