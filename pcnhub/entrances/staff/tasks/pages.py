"""How tasks read on a page: words, colours and London time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pcnhub.care.tasks.queries import Step, TaskRow
from pcnhub.care.tasks.rules import (
    CLOCK_WORDS,
    EVENT_WORDS,
    PRIORITY_WORDS,
    STATE_WORDS,
    TYPE_WORDS,
    ClockState,
    EventKind,
    TaskPriority,
    TaskState,
    TaskType,
)
from pcnhub.foundations.kernel.local_time import in_london

STATE_COLOURS: dict[TaskState, str] = {
    TaskState.SENT: "grey",
    TaskState.DELIVERED: "blue",
    TaskState.ACCEPTED: "aqua-green",
    TaskState.IN_PROGRESS: "yellow",
    TaskState.DONE: "green",
    TaskState.REJECTED: "red",
    TaskState.RETURNED: "orange",
    TaskState.WITHDRAWN: "grey",
}
CLOCK_COLOURS: dict[ClockState, str] = {
    ClockState.LATE: "red",
    ClockState.SOON: "orange",
    ClockState.IN_TIME: "green",
    ClockState.STOPPED: "grey",
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
        "clock_tag": lambda state: Tag(CLOCK_WORDS[ClockState(state)], CLOCK_COLOURS[ClockState(state)]),
        "step_tag": step_tag,
        "day": day,
        "worries": worries,
    }


def step_tag(step: Step) -> Tag:
    """A line of the history: of a step the state it led to, of anything else what it was."""
    if step.kind is EventKind.STEP:
        return Tag(STATE_WORDS[step.state], STATE_COLOURS[step.state])
    alarming = step.kind in (EventKind.ESCALATED, EventKind.OVERDUE, EventKind.SAFETY_NET)
    return Tag(EVENT_WORDS[step.kind], "red" if alarming else "white")


def age(since: datetime, now: datetime) -> str:
    """How long something has waited, in the largest unit that says enough."""
    hours = int((now - since).total_seconds() // 3600)
    if hours < 1:
        return "less than an hour"
    number, unit = (hours, "hour") if hours < 48 else (hours // 24, "day")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def worries(row: TaskRow) -> tuple[Tag, ...]:
    """What is wrong with a task in a list, in a word each."""
    found = (
        (row.is_overdue, Tag("Overdue", "red")),
        (row.is_late_to_accept, Tag("Not accepted in time", "red")),
        (bool(row.trouble), Tag("Nobody can act", "orange")),
        (row.is_senders_move, Tag("Sender to act", "red")),
        (bool(row.escalated_name), Tag(f"Escalated to {row.escalated_name}", "purple")),
        (row.is_test, Tag("Test", "grey")),
    )
    return tuple(tag for is_so, tag in found if is_so)


def clock(instant: datetime) -> str:
    return f"{in_london(instant):%-d %b %Y, %H:%M}"


def day(of: date) -> str:
    return f"{of:%a %-d %b %Y}"


def page_number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 9 else 1
