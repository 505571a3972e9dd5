"""Which lines are asked when: by the clock, after a change, before a session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.models import Result
from pcnhub.insight.readiness.proofs import lines_at
from pcnhub.insight.readiness.rules import ByProbe, Gate, Often, Requirement

SESSION = "session"
"""What `touched_by` is asked for before a session."""

_AGREEMENTS = frozenset({"CHK-05", "CHK-06", "CHK-07", "CHK-08", "CHK-23", "CHK-68", "CHK-69", "CHK-72"})
_BOOK = frozenset({"CHK-19", "CHK-20", "CHK-21", "CHK-22", "CHK-24", "CHK-25", "CHK-42", "CHK-56", "CHK-57", "CHK-58"})
_TASKS = frozenset({"CHK-37", "CHK-38", "CHK-39"})
TOUCHES: Mapping[str, frozenset[str]] = {
    "sharing.activated": _AGREEMENTS,
    "sharing.deactivated": _AGREEMENTS,
    "sharing.settings-changed": frozenset({"CHK-68"}),
    "appointments.session-changed": _BOOK,
    "continuity.changed": frozenset({"CHK-D12"}),
    "patients.imported": frozenset({"CHK-27", "CHK-28", "CHK-29", "CHK-30", "CHK-31"}),
    "tasks.escalated": _TASKS,
    "tasks.test-done": _TASKS,
    "writeback.needs-person": frozenset({"CHK-69", "CHK-71"}),
}
"""Which lines a fact can move. One that is not named here moves any."""
_SLACK = timedelta(minutes=10)  # a run that began a little late must not put the next one off by a whole turn


def touched_by(after: str) -> frozenset[str] | None:
    """The lines to ask after this fact, or before a session; None: all of them."""
    if after == SESSION:
        return frozenset(line.id for line in CATALOGUE if is_of_session(line))
    return TOUCHES.get(after)


def is_of_session(line: Requirement) -> bool:
    """Whether it can spoil an evening: what holds up a session, and what is to be asked before each."""
    return line.gate is Gate.SHIFT or Often.BEFORE_SESSION in line.often


def due(*, hub_id: int, now: datetime) -> frozenset[str]:
    """What the hour asks: whatever this product's own tables answer, and each real call whose turn it is."""
    calls = {line.id: line for line in lines_at(CATALOGUE, hub_id=hub_id) if isinstance(line.proof, ByProbe)}
    asked = dict(
        Result.objects.filter(hub_id=hub_id, check_id__in=calls)
        .order_by("checked_at")  # the newest of several organisations comes last, and stays
        .values_list("check_id", "checked_at")
    )
    waits = {check_id for check_id, at in asked.items() if now - at < turn_of(calls[check_id]) - _SLACK}
    return frozenset(line.id for line in CATALOGUE if line.id not in waits)


def turn_of(line: Requirement) -> timedelta:
    """After how long a real call is due again by the clock: a day, where only sessions decide."""
    turns = [often.every for often in line.often if often.every is not None]
    return min(turns, default=timedelta(days=1))
