"""What rehearsals tell readiness: whether the last one passed, and what its steps prove (`proving.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.rehearsal.ground import outlook
from pcnhub.rehearsal.proving import AT_PRACTICE, MANAGER, as_111, of_practices
from pcnhub.rehearsal.queries import newest_whole
from pcnhub.rehearsal.rules import BY_HAND_HOLDS, FRESH, Run


def chk_d13(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """The newest whole rehearsal passed, and is not older than a day and a half; of a hub elsewhere, as long as words hold."""
    nights, run = outlook(hub), newest_whole(hub.hub.id)
    holds = FRESH if nights.is_here else BY_HAND_HOLDS
    when = f"{in_london(run.started_at):%-d %B, %H:%M}" if run else ""
    said = f"The last rehearsal was on {when}." if run else "Nobody has rehearsed the whole of this hub yet."
    if run is not None and now - run.started_at <= holds:
        if run.has_passed:
            yield Finding("CHK-D13", hub.hub.id, State.MET, f"Passed on {when}; nothing is left of it.")
        else:
            evidence = f"On {when}: {_what_failed(run)}"
            yield Finding("CHK-D13", hub.hub.id, State.UNMET, evidence, _fix("Look at the grid"))
    elif nights.lacks is not None:
        fix = Fix(nights.lacks.remedy, nights.lacks.who_can, "rehearsals")
        yield Finding("CHK-D13", hub.hub.id, State.UNMET, f"{said} {nights.sentence()}", fix)
    elif run is not None:
        yield Finding("CHK-D13", hub.hub.id, State.UNMET, said, _fix(_again(is_here=nights.is_here)))
    else:
        fix = _fix("Rehearse the hub with all its practices")
        yield Finding("CHK-D13", hub.hub.id, State.UNKNOWN, f"{said} {nights.sentence()}", fix)


def _again(*, is_here: bool) -> str:
    return (
        "Rehearse again, and see that a worker runs at night"
        if is_here
        else "Do its steps again, and say how they went"
    )


def _what_failed(run: Run) -> str:
    if run.trouble:
        return run.trouble
    if run.left:
        return f"{sum(each.rows for each in run.left)} rows are left of it."
    if run.failed:
        row, step = run.failed[0]
        words = step.by_hand.comment if step.by_hand else step.said
        more = f", and {len(run.failed) - 1} more" if len(run.failed) > 1 else ""
        return f"{step.words}, {row.name}: {words.rstrip('.') if more else words}{more}"
    waits = len(run.waits_for_hands)
    return f"{waits} steps wait to be done by hand." if waits else "Not every step was tried."


def _fix(what: str) -> Fix:
    return Fix(what, MANAGER, page="rehearsals")


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {
    "CHK-D13": chk_d13,
    "CHK-54": as_111,
    **{check_id: partial(of_practices, check_id) for check_id in AT_PRACTICE},
}
