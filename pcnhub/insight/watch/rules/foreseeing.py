"""The one function: what will go wrong on a day, the worst first."""

from __future__ import annotations

from pcnhub.insight.watch.rules.drift import drifting
from pcnhub.insight.watch.rules.evening import Evening
from pcnhub.insight.watch.rules.lines import Line, in_order
from pcnhub.insight.watch.rules.patients import on_their_way
from pcnhub.insight.watch.rules.running import running
from pcnhub.insight.watch.rules.sessions import taking_place
from pcnhub.insight.watch.rules.week import held_to


def foresee(evening: Evening) -> tuple[Line, ...]:
    """Every fault once, at its root: a clinician who can't sign in is not named again as slots that nobody sees, as a minute
    without a GP, or as a check that turned red."""
    found = [*taking_place(evening), *on_their_way(evening), *running(evening), *held_to(evening)]
    return in_order([*found, *drifting(evening, found)])
