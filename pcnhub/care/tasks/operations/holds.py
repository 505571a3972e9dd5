"""What other rooms hang on a task, which keeps it from being closed as if nothing were left to do.

Those rooms stand above this one, so they are not asked by name: `config` hands their holders over at start-up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a task stays open, what to do first, and the page where that is done."""

    message: str
    remedy: str
    page: str
    page_id: int


class TaskHeld(Conflict):
    """Closing the task would hide what is still owed."""

    code = "task-held"
    who_can = "a member of the team that has the task"

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold.message, remedy=hold.remedy)
        self.hold = hold


# (actor, now, id of a task) -> why it is held, or None
Holder = Callable[[Actor, datetime, int], Hold | None]

_holders: list[Holder] = []


def wire(holders: Sequence[Holder]) -> None:
    """Called once by `config`."""
    _holders[:] = holders


def hold_of(*, actor: Actor, now: datetime, task_id: int) -> Hold | None:
    """The first that holds the task. In the running unit of work."""
    return next((hold for holder in _holders if (hold := holder(actor, now, task_id)) is not None), None)


def refuse_held(*, actor: Actor, now: datetime, task_id: int) -> None:
    """Raises TaskHeld."""
    hold = hold_of(actor=actor, now=now, task_id=task_id)
    if hold is not None:
        raise TaskHeld(hold)
