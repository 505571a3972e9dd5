"""The file's task teams, each made for the organisation whose inbox it is. Members who joined otherwise stay."""

from __future__ import annotations

from dataclasses import replace

from pcnhub.care.organisations.rules import Saved
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.operations import TeamRequest
from pcnhub.care.tasks.queries import TeamView
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.onboarding.applying.progress import Run
from pcnhub.onboarding.shapes import OnboardingFile


def bring_in(content: OnboardingFile, run: Run) -> None:
    for team in content.teams:
        place = f"team {team.name} of {team.organisation}"
        with run.entry(place):
            actor = run.actor_of(team.organisation)
            named = frozenset(run.id_of(f"position at {team.organisation}", name) for name in team.members)
            standing = _standing(actor.organisation.id, team.name, run)
            held = frozenset(member.position_id for member in standing.members) if standing else frozenset()
            wanted = TeamRequest(team.name, team.purpose, team.allows_acceptance, members=named | held)
            if standing:  # what the file says nothing of stays
                wanted = replace(
                    wanted,
                    lead=standing.lead_id,
                    kinds=frozenset(standing.kinds),
                    accepts_from=standing.accepts_from,
                )
            changed = _differences(wanted, standing, held)
            key = standing.id if standing else None
            if changed:
                key = operations.save_team(actor=actor, now=run.now, request=wanted, team_id=key)
            run.note(place, Saved(key or 0, standing is None, changed))


def _standing(organisation_id: int, name: str, run: Run) -> TeamView | None:
    teams = queries.teams_of(organisation_id=organisation_id, day=london_date(run.now))
    return next((team for team in teams if team.name == name), None)


def _differences(wanted: TeamRequest, standing: TeamView | None, held: frozenset[int]) -> tuple[str, ...]:
    if standing is None:
        return ("name", "purpose", "allows_acceptance", "members")
    same = {
        "purpose": wanted.purpose == standing.purpose,
        "allows_acceptance": wanted.allows_acceptance == standing.allows_acceptance,
        "members": wanted.members == held,
    }
    return tuple(name for name, is_same in same.items() if not is_same)
