"""The way to go-live: nothing begins before what it needs is done, and the latest days leave just enough time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.insight.readiness import planning
from pcnhub.insight.readiness.catalogue import BY_ID, CATALOGUE
from pcnhub.insight.readiness.planning import (
    Plan,
    after_working_days,
    next_working_day,
    plan,
    working_days_between,
)
from pcnhub.insight.readiness.rules import Cell, CellState, Concerns, Gate, Grid, Row
from tests.insight.lines import line

MONDAY = date(2026, 11, 23)
HUB = OrganisationRef(1, "Y07108", "Hub", "hub")
ASH = OrganisationRef(2, "A81001", "Ash Lane", "practice")
BIRCH = OrganisationRef(3, "B82002", "Birch Road", "practice")


def opened(check_id: str, at: OrganisationRef, days: int, *needs: str, gate: Gate = Gate.HUB) -> Cell:
    concerns = Concerns.HUB if at == HUB else Concerns.PRACTICE
    requirement = replace(line(check_id, concerns=concerns, gate=gate), lead_days=days, needs=needs)
    return Cell(requirement, at, CellState.UNMET, "Open.")


def planned(*cells: Cell, target: date = date(2026, 12, 24), **more: object) -> Plan:
    rows = tuple(Row(each, tuple(cell for cell in cells if cell.organisation == each)) for each in (HUB, ASH, BIRCH))
    grid = Grid(HUB, "Network", MONDAY, tuple(cell.requirement for cell in cells), rows)
    return plan(grid=grid, today=MONDAY, target=target, **more)  # type: ignore[arg-type]


def days(made: Plan) -> dict[tuple[str, int], tuple[date, date]]:
    return {step.key: (step.starts_on, step.done_on) for step in made.steps}


def test_working_days_leave_out_the_weekend_and_bank_holidays() -> None:
    assert next_working_day(date(2026, 11, 28)) == date(2026, 11, 30)
    assert after_working_days(date(2026, 12, 24), 1) == date(2026, 12, 29)  # Christmas, and the Monday that stands in
    assert after_working_days(date(2026, 12, 29), -1) == date(2026, 12, 24)
    assert after_working_days(MONDAY, 0) == MONDAY
    assert working_days_between(MONDAY, date(2026, 11, 30)) == 5
    assert working_days_between(date(2026, 11, 30), MONDAY) == -5


def test_what_comes_first_is_waited_for_and_the_longest_way_decides() -> None:
    made = planned(
        opened("CHK-A", HUB, 10), opened("CHK-B", HUB, 2), opened("CHK-C", HUB, 3, "CHK-A", "CHK-B"),
        opened("CHK-P", ASH, 1, "CHK-C", gate=Gate.PRACTICE),
    )  # fmt: skip
    assert days(made)["CHK-C", HUB.id] == (date(2026, 12, 7), date(2026, 12, 10))
    assert (made.earliest, made.opening[ASH.id], made.opening[BIRCH.id]) == (
        date(2026, 12, 10), date(2026, 12, 11), date(2026, 12, 10),
    )  # fmt: skip
    assert [step.key[0] for step in made.critical] == ["CHK-A", "CHK-C"]
    assert {step.key[0] for step in made.at_once} == {"CHK-A", "CHK-B"}
    spare = {step.key[0]: step.spare for step in made.steps}
    assert spare["CHK-B"] == spare["CHK-C"] + 8
    assert made.is_in_time
    assert not made.late


def test_what_is_late_already_says_by_how_many_days() -> None:
    made = planned(opened("CHK-A", HUB, 10), opened("CHK-C", HUB, 3, "CHK-A"), target=date(2026, 12, 3))
    assert {step.key[0]: step.spare for step in made.steps} == {"CHK-A": -5, "CHK-C": -5}
    assert not made.is_in_time
    assert len(made.late) == 2


def test_if_the_practice_activates_by_thursday() -> None:
    cells = (
        opened("CHK-05", ASH, 20, gate=Gate.PRACTICE),
        opened("CHK-23", ASH, 1, "CHK-05", gate=Gate.PRACTICE),
    )
    assert planned(*cells).opening[ASH.id] == date(2026, 12, 22)
    said = planned(*cells, assumed={("CHK-05", ASH.id): date(2026, 11, 26)})
    assert said.opening[ASH.id] == date(2026, 11, 27)
    assert [step.is_assumed for step in said.steps if step.key[0] == "CHK-05"] == [True]


def test_a_hub_that_has_nothing_open_can_go_live_today() -> None:
    made = planned()
    assert (made.earliest, made.steps, made.opening[ASH.id]) == (MONDAY, (), MONDAY)


def test_one_practice_waits_for_its_own_lines_and_not_for_its_neighbours() -> None:
    made = planned(
        opened("CHK-05", ASH, 20, gate=Gate.PRACTICE), opened("CHK-23", BIRCH, 1, "CHK-05", gate=Gate.PRACTICE)
    )
    assert made.opening[BIRCH.id] == date(2026, 11, 24)


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.lists(st.integers(0, 7), max_size=3), st.sampled_from([HUB, ASH, BIRCH])),
        max_size=8,
    ),
    st.integers(0, 90),
)
def test_any_plan_keeps_its_order_and_leaves_just_enough_time(
    lines: list[tuple[int, list[int], OrganisationRef]], ahead: int
) -> None:
    cells = [
        opened(f"CHK-{number}", at, lead, *(f"CHK-{need}" for need in needs if need < number), gate=Gate.PRACTICE)
        for number, (lead, needs, at) in enumerate(lines)
    ]
    target = MONDAY + timedelta(days=ahead)
    made = planned(*cells, target=target)
    steps = {step.key: step for step in made.steps}
    assert len(steps) == len(cells)
    for step in made.steps:
        lead = step.cell.requirement.lead_days
        assert step.done_on == after_working_days(step.starts_on, lead)
        assert step.starts_on == max([MONDAY, *(steps[key].done_on for key in step.needs)])
        assert step.latest_done <= target
        for key in step.needs:
            assert steps[key].latest_done <= step.latest_start
        assert step.spare == working_days_between(step.done_on, step.latest_done)
    for row in (ASH, BIRCH):
        mine = [step.done_on for step in made.of(row.id)]
        assert made.opening[row.id] >= max(mine, default=MONDAY)
    for earlier, later in pairwise(made.critical):
        assert later.starts_on == earlier.done_on


def test_the_catalogue_needs_only_what_it_has_and_nothing_in_a_ring() -> None:
    done: set[str] = set()
    assert all(need in BY_ID for requirement in CATALOGUE for need in requirement.needs)
    while left := [each for each in CATALOGUE if each.id not in done]:
        next_ones = {each.id for each in left if done.issuperset(each.needs)}
        assert next_ones, f"these need each other: {[each.id for each in left]}"
        done |= next_ones


def test_weeks_say_what_runs_side_by_side_and_what_must_begin_or_be_done() -> None:
    made = planned(
        opened("CHK-A", HUB, 10), opened("CHK-B", ASH, 2), opened("CHK-C", HUB, 3, "CHK-A", "CHK-B"),
    )  # fmt: skip
    weeks = {week.begins_on: week for week in planning.weeks(made)}
    assert list(weeks) == sorted(weeks)
    assert [step.key[0] for step in weeks[MONDAY].running] == ["CHK-A", "CHK-B"]
    assert [step.key[0] for step in weeks[date(2026, 12, 7)].running] == ["CHK-A", "CHK-C"]
    assert sum(len(week.to_begin) for week in weeks.values()) == sum(len(week.to_end) for week in weeks.values()) == 3
    begin = {step.key[0]: week.begins_on for week in weeks.values() for step in week.to_begin}
    assert begin == {"CHK-A": date(2026, 12, 7), "CHK-B": date(2026, 12, 14), "CHK-C": date(2026, 12, 21)}
    assert len(weeks[date(2026, 12, 21)].to_end) == 3


def test_what_should_have_begun_stands_in_this_week() -> None:
    made = planned(opened("CHK-A", HUB, 10), target=date(2026, 11, 25))
    first, *others = planning.weeks(made)
    assert (first.begins_on, len(first.to_begin), len(first.to_end)) == (MONDAY, 1, 1)
    assert [(len(week.running), week.to_begin, week.to_end) for week in others] == [(1, (), ()), (1, (), ())]
    assert planning.weeks(planned()) == ()
