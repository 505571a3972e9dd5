"""Ash Lane says to whom goes what is late, and that it closes early on Wednesdays. The others leave both to what holds anyway."""

from __future__ import annotations

from datetime import datetime, time

from pcnhub.care.organisations import operations as organisations
from pcnhub.care.organisations import queries as directory
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.operations import TeamRequest
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.opening_hours import Opening, OpeningHours

_DAY, _HALF = Opening(time(8), time(18, 30)), Opening(time(8), time(13))
HOURS = OpeningHours((_DAY, _DAY, _HALF, _DAY, _DAY, None, None))


def settle(*, manager: Actor, lead: Actor, now: datetime) -> None:
    """Leaves alone what somebody has said already."""
    mine = manager.organisation.id
    if not directory.has_own_hours(organisation_id=mine):
        organisations.save_hours(actor=manager, now=now, organisation_id=mine, hours=HOURS)
    for team in queries.teams_of(organisation_id=mine, day=london_date(now)):
        if team.lead_id is not None or lead.position_id not in {each.position_id for each in team.members}:
            continue
        request = TeamRequest(
            team.name, team.purpose, team.allows_acceptance, team.is_closed,
            members=frozenset(each.position_id for each in team.members), lead=lead.position_id,
            kinds=frozenset(team.kinds), accepts_from=team.accepts_from,
        )  # fmt: skip
        operations.save_team(actor=manager, now=now, request=request, team_id=team.id)
