"""What readiness asks of teams and tasks (`domain.md` 10 and 12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.care.tasks.models import Task
from pcnhub.care.tasks.queries import Leg, loop_tests, teams_by_organisation
from pcnhub.care.tasks.rules import OPEN, STATE_WORDS, UNACCEPTED, TaskPriority, accept_by
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.opening_hours import CORE_HOURS

FEWEST_ACCEPTORS = 2  # one of them is on leave some day


def chk_36(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Each practice has a team that accepts, with two or more active members who accept."""
    everyone = teams_by_organisation(organisations_of=_everyone(hub), day=london_date(now))
    for practice in hub.members:
        teams = [
            team
            for team in everyone[practice.id]
            if team.allows_acceptance and not team.is_closed and team.takes_from(hub.hub.id)
        ]
        who = f"a manager at {practice.name}"
        if not teams:
            make = Fix("Make a team that accepts tasks, with two members.", who, "team-new")
            yield Finding("CHK-36", practice.id, State.UNMET, "No team accepts tasks from other organisations", make)
            continue
        best = max(teams, key=lambda team: len(team.acceptors))
        fix = Fix("Add members who accept tasks to the team.", who, "team", (best.id,), "members")
        evidence = f"{best.name}: {len(best.acceptors)} active members accept tasks, of {FEWEST_ACCEPTORS} needed"
        met = len(best.acceptors) >= FEWEST_ACCEPTORS
        yield Finding("CHK-36", practice.id, State.MET if met else State.UNMET, evidence, None if met else fix)


def chk_37(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """A test task went to each practice and its answer came back, each accepted in its time and finished, within 90 days."""
    found = loop_tests(actor=actor, now=now, organisation_ids=[each.id for each in hub.members])
    for practice in hub.members:
        there, back = found[practice.id].there, found[practice.id].back
        send = Fix("Send a test task.", "somebody at the hub who works tasks", "tasks-tests")
        if there is None:
            evidence = "No test task within 90 days"
            yield Finding("CHK-37", practice.id, State.UNKNOWN, evidence, send)
        elif there.is_good and back is not None and back.is_good:
            evidence = (
                f"Test task {there.task_id} of {in_london(there.sent_at):%d %b %Y} was accepted in time and done; its answer, "
                f"{back.task_id}, came back and was done"
            )
            yield Finding("CHK-37", practice.id, State.MET, evidence)
        elif there.is_bad:
            evidence = f"Test task {there.task_id}: {_of_leg(there)}"
            yield Finding(
                "CHK-37", practice.id, State.UNMET, evidence, replace(send, who=f"the team at {practice.name}")
            )
        elif back is not None and back.is_bad:
            evidence = f"Test task {there.task_id} was done; its answer, {back.task_id}: {_of_leg(back)}"
            yield Finding("CHK-37", practice.id, State.UNMET, evidence, send)
        else:
            leg = back if there.is_good and back is not None else there
            evidence = f"On its way: task {leg.task_id} is {STATE_WORDS[leg.state].lower()}"
            fix = Fix(
                "Accept and finish the test task.",
                f"the team at {(hub.hub if leg is back else practice).name}",
                "tasks",
            )
            yield Finding("CHK-37", practice.id, State.UNKNOWN, evidence, fix)


def _of_leg(leg: Leg) -> str:
    return "not accepted in time" if leg.is_late else STATE_WORDS[leg.state].lower()


def chk_38(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Nobody has left a task unaccepted longer than its priority allows, of those between the hub and a practice."""
    with unit_of_work(actor):
        late: dict[int, list[timedelta]] = defaultdict(list)
        waiting: dict[int, int] = defaultdict(int)
        hours = organisations.opening_hours_of(organisation_ids=[each.id for each in _everyone(hub)])
        for organisation_id, sent_at, priority in Task.objects.filter(state__in=UNACCEPTED).values_list(
            "to_organisation", "sent_at", "priority"
        ):
            waiting[organisation_id] += 1
            if accept_by(sent_at, TaskPriority(priority), hours.get(organisation_id, CORE_HOURS)) < now:
                late[organisation_id].append(now - sent_at)
    for each in _everyone(hub):
        if not late[each.id]:
            yield Finding("CHK-38", each.id, State.MET, f"{waiting[each.id]} wait to be accepted, none too long")
            continue
        since = in_london(now - max(late[each.id]))
        yield Finding(
            "CHK-38",
            each.id,
            State.UNMET,
            f"{len(late[each.id])} not accepted in time, the oldest sent {since:%d %b %Y %H:%M}",
            Fix("Accept, pass on or reject them.", f"a member of the team at {each.name}", "tasks"),
        )


def chk_39(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """No open task waits for somebody who has left, or lies with a team in which nobody can accept."""
    day = london_date(now)
    with unit_of_work(actor):
        rows = list(
            Task.objects.filter(state__in=OPEN).values_list("to_organisation", "to_team", "assigned_to", "state")
        )
    ids = [each.id for each in _everyone(hub)]
    staff = organisations.positions_by_organisation(organisation_ids=ids, day=day)
    teams = teams_by_organisation(organisations_of=_everyone(hub), day=day)
    for each in _everyone(hub):
        active = {position.id for position in staff[each.id]}
        deaf = {team.id for team in teams[each.id] if team.why_not is not None}
        mine = [row for row in rows if row[0] == each.id]
        orphans = sum(assigned is not None and assigned not in active for _, _, assigned, _ in mine)
        unseen = sum(team in deaf and state in UNACCEPTED for _, team, _, state in mine)
        said = [
            text
            for count, text in (
                (orphans, f"{orphans} assigned to somebody whose position has ended"),
                (unseen, f"{unseen} with a team in which nobody can accept"),
            )
            if count
        ]
        if not said:
            yield Finding("CHK-39", each.id, State.MET, f"{len(mine)} open tasks, each with somebody who can act")
            continue
        fix = Fix("Pass these tasks to somebody else.", f"a manager at {each.name}", "tasks")
        yield Finding("CHK-39", each.id, State.UNMET, "; ".join(said), fix)


def _everyone(hub: NetworkView) -> tuple[OrganisationRef, ...]:
    return (hub.hub, *hub.members)


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {
    "CHK-36": chk_36,
    "CHK-37": chk_37,
    "CHK-38": chk_38,
    "CHK-39": chk_39,
}
