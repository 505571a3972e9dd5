"""To whom of a team goes what is late: a person with a name, who is there on the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks.queries.cover import covering
from pcnhub.care.tasks.queries.teams import TeamView


@dataclass(frozen=True, slots=True)
class Escalation:
    position_id: int
    name: str


def whom_to_tell(*, team: TeamView, day: date) -> Escalation | None:
    """The team's lead, or who stands in for them; without one a manager of the organisation; without one a member."""
    staff = {each.id: each for each in organisations.positions_at(organisation_id=team.organisation.id, day=day)}
    away = covering(organisation_ids=[team.organisation.id], day=day)
    managers = [each.id for each in staff.values() if Permission.MANAGE_ORGANISATION in each.permissions]
    for wanted in (team.lead_id, *managers, *(each.position_id for each in team.acceptors)):
        if wanted is None:
            continue
        there = away[wanted].stand_in_id if wanted in away else wanted
        if there in staff:
            return Escalation(there, staff[there].name)
    return None
