"""What the receiver does, step by step, each step a receipt; who may; and what the checks make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.checks import CHECKS
from pcnhub.care.tasks.operations import NotInTheTeam, TaskMovedOn, TeamRequest
from pcnhub.care.tasks.queries import TaskFilter
from pcnhub.care.tasks.rules import OPEN, TaskState
from pcnhub.foundations.kernel.findings import Finding
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, RECEPTION, person, system_for
from tests.rooms.tasks.scene import Scene, end_position, work


def row(scene: Scene, task_id: int) -> queries.TaskRow:
    return queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).row


def test_accepted_begun_done_and_the_sender_reads_each_step(scene: Scene) -> None:
    task_id, ada = scene.delivered(), scene.world.ada
    operations.accept(actor=ada, now=NOW, task_id=task_id, version=2)
    assert row(scene, task_id).assigned_name == "Ada Cast"
    operations.begin(actor=ada, now=NOW, task_id=task_id, version=3)
    operations.finish(actor=ada, now=NOW, task_id=task_id, version=4, note="Booked for Thursday")
    history = queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).history
    assert [(step.state, step.by_name, step.organisation.name) for step in history] == [
        ("sent", "Bilal Cast", "Riverside Enhanced Access Hub"),
        ("delivered", "Ash Lane Surgery", "Ash Lane Surgery"),
        ("accepted", "Ada Cast", "Ash Lane Surgery"),
        ("in-progress", "Ada Cast", "Ash Lane Surgery"),
        ("done", "Ada Cast", "Ash Lane Surgery"),
    ]
    assert history[-1].note == "Booked for Thursday"
    with pytest.raises(TaskMovedOn):
        operations.begin(actor=ada, now=NOW, task_id=task_id, version=5)


def test_rejecting_needs_a_reason(scene: Scene) -> None:
    task_id = scene.delivered()
    with pytest.raises(InvalidInput, match="must learn why"):
        operations.reject(actor=scene.world.ada, now=NOW, task_id=task_id, version=2, reason="  ")
    operations.reject(actor=scene.world.ada, now=NOW, task_id=task_id, version=2, reason="Done last week already")
    assert queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).history[-1].note == "Done last week already"
    assert queries.counts(actor=scene.world.bilal, now=NOW).came_back == 1


def test_two_people_accept_one_wins(scene: Scene) -> None:
    task_id = scene.delivered()
    operations.accept(actor=scene.world.farah, now=NOW, task_id=task_id, version=2)
    with pytest.raises(TaskMovedOn):
        operations.accept(actor=scene.world.ada, now=NOW, task_id=task_id, version=2)
    with pytest.raises(TaskMovedOn):
        operations.begin(actor=scene.world.farah, now=NOW, task_id=task_id, version=2)
    assert row(scene, task_id).assigned_name == "Farah Cast"


def test_the_sender_takes_no_step_for_the_receiver(scene: Scene) -> None:
    task_id = scene.delivered()
    with pytest.raises(NotPermitted, match="sent to another organisation"):
        operations.accept(actor=scene.world.bilal, now=NOW, task_id=task_id, version=2)


def test_only_the_team_works_a_task(scene: Scene) -> None:
    task_id = scene.delivered()
    gwen = person("gwen", scene.world.ash, RECEPTION)
    with pytest.raises(NotInTheTeam):
        operations.accept(actor=gwen, now=NOW, task_id=task_id, version=2)
    # the manager straightens out, but is not one who accepts
    with pytest.raises(NotInTheTeam, match="not one that accepts"):
        operations.accept(actor=scene.world.dilys, now=NOW, task_id=task_id, version=2)
    operations.reassign(
        actor=scene.world.dilys, now=NOW, task_id=task_id, version=2, team_id=scene.team,
        position_id=scene.world.farah.position_id, reason="She knows the patient",
    )  # fmt: skip
    assert row(scene, task_id).assigned_name == "Farah Cast"


def test_passed_on_to_another_team_and_nowhere_else(scene: Scene) -> None:
    task_id = scene.delivered()
    gwen = person("gwen", scene.world.ash, RECEPTION)
    other = operations.save_team(
        actor=scene.world.dilys, now=NOW, request=TeamRequest("Secretaries", members=frozenset({gwen.position_id or 0}))
    )
    empty = operations.save_team(actor=scene.world.dilys, now=NOW, request=TeamRequest("Nobody"))
    for wrong in (empty, scene.hub_team):
        with pytest.raises(InvalidInput):
            operations.reassign(
                actor=scene.world.ada, now=NOW, task_id=task_id, version=2, team_id=wrong, reason="Theirs"
            )
    with pytest.raises(InvalidInput, match="not a member of Secretaries"):
        operations.reassign(
            actor=scene.world.ada, now=NOW, task_id=task_id, version=2, team_id=other, reason="Ours",
            position_id=scene.world.ada.position_id,
        )  # fmt: skip
    operations.reassign(actor=scene.world.ada, now=NOW, task_id=task_id, version=2, team_id=other, reason="Yours.")
    assert (
        queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).history[-1].note
        == "Passed to Secretaries. Yours."
    )
    operations.accept(actor=gwen, now=NOW, task_id=task_id, version=3)


def test_an_assignee_who_left_is_visible_and_a_manager_passes_it_on(scene: Scene) -> None:
    task_id = scene.delivered()
    operations.accept(actor=scene.world.ada, now=NOW, task_id=task_id, version=2)
    end_position(scene.world.ada, NOW.date())
    assert "no longer holds" in row(scene, task_id).trouble
    operations.reassign(
        actor=scene.world.dilys, now=NOW, task_id=task_id, version=3, team_id=scene.team,
        position_id=scene.world.farah.position_id, reason="Ada has left",
    )  # fmt: skip
    assert row(scene, task_id).trouble == ""


def test_the_inbox_has_what_is_due_first_on_top_and_filters(scene: Scene) -> None:
    later = scene.delivered(idempotency_key="a", due_on=date(2026, 12, 4), priority="routine")
    soon = scene.delivered(idempotency_key="b", due_on=date(2026, 11, 24), priority="routine", kind="fit-note")
    urgent = scene.delivered(idempotency_key="c", due_on=date(2026, 11, 24))
    ada, then = scene.world.ada, NOW + timedelta(days=2)
    page = queries.inbox(actor=ada, now=then)
    assert [item.id for item in page.items] == [urgent, soon, later]
    assert [item.is_overdue for item in page.items] == [True, True, False]
    assert (page.total, page.overdue) == (3, 2)
    assert [item.is_late_to_accept for item in page.items] == [True, False, False]

    def shown(**wanted: object) -> list[int]:
        return [item.id for item in queries.inbox(actor=ada, now=NOW, wanted=TaskFilter(**wanted)).items]  # type: ignore[arg-type]

    assert shown(kind="fit-note") == [soon]
    assert shown(priority="urgent") == [urgent]
    assert shown(team_id=scene.hub_team) == []
    operations.accept(actor=ada, now=NOW, task_id=later, version=2)
    assert shown(mine_only=True) == [later]
    operations.finish(actor=ada, now=NOW, task_id=later, version=3)
    assert shown() == [urgent, soon]
    assert shown(states=frozenset(TaskState) - OPEN) == [later]
    counted = queries.counts(actor=ada, now=then)
    assert (counted.to_accept, counted.late, counted.overdue, counted.mine) == (2, 1, 2, 0)


def test_the_inbox_turns_its_pages_and_asks_a_fixed_number_of_questions(scene: Scene) -> None:
    for number in range(21):
        scene.sent(idempotency_key=str(number))
    work(NOW)
    page = queries.inbox(actor=scene.world.ada, now=NOW, page=2)
    assert (len(page.items), page.number, page.pages, page.total) == (1, 2, 2, 21)
    with CaptureQueriesContext(
        connection,
    ) as of_one:
        queries.inbox(actor=scene.world.ada, now=NOW, page=2)
    with CaptureQueriesContext(connection) as of_twenty:
        queries.inbox(actor=scene.world.ada, now=NOW, page=1)
    assert len(of_one) == len(of_twenty)


def test_teams_are_the_managers_to_change_and_names_are_their_own(scene: Scene) -> None:
    with pytest.raises(NotPermitted):
        operations.save_team(actor=scene.world.ada, now=NOW, request=TeamRequest("Mine"))
    with pytest.raises(NotFound):
        operations.save_team(actor=scene.world.charlie, now=NOW, request=TeamRequest("Mine"), team_id=scene.team)
    wrong = TeamRequest("Enhanced Access Team", members=frozenset({scene.world.bilal.position_id or 0}))
    with pytest.raises(InvalidInput) as refused:
        operations.save_team(actor=scene.world.dilys, now=NOW, request=wrong)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("name", "taken"),
        ("members", "not-here"),
    ]


def findings(scene: Scene, code: str, now: object = NOW) -> dict[str, Finding]:
    hub = network_of_hub(hub_id=scene.world.hub.pk, day=NOW.date())
    names = {hub.hub.id: "hub", **{member.id: member.name for member in hub.members}}
    found = CHECKS[code](actor=system_for(scene.world.hub, "readiness"), hub=hub, now=now)
    return {names[finding.target]: finding for finding in found}


def test_chk_36_two_acceptors_in_each_practice(scene: Scene) -> None:
    found = findings(scene, "CHK-36")
    assert (found["Ash Lane Surgery"].state, found["Birch Road Practice"].state) == ("met", "unmet")
    end_position(scene.world.ada, NOW.date())
    ash = findings(scene, "CHK-36")["Ash Lane Surgery"]
    assert (ash.state, ash.evidence) == ("unmet", "Enhanced Access Team: 1 active members accept tasks, of 2 needed")
    assert ash.fix is not None
    assert (ash.fix.page, ash.fix.page_args, ash.fix.field) == ("team", (scene.team,), "members")
    assert ash.fix.who == "a manager at Ash Lane Surgery"


def test_chk_38_nothing_waits_longer_than_its_priority_allows(scene: Scene) -> None:
    task_id = scene.delivered()
    assert {finding.state for finding in findings(scene, "CHK-38").values()} == {"met"}
    late = NOW + timedelta(hours=5)
    ash = findings(scene, "CHK-38", late)["Ash Lane Surgery"]
    assert ash.state == "unmet"
    assert "the oldest sent 23 Nov 2026 09:00" in ash.evidence
    assert findings(scene, "CHK-38", late)["hub"].state == "met"
    operations.accept(actor=scene.world.ada, now=late, task_id=task_id, version=2)
    assert findings(scene, "CHK-38", late)["Ash Lane Surgery"].state == "met"


def test_chk_39_every_open_task_has_somebody_who_can_act(scene: Scene) -> None:
    task_id = scene.delivered()
    operations.accept(actor=scene.world.ada, now=NOW, task_id=task_id, version=2)
    assert {finding.state for finding in findings(scene, "CHK-39").values()} == {"met"}
    end_position(scene.world.ada, NOW.date())
    ash = findings(scene, "CHK-39")["Ash Lane Surgery"]
    assert (ash.state, ash.evidence) == ("unmet", "1 assigned to somebody whose position has ended")


def test_a_manager_without_task_work_is_refused(scene: Scene) -> None:
    task_id = scene.delivered()
    manager = replace(scene.world.dilys, permissions=frozenset({Permission.MANAGE_ORGANISATION}))
    with pytest.raises(NotPermitted):
        operations.reassign(actor=manager, now=NOW, task_id=task_id, version=2, team_id=scene.team, reason="Hers")
