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
_BOOK = frozenset(
    {"CHK-19", "CHK-20", "CHK-21", "CHK-22", "CHK-24", "CHK-25", "CHK-42", "CHK-56", "CHK-57", "CHK-58", "CHK-64"}
)
_PEOPLE = frozenset({
    "CHK-06", "CHK-10", "CHK-11", "CHK-12", "CHK-20", "CHK-24", "CHK-33", "CHK-36", "CHK-39", "CHK-42", "CHK-43", "CHK-44",
    "CHK-68",
})  # fmt: skip
_TASKS = frozenset({"CHK-37", "CHK-38", "CHK-39"})
_TESTS = frozenset({"CHK-65", "CHK-66", "CHK-67"})
_COPIES = frozenset({"CHK-69", "CHK-71"})
TOUCHES: Mapping[str, frozenset[str]] = {
    "appointments.session-changed": _BOOK,
    "appointments.slot-types-changed": frozenset(
        {"CHK-19", "CHK-21", "CHK-22", "CHK-56", "CHK-57", "CHK-58", "CHK-61", "CHK-64"}
    ),
    "consultations.definitions-changed": frozenset({"CHK-50"}),
    "consultations.outcomes-changed": frozenset({"CHK-50", "CHK-51"}),
    "continuity.changed": frozenset({"CHK-D12"}),
    "documents.result-arrived": frozenset({"CHK-67"}),
    "documents.tried": frozenset({"CHK-40", "CHK-41"}),
    "investigations.changed": _TESTS,
    "mesh.answered": frozenset({"CHK-70", *_COPIES}),
    "organisations.changed": frozenset({"CHK-01", "CHK-04", "CHK-20", "CHK-29", "CHK-33"}),
    "organisations.groups-changed": frozenset({"CHK-16", "CHK-17", "CHK-18", "CHK-19", "CHK-23", "CHK-56"}),
    "organisations.hours-changed": frozenset({"CHK-38", "CHK-65"}),
    "organisations.people-changed": _PEOPLE,
    "organisations.switches-changed": frozenset({"CHK-13", "CHK-14", "CHK-15", "CHK-23"}),
    "patients.imported": frozenset({"CHK-27", "CHK-28", "CHK-29", "CHK-30", "CHK-31"}),
    "patients.linked": frozenset({"CHK-26", "CHK-28"}),
    "patients.merged": frozenset({"CHK-26", "CHK-27", "CHK-28"}),
    "patients.moved": frozenset({"CHK-28"}),
    "rehearsal.over": frozenset({"CHK-23", "CHK-37", "CHK-54", "CHK-70", "CHK-D13"}),
    "sharing.activated": _AGREEMENTS,
    "sharing.agreements-changed": _AGREEMENTS | {"CHK-42"},
    "sharing.deactivated": _AGREEMENTS,
    "sharing.settings-changed": frozenset({"CHK-68"}),
    "tasks.escalated": _TASKS,
    "tasks.teams-changed": frozenset({"CHK-36", "CHK-39"}),
    "tasks.test-done": _TASKS,
    "writeback.formulary-changed": frozenset({"CHK-68"}),
    "writeback.needs-person": _COPIES,
    "writeback.standing-changed": _COPIES,
}
"""Which lines a fact can move. One that is not named here moves any: a network that changes, an export of a hub elsewhere."""
BY_TIME_ALONE: Mapping[str, str] = {
    "CHK-59": "an appointment is forgotten on the second day after it; what is said of it then is asked about within the hour",
    "CHK-D10": "a worker that has stopped can tell nobody",
}
"""The lines of this product's own tables that no fact moves: they come open as time passes, and the clock asks them."""
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
