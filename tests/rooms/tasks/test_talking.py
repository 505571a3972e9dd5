"""Comments, taking over, taking back, what came back to its sender, teams that choose whose tasks they take, and test tasks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, transaction

from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.checks import chk_37
from pcnhub.care.tasks.models import Task, TaskEvent
from pcnhub.care.tasks.operations import NotUndone, TaskMovedOn, TeamCannotAccept, TeamRequest
from pcnhub.care.tasks.queries import TaskFilter
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import Finding
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, system_for
from tests.rooms.tasks.scene import Scene, work
from tests.rooms.tasks.test_clocks import lead, lines


def test_both_ends_comment_and_charlie_does_not(scene: Scene) -> None:
    task_id = scene.delivered()
    operations.comment(actor=scene.world.bilal, now=NOW, task_id=task_id, text="She prefers mornings.")
    operations.comment(actor=scene.world.ada, now=NOW, task_id=task_id, text="Noted.")
    assert lines(scene, task_id) == ["sent", "delivered", "comment", "comment"]
    with pytest.raises(NotFound):
        operations.comment(actor=scene.world.charlie, now=NOW, task_id=task_id, text="Hello")
    with pytest.raises(InvalidInput):
        operations.comment(actor=scene.world.ada, now=NOW, task_id=task_id, text=" ")


def test_a_sender_writes_no_receipt_of_the_receivers(scene: Scene) -> None:
    """The database's own refusal, with the room's guards off; a comment in the same way is let in."""
    task_id = scene.delivered()
    line = {"organisation": scene.world.hub, "task_id": task_id, "at": NOW, "by": "test", "by_name": "T"}
    with unit_of_work(system_for(scene.world.hub)):
        TaskEvent.objects.create(**line, kind="comment", state="delivered")
        for kind, state in (("step", "done"), ("escalated", "delivered"), ("undone", "delivered")):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                TaskEvent.objects.create(**line, kind=kind, state=state)


def test_a_mistaken_step_is_undone_by_who_took_it_and_soon(scene: Scene) -> None:
    ada, farah, task_id = scene.world.ada, scene.world.farah, scene.delivered()
    operations.accept(actor=ada, now=NOW, task_id=task_id, version=2)
    with pytest.raises(NotUndone, match="Somebody else"):
        operations.undo(actor=farah, now=NOW, task_id=task_id, version=3)
    with pytest.raises(NotUndone, match="30 minutes"):
        operations.undo(actor=ada, now=NOW + timedelta(hours=1), task_id=task_id, version=3)
    assert operations.undo(actor=ada, now=NOW, task_id=task_id, version=3) == "delivered"
    with pytest.raises(NotUndone, match="not a step"):
        operations.undo(actor=ada, now=NOW, task_id=task_id, version=4)
    operations.accept(actor=farah, now=NOW, task_id=task_id, version=4)
    operations.finish(actor=farah, now=NOW, task_id=task_id, version=5)
    assert operations.undo(actor=farah, now=NOW, task_id=task_id, version=6) == "accepted"
    assert lines(scene, task_id)[2:] == ["accepted", "undone", "accepted", "done", "undone"]
    operations.comment(actor=scene.world.bilal, now=NOW, task_id=task_id, text="Is it done?")
    with pytest.raises(NotUndone):
        operations.undo(actor=farah, now=NOW, task_id=task_id, version=7)


def test_taking_over_and_the_one_who_had_it(scene: Scene) -> None:
    ada, farah, task_id = scene.world.ada, scene.world.farah, scene.delivered()
    with pytest.raises(TaskMovedOn):
        operations.claim(actor=farah, now=NOW, task_id=task_id, version=2)
    operations.accept(actor=ada, now=NOW, task_id=task_id, version=2)
    operations.claim(actor=farah, now=NOW, task_id=task_id, version=3)
    with pytest.raises(TaskMovedOn, match="yours already"):
        operations.claim(actor=farah, now=NOW, task_id=task_id, version=4)
    assert queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).row.assigned_name == "Farah Cast"
    with pytest.raises(InvalidInput, match="must learn why"):
        operations.reassign(actor=farah, now=NOW, task_id=task_id, version=4, team_id=scene.team, reason=" ")


def test_a_sender_takes_back_what_nobody_accepted(scene: Scene) -> None:
    task_id, too_late = scene.delivered(idempotency_key="a"), scene.delivered(idempotency_key="b")
    with pytest.raises(NotPermitted, match="Only the organisation that sent"):
        operations.withdraw(actor=scene.world.ada, now=NOW, task_id=task_id, reason="No")
    for each in (task_id, too_late):
        operations.withdraw(actor=scene.world.bilal, now=NOW, task_id=each, reason="Wrong patient")
    operations.accept(actor=scene.world.ada, now=NOW, task_id=too_late, version=2)
    work(NOW)
    assert lines(scene, task_id)[2:] == ["withdraw-asked", "withdrawn"]
    assert lines(scene, too_late)[2:] == ["withdraw-asked", "accepted", "comment"], "and they are told to telephone"
    with pytest.raises(TaskMovedOn, match="telephone"):
        operations.withdraw(actor=scene.world.bilal, now=NOW, task_id=too_late, reason="Wrong patient")


def test_what_came_back_stands_first_until_the_sender_says_what_they_did(scene: Scene) -> None:
    rejected = scene.delivered(idempotency_key="a", due_on=date(2026, 12, 9))
    other = scene.delivered(idempotency_key="b", due_on=date(2026, 11, 24))
    operations.reject(actor=scene.world.ada, now=NOW, task_id=rejected, version=2, reason="Moved away")
    mine = TaskFilter(with_came_back=True)
    items = queries.sent(actor=scene.world.bilal, now=NOW, wanted=mine).items
    assert [(row.id, row.is_senders_move) for row in items] == [(rejected, True), (other, False)]
    assert queries.counts(actor=scene.world.bilal, now=NOW + timedelta(days=60)).came_back == 1, "it waits for ever"
    with pytest.raises(TaskMovedOn):
        operations.deal_with(actor=scene.world.bilal, now=NOW, task_id=other, how="Nothing")
    operations.deal_with(actor=scene.world.bilal, now=NOW, task_id=rejected, how="Rang the new practice")
    assert [row.id for row in queries.sent(actor=scene.world.bilal, now=NOW, wanted=mine).items] == [other]
    assert queries.counts(actor=scene.world.bilal, now=NOW).came_back == 0


def test_a_team_says_whose_tasks_and_which_it_takes(scene: Scene) -> None:
    with pytest.raises(InvalidInput) as refused:
        lead(scene, accepts_from=frozenset({scene.world.outside.pk}), kinds=frozenset({"tea"}))
    assert {problem.field for problem in refused.value.problems} == {"accepts_from", "kinds"}
    lead(scene, accepts_from=frozenset({scene.world.hub.pk}), kinds=frozenset({"safeguarding"}))
    scene.delivered()
    ash, bilal = scene.world.ash.pk, scene.world.bilal
    for kind, found in (("safeguarding", scene.team), ("fit-note", None)):
        team = queries.team_for(actor=bilal, now=NOW, organisation_id=ash, kind=kind)
        assert (team.id if team else None) == found
    hub_members = frozenset({scene.world.bilal.position_id or 0, scene.world.carys.position_id or 0})
    only_birch = TeamRequest("Hub Administration", members=hub_members, accepts_from=frozenset({scene.world.birch.pk}))
    operations.save_team(actor=scene.world.carys, now=NOW, request=only_birch, team_id=scene.hub_team)
    with pytest.raises(TeamCannotAccept, match="takes no tasks from Ash Lane"):
        operations.send(
            actor=scene.world.ada, now=NOW, request=scene.asks(to_team_id=scene.hub_team, patient_id=None)
        )  # fmt: skip


def finding(scene: Scene, now: object = NOW) -> Finding:
    hub = network_of_hub(hub_id=scene.world.hub.pk, day=NOW.date())
    found = chk_37(actor=system_for(scene.world.hub), hub=hub, now=now)  # type: ignore[arg-type]
    return next(each for each in found if each.target == scene.world.ash.pk)


def test_a_test_task_there_and_back_answers_chk_37(scene: Scene) -> None:
    assert finding(scene).state == "unknown"
    there = operations.send_test(
        actor=scene.world.carys, now=NOW, organisation_id=scene.world.ash.pk, idempotency_key="t"
    )
    work(NOW)
    assert "On its way" in finding(scene).evidence
    assert finding(scene, NOW + timedelta(days=2)).state == "unmet", "not accepted in time"
    operations.accept(actor=scene.world.ada, now=NOW, task_id=there, version=2)
    operations.finish(actor=scene.world.ada, now=NOW, task_id=there, version=3)
    work(NOW)
    assert finding(scene).state == "unknown"
    with unit_of_work(system_for(scene.world.hub)):
        back = Task.objects.get(to_organisation=scene.world.hub, is_test=True)
    operations.accept(actor=scene.world.bilal, now=NOW, task_id=back.pk, version=2)
    operations.finish(actor=scene.world.bilal, now=NOW, task_id=back.pk, version=3)
    work(NOW)
    assert finding(scene).state == "met"
    assert finding(scene, NOW + timedelta(days=91)).state == "unknown", "a test grows old"
    with unit_of_work(system_for(scene.world.hub)):
        assert Task.objects.filter(is_test=True).count() == 2, "an answer is not answered"
    with pytest.raises(InvalidInput, match="about nobody"):
        operations.send(actor=scene.world.bilal, now=NOW, request=scene.asks(is_test=True))
