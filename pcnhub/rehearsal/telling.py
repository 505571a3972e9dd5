"""What an evidence pack says of the newest rehearsal that ended."""

from __future__ import annotations

from datetime import datetime

from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.insight.evidence.telling import Rehearsed, RehearsedStep
from pcnhub.rehearsal.queries import runs
from pcnhub.rehearsal.rules import ManualStep, Run


def rehearsed(*, actor: Actor, now: datetime, hub_id: int) -> Rehearsed | None:
    """Raises as `queries.runs`."""
    ended = (run for run in runs(actor=actor, now=now, hub_id=hub_id) if run.ended_at is not None)
    found = next(ended, None)
    return told(found) if found else None


def told(run: Run) -> Rehearsed:
    return Rehearsed(
        id=run.id,
        started_at=run.started_at,
        ended_at=run.ended_at,
        is_clean=run.is_clean,
        left=tuple(f"{left.table}: {left.rows}" for left in run.left),
        steps=tuple(
            RehearsedStep(
                organisation=row.organisation.ods_code if row.organisation else "outsider",
                step=step.words,
                state=step.state.value,
                took_ms=step.took_ms,
                said=step.said,
                remedy=step.advice,
                by_hand=_by_hand(step.by_hand) if step.by_hand else "",
            )
            for row in run.rows
            for step in row.steps
        ),
        has_passed=run.has_passed,
        trouble=run.trouble,
    )


def _by_hand(said: ManualStep) -> str:
    how = "passed" if said.passed else "failed"
    when = f"{in_london(said.at):%-d %B %Y}"
    return f"By hand on {when}, {how} in {said.took_minutes} minutes: {said.by_name}. {said.comment}".strip()
