"""What rehearsals tell readiness: whether the last one passed, and what its steps prove."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.rehearsal.queries import has_rehearsed, runs_of
from pcnhub.rehearsal.rules import FRESH, STEP_WORDS, ManualStep, Run, StepName

MANAGER = "the hub's manager"
BY_HAND_HOLDS = timedelta(days=90)
# What a hub that works in another system proves by steps that people did with a dummy patient.
_BY_HAND: dict[str, tuple[StepName, ...]] = {
    "CHK-37": (StepName.TASK_OUT, StepName.ACCEPT, StepName.TASK_BACK),
    "CHK-70": (StepName.WRITE_BACK, StepName.RECEIVE),
}


def chk_d13(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The newest whole rehearsal passed, and is not older than a day and a half."""
    run = next((each for each in runs_of(hub.hub.id) if each.ended_at and not each.is_partial), None)
    if run is None:
        said = "Nobody has rehearsed the whole of this hub yet."
        state = State.UNMET if has_rehearsed(hub_id=hub.hub.id) else State.UNKNOWN
        yield Finding("CHK-D13", hub.hub.id, state, said, _fix("Rehearse the hub with all its practices"))
        return
    when = f"{in_london(run.started_at):%-d %B, %H:%M}"
    if now - run.started_at > FRESH:
        said = f"The last rehearsal was on {when}."
        yield Finding(
            "CHK-D13", hub.hub.id, State.UNMET, said, _fix("Rehearse again, and see that a worker runs at night")
        )
    elif run.has_passed:
        yield Finding("CHK-D13", hub.hub.id, State.MET, f"Passed on {when}; nothing is left of it.")
    else:
        yield Finding("CHK-D13", hub.hub.id, State.UNMET, f"On {when}: {_what_failed(run)}", _fix("Look at the grid"))


def done_by_hand(check_id: str, *, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Whether people did these steps at each practice, and how it went. The newest word on each step counts."""
    runs = runs_of(hub.hub.id)
    for practice in hub.members:
        said = {step: _newest(runs, practice.id, step) for step in _BY_HAND[check_id]}
        bad = next((each for each in said.values() if each is not None and not each.passed), None)
        missing = [step for step, each in said.items() if each is None or now - each.at > BY_HAND_HOLDS]
        fix = _fix(f"Do {' and '.join(STEP_WORDS[step] for step in missing)} with a dummy patient, and say how it went")
        if bad is not None:
            words = f"{STEP_WORDS[bad.step]} did not go well: {bad.comment}"
            yield Finding(check_id, practice.id, State.UNMET, words, _fix("Mend it, do the step again, and say so"))
        elif missing:
            yield Finding(check_id, practice.id, State.UNKNOWN, "Nobody has said of every step how it went.", fix)
        else:
            newest = max(each.at for each in said.values() if each is not None)
            yield Finding(check_id, practice.id, State.MET, f"Done by hand, last on {in_london(newest):%-d %B}.")


def _newest(runs: Iterable[Run], practice_id: int, name: StepName) -> ManualStep | None:
    said = (
        step.by_hand
        for run in runs
        for row in run.rows
        if row.organisation and row.organisation.id == practice_id
        for step in row.steps
        if step.name is name and step.by_hand
    )
    return max(said, key=lambda each: each.at, default=None)


def _what_failed(run: Run) -> str:
    if run.trouble:
        return run.trouble
    if run.left:
        return f"{sum(each.rows for each in run.left)} rows are left of it."
    if run.failed:
        row, step = run.failed[0]
        more = f", and {len(run.failed) - 1} more" if len(run.failed) > 1 else ""
        return f"{step.words}, {row.name}: {step.said}{more}"
    waits = len(run.waits_for_hands)
    return f"{waits} steps wait to be done by hand." if waits else "Not every step was tried."


def _fix(what: str) -> Fix:
    return Fix(what, MANAGER, page="rehearsals")


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {
    "CHK-D13": chk_d13,
    **{f"{check_id} by hand": partial(done_by_hand, check_id) for check_id in _BY_HAND},
}
