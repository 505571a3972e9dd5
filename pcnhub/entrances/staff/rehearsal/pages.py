"""What the pages of rehearsals show, made from a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.rehearsal.rules import STATE_WORDS, STEP_WORDS, Row, Run, Step, StepName, StepState

COLOURS = {
    StepState.PASSED: "green",
    StepState.FAILED: "red",
    StepState.SKIPPED: "grey",
    StepState.MANUAL: "yellow",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One step of one row. `way`: where a person says how it went by hand; "" where nobody need, or this one may not."""

    step: Step | None
    words: str
    colour: str
    took: str
    way: str


@dataclass(frozen=True, slots=True)
class Grid:
    run: Run
    said: str
    began: str
    ended: str
    clean: str
    columns: tuple[Row, ...]
    lines: tuple[tuple[str, tuple[Cell, ...]], ...]
    troubles: tuple[tuple[Row, Step], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One run in the list of runs."""

    run: Run
    began: str
    said: str


def grid(run: Run, *, actor: Actor, now: datetime) -> Grid:
    """Steps down, organisations across: as readiness shows its own."""
    names = [name for name in StepName if any(row.step(name) for row in run.rows)]
    return Grid(
        run=run,
        said=sentence(run, now),
        began=clock(run.started_at),
        ended=clock(run.ended_at),
        clean=_clean_words(run),
        columns=run.rows,
        lines=tuple((STEP_WORDS[name], tuple(_cell(run, row, name, actor) for row in run.rows)) for name in names),
        troubles=run.failed,
    )


def line(run: Run, now: datetime) -> Line:
    return Line(run, clock(run.started_at), sentence(run, now))


def sentence(run: Run, now: datetime) -> str:
    """The whole run in a sentence."""
    if run.ended_at is None:
        if run.is_overdue(now):
            return "It was stopped: its traces are erased shortly."
        done = len(run.rows)
        return (
            f"It goes on: {done} {'organisation is' if done == 1 else 'organisations are'} through."
            if done
            else "It goes on."
        )
    if run.trouble:
        return run.trouble
    counts = run.counts
    if run.has_passed:
        return f"Passed: {counts[StepState.PASSED]} steps."
    waits = len(run.waits_for_hands)
    parts = [
        f"{counts[StepState.PASSED]} steps passed",
        f"{len(run.failed)} failed" if run.failed else "",
        f"{counts[StepState.SKIPPED]} were not tried" if counts[StepState.SKIPPED] else "",
        f"{waits} wait to be done by hand" if waits else "",
        "something is left of it" if run.left else "",
    ]
    return f"{', '.join(part for part in parts if part)}."


def clock(instant: datetime | None) -> str:
    return f"{in_london(instant):%-d %B %Y, %H:%M}" if instant else ""


def took(milliseconds: int | None) -> str:
    """As long as a person would say it took."""
    if milliseconds is None:
        return ""
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds} ms"


def _cell(run: Run, row: Row, name: StepName, actor: Actor) -> Cell:
    step = row.step(name)
    if step is None:
        return Cell(None, "Not asked", "white", "", "")
    if step.by_hand is not None:
        words = "Done by hand" if step.by_hand.passed else "Failed by hand"
        colour = "aqua-green" if step.by_hand.passed else "red"
        day = f", {in_london(step.by_hand.at):%-d %B}" if step.by_hand.at < run.started_at else ""  # said of one before
        return Cell(step, words, colour, f"{step.by_hand.took_minutes} min{day}", _way(run, row, step, actor))
    return Cell(step, STATE_WORDS[step.state], COLOURS[step.state], took(step.took_ms), _way(run, row, step, actor))


def _way(run: Run, row: Row, step: Step, actor: Actor) -> str:
    if step.state is not StepState.MANUAL or row.organisation is None or not actor.may(Permission.MANAGE_READINESS):
        return ""
    if actor.organisation.id not in (run.hub.id, row.organisation.id):
        return ""
    return reverse("rehearsal-by-hand", args=[run.id, row.organisation.id, step.name.value])


def _clean_words(run: Run) -> str:
    if run.left:
        return "Left of it: " + ", ".join(f"{each.rows} in {each.table}" for each in run.left)
    if run.is_clean:
        return "All that it wrote is erased; every table was looked through. The audit keeps what was done."
    return "What it wrote is still there, and nobody but the rehearsal sees it." if run.ended_at else ""
