"""Teams that would not see a task, and tasks that nobody acts on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pcnhub.care.organisations.models import Position
from pcnhub.care.tasks import operations
from pcnhub.care.tasks import queries as teams
from pcnhub.care.tasks.models import Team
from pcnhub.care.tasks.operations import TaskRequest, TeamRequest
from pcnhub.care.tasks.queries import TeamView
from pcnhub.foundations.database.work import unit_of_work
from tests.faults.ready import ASH, BIRCH, DALE, ELM, FRIDAY, HUB, NOW, PRACTICES, Ready, keys, members, work
from tests.faults.seeding import Red, fault

TODAY = NOW.date()
EARLY = FRIDAY + timedelta(hours=1)


def team(ready: Ready, ods: str) -> TeamView:
    [found] = teams.teams_of(organisation_id=ready.ids[ods], day=TODAY)
    return found


def saved(ready: Ready, ods: str, **more: object) -> None:
    """The practice's manager saves the team, otherwise than it was."""
    old = team(ready, ods)
    same = TeamRequest(name=old.name, purpose=old.purpose, members=frozenset(each.position_id for each in old.members))
    operations.save_team(actor=ready.manager(ods), now=NOW, request=replace(same, **more), team_id=old.id)  # type: ignore[arg-type]


def sent(ready: Ready, sender: str, to: str, *, now: datetime) -> int:
    """A task to the other's team, delivered; its id."""
    made = operations.send(
        actor=ready.manager(sender, now), now=now,
        request=TaskRequest(
            to_team_id=team(ready, to).id, kind="other", priority="urgent", text="Please ring back.",
            due_on=NOW.date(), idempotency_key=next(keys),
        ),
    )  # fmt: skip
    work(now)
    return made


def by_team(ready: Ready, ods: str) -> Red:
    return {("CHK-36", ods): f"a manager at {ready.names[ods]}"}


@fault("A team has one member", over=PRACTICES, at_once=True)
def one_member(ready: Ready, ods: str) -> Red:
    members(ready, ods, [team(ready, ods).members[0].position_id])
    return by_team(ready, ods)


@fault("A team no longer accepts tasks", over=PRACTICES, at_once=True)
def accepts_nothing(ready: Ready, ods: str) -> Red:
    saved(ready, ods, allows_acceptance=False)
    return by_team(ready, ods)


@fault("A team is closed", over=(BIRCH, DALE), at_once=True)
def closed(ready: Ready, ods: str) -> Red:
    saved(ready, ods, is_closed=True)
    return by_team(ready, ods)


@fault("A team takes tasks from another organisation only", over=(DALE, ELM), at_once=True)
def takes_from_others(ready: Ready, ods: str) -> Red:
    with unit_of_work(ready.system(ods)):
        Team.objects.get(organisation=ready.ids[ods]).accepts_from.set([ready.ids[ASH]])
    return by_team(ready, ods)


@fault("The members of a team may not accept tasks of others")
def members_may_not(ready: Ready) -> Red:
    ready.drift(Position, ELM, {"accepts_cross_organisation_tasks": False}, organisation=ready.ids[ELM])
    return by_team(ready, ELM)


@fault("All but one of a team have left", over=(BIRCH, ELM), at_once=True)
def left(ready: Ready, ods: str) -> Red:
    gone = team(ready, ods).members[-1].position_id
    ready.drift(Position, ods, {"ends_on": TODAY}, pk=gone)
    return by_team(ready, ods)


@fault("A practice rejects the test task")
def rejected(ready: Ready) -> Red:
    task_id = operations.send_test(
        actor=ready.manager(HUB, EARLY), now=EARLY, organisation_id=ready.ids[ASH], idempotency_key=next(keys)
    )
    work(EARLY)
    eve = ready.who("eve", EARLY)
    version = teams.task(actor=eve, now=EARLY, task_id=task_id).row.version
    operations.reject(actor=eve, now=EARLY, task_id=task_id, version=version, reason="Not for us")
    work(EARLY)
    return {("CHK-37", ASH): f"the team at {ready.names[ASH]}"}


@fault("A practice leaves a task of the hub unaccepted", over=(ASH, DALE, ELM), at_once=True)
def unaccepted(ready: Ready, ods: str) -> Red:
    sent(ready, HUB, ods, now=FRIDAY)
    return {("CHK-38", ods): ready.names[ods]}


@fault("The hub leaves a practice's task unaccepted")
def unaccepted_at_hub(ready: Ready) -> Red:
    sent(ready, ASH, HUB, now=FRIDAY)
    return {("CHK-38", HUB): ready.names[HUB]}


@fault("Whoever accepted a task has left")
def orphaned(ready: Ready) -> Red:
    task_id = sent(ready, HUB, ASH, now=EARLY)
    eve = ready.who("eve", EARLY)
    version = teams.task(actor=eve, now=EARLY, task_id=task_id).row.version
    operations.accept(actor=eve, now=EARLY, task_id=task_id, version=version)
    ready.drift(Position, ASH, {"ends_on": TODAY}, pk=eve.position_id)
    return {("CHK-39", ASH): f"a manager at {ready.names[ASH]}"}


@fault("A task lies with a team that was closed after it came")
def with_closed_team(ready: Ready) -> Red:
    sent(ready, HUB, ELM, now=NOW - timedelta(minutes=20))
    ready.drift(Team, ELM, {"closed_on": TODAY}, organisation=ready.ids[ELM])
    return by_team(ready, ELM) | {("CHK-39", ELM): f"a manager at {ready.names[ELM]}"}
