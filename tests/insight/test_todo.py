"""To-do lists: each has exactly what its organisation lacks, also for a practice that joins or merges in the middle of a year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.findings import Fix
from pcnhub.insight.readiness.planning import plan
from pcnhub.insight.readiness.rules import Cell, CellState, Concerns, Gate, Grid, Mover, Requirement, Row
from pcnhub.insight.readiness.todo import MOST_MAILED, Turn, as_lines, missing_steps, speaking_of, to_do, turns
from tests.insight.lines import line

TODAY, JOINS = date(2026, 11, 23), date(2027, 1, 4)
HUB = OrganisationRef(1, "Y07108", "Riverside Hub", "hub", is_live=True)
ASH = OrganisationRef(2, "A81001", "Ash Lane", "practice", is_live=True)
BIRCH = OrganisationRef(3, "B82002", "Birch Road", "practice", is_live=False)
CEDAR = OrganisationRef(4, "C83003", "Cedar Court", "practice", is_live=False)

GROUP = line("CHK-16")
ENDPOINT = line("CHK-03")
AGREEMENTS = replace(line("CHK-05", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE), lead_days=20, movers=(Mover.HUB,))
TEAM = replace(line("CHK-36", concerns=Concerns.PRACTICE, gate=Gate.PRACTICE), needs=("CHK-05",))
OLD_IMPORT = line("CHK-30", concerns=Concerns.PRACTICE, gate=Gate.WARNING)


def cell(requirement: Requirement, at: OrganisationRef, evidence: str = "", fix: Fix | None = None) -> Cell:
    """Open where there is evidence against it, else met."""
    return Cell(requirement, at, CellState.UNMET if evidence else CellState.MET, evidence or "Well.", fix=fix)


def grid(*cells: Cell) -> Grid:
    places = dict.fromkeys(each.organisation for each in cells)
    rows = tuple(Row(at, tuple(each for each in cells if each.organisation == at)) for at in places)
    return Grid(HUB, "Riverside", TODAY, tuple(dict.fromkeys(each.requirement for each in cells)), rows)


def keys(of: Grid) -> list[tuple[str, int]]:
    return [(each.requirement.id, each.organisation.id) for each in of.cells]


def test_a_practice_has_its_own_row_and_the_hub_also_what_only_it_can_do() -> None:
    made = plan(
        grid=grid(
            cell(ENDPOINT, HUB, "None."),
            cell(AGREEMENTS, BIRCH, "Hub not active.", Fix("Activate.", "Riverside Hub’s manager")),
            cell(TEAM, BIRCH, "No team."),
            cell(OLD_IMPORT, BIRCH, "Old."),
            cell(OLD_IMPORT, ASH, "Old."),
        ),
        today=TODAY,
        target=JOINS,
    )
    birch = to_do(made, BIRCH, target=JOINS)
    assert [step.key[0] for step in birch.blocking] == ["CHK-05", "CHK-36"]
    assert [step.key[0] for step in birch.other] == ["CHK-30"]
    assert [birch.is_mine(step) for step in birch.blocking] == [False, True]
    assert birch.opens_on == made.opening[BIRCH.id]
    hub = to_do(made, HUB, target=None)
    assert {step.key for step in hub.steps} == {("CHK-03", 1), ("CHK-05", 3)}
    assert hub.late == ()
    assert to_do(made, ASH, target=None).opens_on is None  # it is open


def test_a_practice_that_joins_lacks_exactly_its_open_lines_and_what_the_hub_must_do_for_it() -> None:
    """A24: what is open at others anyhow is not its business."""
    today = grid(cell(GROUP, HUB), cell(ENDPOINT, HUB, "None."), cell(AGREEMENTS, ASH), cell(OLD_IMPORT, ASH, "Old."))
    then = grid(
        cell(GROUP, HUB, "The group lacks Cedar Court."), cell(ENDPOINT, HUB, "None."), cell(AGREEMENTS, ASH),
        cell(OLD_IMPORT, ASH, "Old."), cell(AGREEMENTS, CEDAR, "Not a party."), cell(TEAM, CEDAR, "No team."),
        cell(OLD_IMPORT, CEDAR),
    )  # fmt: skip
    turn = Turn(JOINS, (CEDAR,), ())
    missing = missing_steps(today, then, turn)
    assert keys(missing) == [("CHK-16", 1), ("CHK-05", 4), ("CHK-36", 4)]
    made = plan(grid=missing, today=TODAY, target=turn.day)
    assert {step.key: step.needs for step in made.steps}["CHK-36", 4] == (("CHK-05", 4),)
    assert all(step.latest_done <= JOINS for step in made.steps)
    assert missing_steps(then, then, Turn(JOINS, (), ())).cells == ()


def test_a_practice_that_merges_into_another_code_leaves_what_still_names_it() -> None:
    """A23: the old code is stale wherever a line names it; a line that was open already counts when it will name it too."""
    today = grid(cell(GROUP, HUB, "The group lacks Ash Lane."), cell(AGREEMENTS, HUB), cell(AGREEMENTS, BIRCH, "Open."))
    then = grid(
        cell(GROUP, HUB, "The group lacks Ash Lane, Cedar Court; it holds Birch Road, no member."),
        cell(AGREEMENTS, HUB, "Care record has Birch Road, no member."),
        cell(AGREEMENTS, CEDAR, "Not a party."),
    )
    turn = Turn(JOINS, (CEDAR,), (BIRCH,))
    assert keys(missing_steps(today, then, turn)) == [("CHK-16", 1), ("CHK-05", 1), ("CHK-05", 4)]
    assert [each.requirement.id for each in speaking_of(then, BIRCH)] == ["CHK-16", "CHK-05"]
    assert speaking_of(today, BIRCH) == ()


def test_the_days_on_which_the_network_changes() -> None:
    rows = [
        (ASH, date(2020, 1, 1), None),
        (BIRCH, date(2020, 1, 1), JOINS),
        (CEDAR, JOINS, None),
        (HUB, date(2020, 1, 1), date(2027, 2, 1)),
        (HUB, date(2027, 2, 1), None),  # goes on without a day between
        (ASH, date(2030, 1, 1), None),  # too far ahead
    ]
    assert turns(rows, after=TODAY, until=date(2027, 11, 23)) == (Turn(JOINS, (CEDAR,), (BIRCH,)),)
    assert turns(rows, after=JOINS, until=date(2027, 11, 23)) == ()


def test_a_letter_has_days_and_no_evidence() -> None:
    made = plan(grid=grid(cell(AGREEMENTS, BIRCH, "Dr Name is away.")), today=TODAY, target=date(2026, 12, 1))
    assert as_lines(made.steps, reader=BIRCH, dated=True) == [
        "CHK-05 Title of CHK-05: begin by 3 November 2026, late by 14 working days"
    ]
    assert as_lines(made.steps, reader=HUB, dated=False) == ["CHK-05 Title of CHK-05 at Birch Road"]
    assert as_lines(made.steps * (MOST_MAILED + 2), reader=HUB, dated=False)[-1] == "and 2 more"
