"""The plan as a picture: a bar for each step from when it can begin to when it can be done, with the time to spare behind it.

What it shows stands in the table beneath it as words; colours repeat what the labels say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from pcnhub.foundations.kernel.local_time import week_start
from pcnhub.insight.readiness.planning import Plan, Step

LABELS = 430  # units that the names take; one unit is a pixel
ROW = 24
HEAD = 40
MOST_ROWS = 40
MOST_WEEKS = 60
LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the picture: the same step at several organisations is one, where its days are the same."""

    label: str
    y: int
    x: float
    width: float
    spare_to: float  # where the time to spare ends; not beyond `x + width` where there is none
    kind: str  # late | critical | plain


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    width: int
    height: int
    bars: tuple[Bar, ...]
    weeks: tuple[Mark, ...]
    target: Mark
    left_out: int  # steps that the picture has no line for


def chart(plan: Plan) -> Chart | None:
    """The picture of what blocks, or of everything where nothing does; None without a step."""
    shown = [step for step in plan.steps if step.blocks] or list(plan.steps)
    if not shown:
        return None
    first = week_start(plan.today)
    last = min(
        max([plan.target, *(day for step in shown for day in (step.done_on, step.latest_done))]),
        first + timedelta(weeks=MOST_WEEKS) - timedelta(days=1),
    )
    weeks = (last - first).days // 7 + 1
    of_week = 56 if weeks <= 12 else 28
    days = of_week / 7

    def at(day: date) -> float:
        return round(LABELS + min(max((day - first).days, 0), weeks * 7) * days, 1)

    lines = list(_lines(shown))
    bars = tuple(_bar(steps, number, at, days) for number, steps in enumerate(lines[:MOST_ROWS]))
    every = 1 if of_week > 40 else 2
    return Chart(
        width=LABELS + weeks * of_week + 20,
        height=HEAD + len(bars) * ROW + 12,
        bars=bars,
        weeks=tuple(
            Mark(at(monday), f"{monday:%-d %b}" if number % every == 0 else "")
            for number, monday in enumerate(first + timedelta(weeks=week) for week in range(weeks))
        ),
        target=Mark(at(plan.target + timedelta(days=1)), f"{plan.target:%-d %b}"),
        left_out=len(plan.steps) - sum(len(steps) for steps in lines[:MOST_ROWS]),
    )


def _lines(steps: Iterable[Step]) -> Iterable[list[Step]]:
    """Steps with the same check and the same days together, by the day on which they can begin."""
    alike: dict[tuple[date, date, date, str, bool], list[Step]] = defaultdict(list)
    for step in steps:
        alike[step.starts_on, step.done_on, step.latest_done, step.cell.requirement.id, step.is_critical].append(step)
    return [alike[key] for key in sorted(alike)]


def _bar(steps: list[Step], number: int, at: Callable[[date], float], days: float) -> Bar:
    step = steps[0]
    start, end = at(step.starts_on), at(step.done_on + timedelta(days=1))
    where = step.cell.organisation.name if len(steps) == 1 else f"{len(steps)} organisations"
    name = f"{step.cell.requirement.id} {step.cell.requirement.title}"
    room = LONGEST_LABEL - len(where) - 2
    label = f"{name if len(name) <= room else name[: room - 1].rstrip() + '…'}, {where}"
    kind = "late" if step.is_late else "critical" if step.is_critical else "plain"
    return Bar(
        label=label,
        y=HEAD + number * ROW,
        x=start,
        width=max(end - start, days),
        spare_to=max(at(step.latest_done + timedelta(days=1)), end),
        kind=kind,
    )
