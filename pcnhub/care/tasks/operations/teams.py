"""Making and changing teams. A team that can no longer take tasks sends back what nobody in it has accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.tasks.models import Team, TeamMember
from pcnhub.care.tasks.operations.arriving import return_unseen
from pcnhub.care.tasks.queries.teams import current, partners_of
from pcnhub.care.tasks.rules import LONGEST_NAME, LONGEST_NOTE, TaskType
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem


@dataclass(frozen=True, slots=True)
class TeamRequest:
    """How a team shall be: the whole of it. `members` are positions of the team's own organisation, `lead` one of them, to whom
    goes what is late. `kinds` are types of task (none: all), `accepts_from` organisations (none: all in an agreement)."""

    name: str
    purpose: str = ""
    allows_acceptance: bool = True
    is_closed: bool = False
    members: frozenset[int] = field(default=frozenset())
    lead: int | None = None
    kinds: frozenset[str] = field(default=frozenset())
    accepts_from: frozenset[int] = field(default=frozenset())


def save_team(*, actor: Actor, now: datetime, request: TeamRequest, team_id: int | None = None) -> int:
    """Make a team of the actor's organisation, or bring one to what the request says; its id. Done twice, nothing changes.

    Raises InvalidInput with every problem, NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.MANAGE_ORGANISATION, now=now)
        day = london_date(now)
        team = _own(actor, team_id)
        problems = [*_problems(actor, request, team, day)]
        if problems:
            raise InvalidInput(problems)
        changed = _save(request, team, day, is_new=team_id is None)
        changed += _save_sources(team, request.accepts_from)
        joined, left = _save_members(team, request.members, day)
        if changed or joined or left:
            record(
                actor=actor,
                now=now,
                action="tasks.team-saved",
                subject=Subject("team", team.pk),
                basis=grant.basis,
                detail={"changed": changed, "joined": joined, "left": left},
            )
            publish_once(actor=actor, now=now, fact="tasks.teams-changed")
            return_unseen(actor=actor, now=now)
        return team.pk


def _own(actor: Actor, team_id: int | None) -> Team:
    if team_id is None:
        return Team(organisation_id=actor.organisation.id)
    team = Team.objects.filter(pk=team_id, organisation=actor.organisation.id).first()
    if team is None:
        raise NotFound(
            "There is no such team at your organisation.",
            remedy="Choose one from the teams page.",
            who_can="a manager of the organisation whose team it is",
        )
    return team


def _problems(actor: Actor, request: TeamRequest, team: Team, day: date) -> list[Problem]:
    found = []
    name = request.name.strip()
    if not name:
        found.append(Problem("name", "missing", "The team has no name", "Enter one, such as Enhanced Access Team"))
    elif len(name) > LONGEST_NAME:
        found.append(
            Problem("name", "too-long", f"The name is longer than {LONGEST_NAME} characters", "Shorten it", name)
        )
    elif Team.objects.filter(organisation=actor.organisation.id, name=name).exclude(pk=team.pk).exists():
        remedy = "Change that team, or choose another name"
        found.append(Problem("name", "taken", "Your organisation has a team of this name", remedy, name))
    if len(request.purpose) > LONGEST_NOTE:
        found.append(
            Problem("purpose", "too-long", f"The purpose is longer than {LONGEST_NOTE} characters", "Shorten it")
        )
    here = {each.id for each in organisations.positions_at(organisation_id=actor.organisation.id, day=day)}
    already = set(TeamMember.objects.filter(current(day), team=team.pk).values_list("position", flat=True))
    message, remedy = "This is not an active position of your organisation", "Choose members from the list"
    found.extend(
        Problem("members", "not-here", message, remedy, str(position))
        for position in sorted(request.members - here - already)
    )
    if request.lead is not None and request.lead not in request.members:
        found.append(
            Problem("lead", "not-a-member", "The lead is not a member of the team", "Choose one of its members")
        )
    remedy = "Choose from the list"
    found.extend(
        Problem("kinds", "unknown", "This is not a type of task", remedy, kind)
        for kind in sorted(request.kinds - set(TaskType))
    )
    partners = {each.id for each in partners_of(actor.organisation, day)}
    standing = set(team.accepts_from.values_list("pk", flat=True)) if team.pk else set()
    found.extend(
        Problem("accepts_from", "not-a-partner", "This organisation sends you no tasks", remedy, str(each))
        for each in sorted(request.accepts_from - partners - standing)
    )
    return found


def _save_sources(team: Team, wanted: frozenset[int]) -> list[str]:
    if set(team.accepts_from.values_list("pk", flat=True)) == wanted:
        return []
    team.accepts_from.set(sorted(wanted))
    return ["accepts_from"]


def _save(request: TeamRequest, team: Team, day: date, *, is_new: bool) -> list[str]:
    """The names of the fields that changed."""
    closed_on = (team.closed_on or day) if request.is_closed else None
    wanted: dict[str, Any] = {
        "name": request.name.strip(),
        "purpose": request.purpose.strip(),
        "allows_acceptance": request.allows_acceptance,
        "closed_on": closed_on,
        "lead_id": request.lead,
        "kinds": sorted(request.kinds),
    }
    changed = [name for name, value in wanted.items() if getattr(team, name) != value]
    for name in changed:
        setattr(team, name, wanted[name])
    if is_new:
        team.save(force_insert=True)
    elif changed:
        team.save(update_fields=changed)
    return changed


def _save_members(team: Team, wanted: frozenset[int], day: date) -> tuple[list[int], list[int]]:
    """The positions that joined and those that left."""
    present = {row.position_id: row for row in TeamMember.objects.filter(current(day), team=team)}
    joined, left = sorted(wanted - present.keys()), sorted(present.keys() - wanted)
    for position in left:
        row = present[position]
        if row.joined_on == day:
            row.delete()  # a membership of no day at all
        else:
            row.left_on = day
            row.save(update_fields=["left_on"])
    TeamMember.objects.bulk_create(TeamMember(team=team, position_id=position, joined_on=day) for position in joined)
    return joined, left
