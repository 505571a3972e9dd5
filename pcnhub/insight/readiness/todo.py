"""Who has what to do: the open lines of one organisation, and what a network that changes its practices must do for it.

Pure: grids and plans in, lists out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.insight.readiness.planning import Plan, Step
from pcnhub.insight.readiness.rules import Cell, Grid, Row, is_move_of


@dataclass(frozen=True, slots=True)
class ToDo:
    """What an organisation still needs. `blocking` keeps it (of the hub: the network) from opening, `other` does not; both by the
    day on which they must begin. `opens_on` is the earliest day with the usual lead times, None where nobody waits for it.
    Without `target` no day is the latest one."""

    organisation: OrganisationRef
    hub: OrganisationRef
    blocking: tuple[Step, ...]
    other: tuple[Step, ...]
    opens_on: date | None
    target: date | None

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self.blocking, *self.other)

    def is_mine(self, step: Step) -> bool:
        """Whether the organisation itself can take the step; else it waits for who is named."""
        return is_move_of(step.cell, self.organisation, hub_id=self.hub.id)

    @property
    def late(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.is_late) if self.target else ()


def to_do(plan: Plan, organisation: OrganisationRef, *, target: date | None) -> ToDo:
    """Its own row of the plan; of the hub also what only the hub can do for its practices."""
    hub = plan.grid.hub
    steps = [
        step
        for step in plan.steps
        if step.cell.organisation == organisation or (organisation == hub and is_move_of(step.cell, hub, hub_id=hub.id))
    ]
    opens_on = plan.earliest if organisation == hub else plan.opening.get(organisation.id)
    return ToDo(
        organisation=organisation,
        hub=hub,
        blocking=tuple(step for step in steps if step.blocks),
        other=tuple(step for step in steps if not step.blocks),
        opens_on=None if organisation.is_live else opens_on,
        target=target,
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """A day on which practices join the network or leave it (`domain.md` A23: a merger is both, or a leaving alone)."""

    day: date
    joining: tuple[OrganisationRef, ...]
    leaving: tuple[OrganisationRef, ...]


def turns(
    memberships: Iterable[tuple[OrganisationRef, date, date | None]], *, after: date, until: date
) -> tuple[Turn, ...]:
    """The days after `after`, up to `until`, on which (practice, joined on, left on) change the network, in order. A practice
    whose next membership begins on the day on which one ends does neither."""
    rows = list(memberships)
    begin = {(each.id, joined) for each, joined, _ in rows}
    end = {(each.id, left) for each, _, left in rows if left is not None}
    days = sorted(
        {day for _, joined, left in rows for day in (joined, left) if day is not None and after < day <= until}
    )
    found = []
    for day in days:
        joining = tuple(each for each, joined, _ in rows if joined == day and (each.id, day) not in end)
        leaving = tuple(each for each, _, left in rows if left == day and (each.id, day) not in begin)
        if joining or leaving:
            found.append(Turn(day, joining, leaving))
    return tuple(found)


def missing_steps(today: Grid, then: Grid, turn: Turn) -> Grid:
    """Exactly what a network lacks for the practices that it will have: every open line of those that join, and of the others
    the lines that come open by the change, or would speak of it. What is open anyhow has nothing to do with it."""
    joining = {each.id for each in turn.joining}
    before = {(cell.requirement.id, cell.organisation.id): cell for cell in today.open_cells}

    def is_due(cell: Cell) -> bool:
        if not cell.state.is_open or cell.organisation.id in joining:
            return cell.state.is_open
        now_open = before.get((cell.requirement.id, cell.organisation.id))
        return now_open is None or any(
            _names(cell, each) and not _names(now_open, each) for each in (*turn.joining, *turn.leaving)
        )

    rows = tuple(Row(row.organisation, tuple(filter(is_due, row.cells))) for row in then.rows)
    return replace(then, rows=rows)


def speaking_of(grid: Grid, organisation: OrganisationRef) -> tuple[Cell, ...]:
    """The open lines of others that name this organisation: where the code of one that has left is stale."""
    return tuple(cell for cell in grid.open_cells if cell.organisation != organisation and _names(cell, organisation))


def _names(cell: Cell, organisation: OrganisationRef) -> bool:
    return organisation.name in cell.evidence or organisation.ods_code in cell.evidence


MOST_MAILED = 60


def as_lines(steps: Iterable[Step], *, reader: OrganisationRef, dated: bool) -> list[str]:
    """The steps as lines of a letter: which check at whom, by when. No evidence, which may name people."""
    rows = list(steps)
    lines = []
    for step in rows[:MOST_MAILED]:
        cell = step.cell
        at = "" if cell.organisation == reader else f" at {cell.organisation.name}"
        late = f", late by {_days(-step.spare)}" if step.is_late else ""
        by = f": begin by {step.latest_start:%-d %B %Y}{late}" if dated else ""
        lines.append(f"{cell.requirement.id} {cell.requirement.title}{at}{by}")
    if len(rows) > MOST_MAILED:
        lines.append(f"and {len(rows) - MOST_MAILED} more")
    return lines


def _days(number: int) -> str:
    return "1 working day" if number == 1 else f"{number} working days"
