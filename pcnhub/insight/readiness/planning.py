"""The way to go-live: from what is open, how long each line takes and what comes first, to the days on which things must begin.

Lead times are working days: Monday to Friday, without England's bank holidays. A line with none is done on the day on which
it begins. Forward from today the plan says when each can be done at the earliest; backward from the day of going live, when
it must begin at the latest. What joins the two without a day to spare is the critical path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import week_start
from pcnhub.insight.readiness.rules import Cell, Gate, Grid

Key = tuple[str, int]
"""A line of the checklist at an organisation: (check id, organisation id)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One open line at one organisation. `spare` counts working days; below nought it is late by so many."""

    cell: Cell
    needs: tuple[Key, ...]
    starts_on: date
    done_on: date
    latest_start: date
    latest_done: date
    spare: int
    is_assumed: bool = False
    is_critical: bool = False

    @property
    def key(self) -> Key:
        return (self.cell.requirement.id, self.cell.organisation.id)

    @property
    def can_begin(self) -> bool:
        """Nothing that is open comes before it: it can run beside whatever else runs."""
        return not self.needs

    @property
    def is_late(self) -> bool:
        return self.spare < 0

    @property
    def blocks(self) -> bool:
        return self.cell.blocks


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps by the day on which they must begin. `earliest` is when the hub itself can go live: today, when nothing holds it up;
    `opening` says the same of each practice."""

    grid: Grid
    today: date
    target: date
    steps: tuple[Step, ...]
    earliest: date
    opening: Mapping[int, date]

    @property
    def late(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.is_late)

    @property
    def critical(self) -> tuple[Step, ...]:
        """What decides the earliest day, in its order."""
        return tuple(sorted((step for step in self.steps if step.is_critical), key=lambda step: step.starts_on))

    @property
    def at_once(self) -> tuple[Step, ...]:
        """What can run side by side from today."""
        return tuple(step for step in self.steps if step.can_begin)

    @property
    def is_in_time(self) -> bool:
        return self.earliest <= self.target

    def of(self, organisation_id: int) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.cell.organisation.id == organisation_id)


@dataclass(frozen=True, slots=True)
class Week:
    """What a week, from its Monday, holds: the steps that run side by side in it when each begins as early as it can, and those
    that must begin or be done in it at the latest. What should have begun or been done before stands in the first week."""

    begins_on: date
    running: tuple[Step, ...]
    to_begin: tuple[Step, ...]
    to_end: tuple[Step, ...]


def weeks(plan: Plan) -> tuple[Week, ...]:
    """The weeks in which something runs, or must begin or be done; those between with nothing to do are left out."""
    first = week_start(plan.today)

    def week_of(day: date) -> date:
        return max(week_start(day), first)

    found = []
    last = max((week_of(day) for step in plan.steps for day in (step.done_on, step.latest_done)), default=first)
    for monday in (first + timedelta(days=days) for days in range(0, (last - first).days + 1, 7)):
        week = Week(
            monday,
            tuple(step for step in plan.steps if week_of(step.starts_on) <= monday <= week_of(step.done_on)),
            tuple(step for step in plan.steps if week_of(step.latest_start) == monday),
            tuple(step for step in plan.steps if week_of(step.latest_done) == monday),
        )
        if week.running or week.to_begin or week.to_end:
            found.append(week)
    return tuple(found)


def plan(*, grid: Grid, today: date, target: date, assumed: Mapping[Key, date] | None = None) -> Plan:
    """The plan of everything that is open in the grid. `assumed`: lines of which somebody says on which day they will be done
    ("if practice C activates by Thursday"), instead of counting their lead time."""
    said = dict(assumed or {})
    cells = {(cell.requirement.id, cell.organisation.id): cell for cell in grid.open_cells}
    needs = {key: _open_needs(cell, cells, grid.hub) for key, cell in cells.items()}
    order = _ordered(needs)
    first = next_working_day(today)
    starts, done = _forwards(order, needs, cells, said, first)
    latest_start, latest_done = _backwards(order, needs, cells, max(target, today))
    steps = {
        key: Step(
            cell=cells[key],
            needs=needs[key],
            starts_on=starts[key],
            done_on=done[key],
            latest_start=latest_start[key],
            latest_done=latest_done[key],
            spare=working_days_between(done[key], latest_done[key]),
            is_assumed=key in said,
        )
        for key in order
    }
    hub_steps = [step for step in steps.values() if step.blocks and step.cell.gate is Gate.HUB]
    earliest = max((step.done_on for step in hub_steps), default=today)
    opening = {
        row.organisation.id: max(
            [
                earliest,
                *(
                    step.done_on
                    for step in steps.values()
                    if step.blocks and step.cell.organisation == row.organisation
                ),
            ]
        )
        for row in grid.rows
        if row.organisation != grid.hub
    }
    for key in _chain(hub_steps or list(steps.values()), steps):
        steps[key] = replace(steps[key], is_critical=True)
    ordered = sorted(steps.values(), key=lambda step: (step.latest_start, step.spare, step.cell.requirement.id))
    return Plan(grid, today, target, tuple(ordered), earliest, opening)


def next_working_day(day: date) -> date:
    """The day itself when it is one."""
    while day.weekday() > 4 or bank_holiday(day):
        day += timedelta(days=1)
    return day


def after_working_days(day: date, number: int) -> date:
    """The working day that is so many after (or, below nought, before) a day; nought leaves the day."""
    step = timedelta(days=1 if number > 0 else -1)
    for _ in range(abs(number)):
        day += step
        while day.weekday() > 4 or bank_holiday(day):
            day += step
    return day


def working_days_between(first: date, last: date) -> int:
    """How many working days later `last` is; below nought when it is earlier."""
    if last < first:
        return -working_days_between(last, first)
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(day.weekday() < 5 and not bank_holiday(day) for day in days)


def _open_needs(cell: Cell, cells: Mapping[Key, Cell], hub: OrganisationRef) -> tuple[Key, ...]:
    """What is open and comes first: at the same organisation, or at the hub; for the hub's own line, at every practice."""
    found: list[Key] = []
    for needed in cell.requirement.needs:
        for key, other in cells.items():
            if key[0] != needed:
                continue
            at_hub = other.organisation == hub
            if other.organisation == cell.organisation or at_hub or cell.organisation == hub:
                found.append(key)
    return tuple(sorted(found))


def _ordered(needs: Mapping[Key, tuple[Key, ...]]) -> list[Key]:
    """Each after what it needs. The catalogue has no ring (`tests/insight/test_catalogue.py`)."""
    order: list[Key] = []
    seen: set[Key] = set()

    def visit(key: Key) -> None:
        if key not in seen:
            seen.add(key)
            for needed in needs[key]:
                visit(needed)
            order.append(key)

    for key in sorted(needs):
        visit(key)
    return order


def _forwards(
    order: Iterable[Key],
    needs: Mapping[Key, tuple[Key, ...]],
    cells: Mapping[Key, Cell],
    said: Mapping[Key, date],
    first: date,
) -> tuple[dict[Key, date], dict[Key, date]]:
    starts: dict[Key, date] = {}
    done: dict[Key, date] = {}
    for key in order:
        starts[key] = max([first, *(done[needed] for needed in needs[key])])
        if key in said:
            done[key] = max(said[key], starts[key])
        else:
            done[key] = after_working_days(starts[key], cells[key].requirement.lead_days)
    return starts, done


def _backwards(
    order: list[Key], needs: Mapping[Key, tuple[Key, ...]], cells: Mapping[Key, Cell], target: date
) -> tuple[dict[Key, date], dict[Key, date]]:
    latest_done: dict[Key, date] = dict.fromkeys(order, target)
    latest_start: dict[Key, date] = {}
    for key in reversed(order):
        latest_start[key] = after_working_days(latest_done[key], -cells[key].requirement.lead_days)
        for needed in needs[key]:
            latest_done[needed] = min(latest_done[needed], latest_start[key])
    return latest_start, latest_done


def _chain(ends: Iterable[Step], steps: Mapping[Key, Step]) -> list[Key]:
    """Back from the step that is done last, by the one that it waited for longest."""
    last = max(ends, key=lambda step: (step.done_on, step.key), default=None)
    chain: list[Key] = []
    while last is not None:
        chain.append(last.key)
        last = max((steps[key] for key in last.needs), key=lambda step: (step.done_on, step.key), default=None)
    return chain
