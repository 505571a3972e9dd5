"""How tasks read on a page: words, colours and London time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pcnhub.care.tasks.queries import TaskRow
from pcnhub.care.tasks.rules import PRIORITY_WORDS, STATE_WORDS, TYPE_WORDS, TaskPriority, TaskState, TaskType
from pcnhub.foundations.kernel.local_time import in_london

STATE_COLOURS: dict[TaskState, str] = {
    TaskState.SENT: "grey",
    TaskState.DELIVERED: "blue",
    TaskState.ACCEPTED: "aqua-green",
    TaskState.IN_PROGRESS: "yellow",
    TaskState.DONE: "green",
    TaskState.REJECTED: "red",
    TaskState.RETURNED: "orange",
}
PRIORITY_COLOURS: dict[TaskPriority, str] = {
    TaskPriority.URGENT: "red",
    TaskPriority.SOON: "orange",
    TaskPriority.ROUTINE: "white",
}


@dataclass(frozen=True, slots=True)
class Tag:
    text: str
    colour: str


def words() -> dict[str, Any]:
    """What every template of the journey may say."""
    return {
        "kind_words": lambda kind: TYPE_WORDS[TaskType(kind)],
        "state_tag": lambda state: Tag(STATE_WORDS[TaskState(state)], STATE_COLOURS[TaskState(state)]),
        "priority_tag": lambda priority: Tag(
            PRIORITY_WORDS[TaskPriority(priority)], PRIORITY_COLOURS[TaskPriority(priority)]
        ),
        "clock": clock,
        "day": day,
        "worries": worries,
    }


def worries(row: TaskRow) -> tuple[Tag, ...]:
    """What is wrong with a task in a list, in a word each."""
    found = (
        (row.is_overdue, Tag("Overdue", "red")),
        (row.is_late_to_accept, Tag("Not accepted in time", "red")),
        (bool(row.trouble), Tag("Nobody can act", "orange")),
    )
    return tuple(tag for is_so, tag in found if is_so)


def clock(instant: datetime) -> str:
    return f"{in_london(instant):%-d %b %Y, %H:%M}"


def day(of: date) -> str:
    return f"{of:%a %-d %b %Y}"


def page_number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 9 else 1
