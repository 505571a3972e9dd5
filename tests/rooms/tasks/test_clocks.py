"""Clocks that know opening hours: alert at opening, escalation to a named person, the safety net, each once; and cover."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from pcnhub.care.organisations import operations as organisations
from pcnhub.care.organisations.queries import opening_hours
from pcnhub.care.tasks import operations, queries
from pcnhub.care.tasks.jobs import ask_to_look
from pcnhub.care.tasks.operations import CoverRequest, NotInTheTeam, TaskMovedOn, TeamRequest
from pcnhub.care.tasks.queries import TaskFilter
from pcnhub.care.tasks.rules import ClockState
from pcnhub.foundations.kernel.opening_hours import CORE_HOURS, Opening, OpeningHours
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, RECEPTION, person
from tests.rooms.tasks.scene import Scene, work

SATURDAY = datetime(2026, 11, 28, 16, 50, tzinfo=UTC)
MONDAY_8 = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)


def lines(scene: Scene, task_id: int, now: datetime = NOW) -> list[str]:
    """The history as both ends read it: kinds, and the states of steps."""
    history = queries.task(actor=scene.world.bilal, now=now, task_id=task_id).history
    return [step.state.value if step.kind == "step" else step.kind.value for step in history]


def lead(scene: Scene, **more: object) -> None:
    """Farah leads the team."""
    members = frozenset({scene.world.ada.position_id or 0, scene.world.farah.position_id or 0})
    wish = TeamRequest("Enhanced Access Team", members=members, lead=scene.world.farah.position_id, **more)  # type: ignore[arg-type]
    operations.save_team(actor=scene.world.dilys, now=NOW, request=wish, team_id=scene.team)


def weekend_wait(scene: Scene) -> int:
    wish = scene.asks(kind="two-week-wait-referral", due_on=date(2026, 11, 30))
    task_id = operations.send(actor=scene.world.bilal, now=SATURDAY, request=wish)
    work(SATURDAY)
    return task_id


def test_a_two_week_wait_on_saturday_afternoon(scene: Scene) -> None:
    """`domain.md` 12.2 A14: alerted when the practice opens on Monday, escalated at noon, the patient's 48 hours from opening."""
    lead(scene)
    task_id = weekend_wait(scene)
    row = queries.task(actor=scene.world.bilal, now=SATURDAY, task_id=task_id).row
    assert row.accept_by == datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    assert row.safety_net_at == datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
    work(MONDAY_8 - timedelta(minutes=1))
    assert lines(scene, task_id) == ["sent", "delivered"]
    work(MONDAY_8)
    assert lines(scene, task_id)[2:] == ["alerted"]
    work(MONDAY_8 + timedelta(hours=4))
    assert lines(scene, task_id)[3:] == []
    noon = MONDAY_8 + timedelta(hours=4, seconds=1)
    for _ in range(2):
        ask_to_look(noon + timedelta(hours=1))
        work(noon + timedelta(hours=1))
    assert lines(scene, task_id)[3:] == ["escalated"], "once, whoever looks"
    row = queries.task(actor=scene.world.bilal, now=noon, task_id=task_id).row
    assert (row.escalated_name, row.clock) == ("Farah Cast", ClockState.LATE)
    wednesday = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
    work(wednesday)
    assert lines(scene, task_id)[4:] == ["safety-net"]
    assert queries.counts(actor=scene.world.bilal, now=wednesday).safety_nets == 1
    with pytest.raises(NotPermitted, match="Only the organisation that sent"):
        operations.clear_safety_net(actor=scene.world.ada, now=wednesday, task_id=task_id, how="Rang her")
    operations.clear_safety_net(actor=scene.world.bilal, now=wednesday, task_id=task_id, how="Rang her: she has a date")
    with pytest.raises(TaskMovedOn):
        operations.clear_safety_net(actor=scene.world.bilal, now=wednesday, task_id=task_id, how="Again")
    assert queries.counts(actor=scene.world.bilal, now=wednesday).safety_nets == 0


def test_nothing_is_escalated_of_what_was_accepted_and_done(scene: Scene) -> None:
    task_id = weekend_wait(scene)
    work(MONDAY_8)
    operations.accept(actor=scene.world.ada, now=MONDAY_8, task_id=task_id, version=2)
    operations.finish(actor=scene.world.ada, now=MONDAY_8, task_id=task_id, version=3)
    later = MONDAY_8 + timedelta(days=5)
    ask_to_look(later)
    work(later)
    assert lines(scene, task_id) == ["sent", "delivered", "alerted", "accepted", "done"]


def test_what_is_accepted_and_not_done_on_its_day_goes_to_the_lead(scene: Scene) -> None:
    lead(scene)
    task_id = scene.delivered(due_on=TUESDAY)
    operations.accept(actor=scene.world.ada, now=NOW, task_id=task_id, version=2)
    wednesday = NOW + timedelta(days=2)
    ask_to_look(wednesday)
    work(wednesday)
    assert lines(scene, task_id)[-1] == "overdue"
    assert queries.inbox(actor=scene.world.farah, now=wednesday, wanted=TaskFilter(mine_only=True)).total == 1


def test_clocks_run_in_the_receivers_own_hours(scene: Scene) -> None:
    """A practice that opens on Saturday until 18:00 and not before ten on Monday."""
    dilys, ash = scene.world.dilys, scene.world.ash.pk
    late = Opening(time(10), time(20))
    hours = OpeningHours((late, None, late, late, late, Opening(time(9), time(18)), None))
    with pytest.raises(NotPermitted):
        organisations.save_hours(actor=scene.world.ada, now=NOW, organisation_id=ash, hours=hours)
    with pytest.raises(NotPermitted):
        organisations.save_hours(actor=scene.world.charlie, now=NOW, organisation_id=ash, hours=hours)
    wrong = OpeningHours((Opening(time(18), time(8)), *[None] * 6))
    with pytest.raises(InvalidInput, match="closes before it opens"):
        organisations.save_hours(actor=dilys, now=NOW, organisation_id=ash, hours=wrong)
    assert opening_hours(organisation_id=ash) == CORE_HOURS
    assert organisations.save_hours(actor=dilys, now=NOW, organisation_id=ash, hours=hours)
    assert not organisations.save_hours(actor=dilys, now=NOW, organisation_id=ash, hours=hours)
    task_id = weekend_wait(scene)
    row = queries.task(actor=scene.world.bilal, now=SATURDAY, task_id=task_id).row
    assert row.accept_by == datetime(2026, 11, 30, 12, 50, tzinfo=UTC), "70 minutes on Saturday, the rest on Monday"
    assert row.safety_net_at == SATURDAY + timedelta(hours=48)


def test_no_clock_runs_while_the_receiver_is_closed_for_an_afternoon(scene: Scene) -> None:
    dilys, ash = scene.world.dilys, scene.world.ash.pk
    said: dict[str, Any] = {
        "organisation_id": ash,
        "day": MONDAY_8.date(),
        "starts": time(9),
        "ends": time(13),
        "reason": "Training",
    }
    for stranger in (scene.world.ada, scene.world.charlie, scene.world.carys):
        with pytest.raises(NotPermitted):
            organisations.close_for(actor=stranger, now=NOW, **said)
    task_id = weekend_wait(scene)
    closed = organisations.close_for(actor=dilys, now=SATURDAY, **said)  # after it was sent: the clock heeds it
    row = queries.task(actor=scene.world.bilal, now=SATURDAY, task_id=task_id).row
    assert row.accept_by == datetime(2026, 11, 30, 16, 0, tzinfo=UTC), "one hour until nine, three from one o'clock on"
    work(MONDAY_8 + timedelta(hours=5))
    assert "escalated" not in lines(scene, task_id)
    organisations.open_again(actor=dilys, now=SATURDAY, closed_day_id=closed)
    row = queries.task(actor=scene.world.bilal, now=SATURDAY, task_id=task_id).row
    assert row.accept_by == datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    wrong: dict[str, Any] = {"day": date(2026, 11, 29), "starts": time(13), "ends": time(12), "reason": " "}
    with pytest.raises(InvalidInput) as refused:
        organisations.close_for(actor=dilys, now=SATURDAY, organisation_id=ash, **wrong)
    assert [each.code for each in refused.value.problems] == ["not-open", "ends-before-it-starts", "missing"]


def test_who_stands_in_works_the_tasks_of_who_is_away(scene: Scene) -> None:
    lead(scene)
    gwen = person("gwen", scene.world.ash, RECEPTION)
    task_id = scene.delivered()
    operations.accept(actor=scene.world.farah, now=NOW, task_id=task_id, version=2)
    with pytest.raises(NotInTheTeam):
        operations.begin(actor=gwen, now=NOW, task_id=task_id, version=3)
    wish = CoverRequest(scene.world.farah.position_id or 0, gwen.position_id or 0, NOW.date(), date(2026, 12, 1))
    with pytest.raises(NotPermitted, match="yourself only"):
        operations.arrange_cover(actor=scene.world.ada, now=NOW, request=wish)
    with pytest.raises(InvalidInput):
        operations.arrange_cover(actor=scene.world.charlie, now=NOW, request=wish)
    cover = operations.arrange_cover(actor=scene.world.dilys, now=NOW, request=wish)
    with pytest.raises(InvalidInput, match="Somebody covers"):
        operations.arrange_cover(actor=scene.world.dilys, now=NOW, request=wish)
    team = queries.team(team_id=scene.team, day=NOW.date())
    assert [each.name for each in team.acceptors] == ["Ada Cast", "Gwen Cast"]
    assert queries.whom_to_tell(team=team, day=NOW.date()) == queries.Escalation(gwen.position_id or 0, "Gwen Cast")
    assert queries.inbox(actor=gwen, now=NOW, wanted=TaskFilter(mine_only=True)).total == 1
    assert "Gwen Cast stands in" in queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).row.assigned_name
    operations.begin(actor=gwen, now=NOW, task_id=task_id, version=3)
    with pytest.raises(NotFound):
        operations.end_cover(actor=scene.world.charlie, now=NOW, cover_id=cover)
    operations.end_cover(actor=scene.world.dilys, now=NOW, cover_id=cover)
    with pytest.raises(NotInTheTeam):
        operations.finish(actor=gwen, now=NOW, task_id=task_id, version=4)


def test_everything_owed_by_whom(scene: Scene) -> None:
    scene.delivered(idempotency_key="a")
    scene.delivered(idempotency_key="b", priority="routine", due_on=date(2026, 12, 9))
    back = scene.asks(to_team_id=scene.hub_team, patient_id=scene.world.patient_of_ash.pk, idempotency_key="c")
    operations.send(actor=scene.world.ada, now=NOW, request=back)
    evening = NOW + timedelta(hours=8)
    work(NOW)
    found = queries.owed(actor=scene.world.carys, now=evening)
    assert {(each.organisation.name, each.open, each.late) for each in found.by} == {
        ("Ash Lane Surgery", 2, 1),
        ("Riverside Enhanced Access Hub", 1, 1),
    }
    late = queries.owed(actor=scene.world.carys, now=evening, wanted=TaskFilter(clock=ClockState.LATE))
    assert late.tasks.total == 2
    of_ash = TaskFilter(clock=ClockState.LATE, owed_by=scene.world.ash.pk)
    assert queries.owed(actor=scene.world.carys, now=evening, wanted=of_ash).tasks.total == 1
    assert queries.owed(actor=scene.world.charlie, now=evening).tasks.total == 0
    assert queries.owed(actor=scene.world.efe, now=evening).by == ()
