"""The words of cross-organisation tasks, which state may follow which, and by when somebody must have accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import in_london, london_instant

LONGEST_TEXT = 4000
LONGEST_NOTE = 500
LONGEST_NAME = 100


class TaskState(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    DONE = "done"
    REJECTED = "rejected"
    RETURNED = "returned"  # bounced: nobody was left who could accept it (`domain.md` 12.2 A13)


class TaskType(StrEnum):
    FOLLOW_UP = "follow-up"
    TEST = "test-to-arrange"
    REFERRAL = "referral-to-process"
    TWO_WEEK_WAIT = "two-week-wait-referral"
    FIT_NOTE = "fit-note"
    SAFEGUARDING = "safeguarding"
    OTHER = "other"


class TaskPriority(StrEnum):
    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"


FOLLOWS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.SENT: frozenset({TaskState.DELIVERED, TaskState.RETURNED}),
    TaskState.DELIVERED: frozenset({TaskState.ACCEPTED, TaskState.REJECTED, TaskState.RETURNED}),
    TaskState.ACCEPTED: frozenset({TaskState.IN_PROGRESS, TaskState.DONE, TaskState.REJECTED}),
    TaskState.IN_PROGRESS: frozenset({TaskState.DONE, TaskState.REJECTED}),
    TaskState.DONE: frozenset(),
    TaskState.REJECTED: frozenset(),
    TaskState.RETURNED: frozenset(),
}
UNACCEPTED = frozenset({TaskState.SENT, TaskState.DELIVERED})
OPEN = frozenset(state for state, following in FOLLOWS.items() if following)

STATE_WORDS: dict[TaskState, str] = {
    TaskState.SENT: "Sent",
    TaskState.DELIVERED: "Delivered",
    TaskState.ACCEPTED: "Accepted",
    TaskState.IN_PROGRESS: "In progress",
    TaskState.DONE: "Done",
    TaskState.REJECTED: "Rejected",
    TaskState.RETURNED: "Returned",
}
TYPE_WORDS: dict[TaskType, str] = {
    TaskType.FOLLOW_UP: "Follow-up",
    TaskType.TEST: "Test to arrange",
    TaskType.REFERRAL: "Referral to process",
    TaskType.TWO_WEEK_WAIT: "Two-week-wait referral",
    TaskType.FIT_NOTE: "Fit note",
    TaskType.SAFEGUARDING: "Safeguarding",
    TaskType.OTHER: "Other",
}
PRIORITY_WORDS: dict[TaskPriority, str] = {
    TaskPriority.URGENT: "Urgent",
    TaskPriority.SOON: "Soon",
    TaskPriority.ROUTINE: "Routine",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something can't be: what, what to do, who can."""

    code: str
    message: str
    remedy: str
    who_can: str


def why_team_cannot_take(
    *, team: str, organisation: str, is_closed: bool, allows_acceptance: bool, members: int, acceptors: int
) -> Reason | None:
    """Why a task can't be sent to a team now; None when it can. `members` are current, `acceptors` those of them who hold
    their position and accept tasks of other organisations (`domain.md` 10)."""
    who = f"a manager at {organisation}"
    if is_closed:
        return Reason("team-closed", f"{team} at {organisation} is closed.", "Choose another team.", who)
    if not allows_acceptance:
        return Reason(
            "team-does-not-accept",
            f"{team} at {organisation} does not accept tasks from other organisations.",
            "Choose another team, or ask for acceptance to be allowed for it on the teams page.",
            who,
        )
    if acceptors:
        return None
    what = "has no members" if not members else "has no member who can accept tasks now"
    return Reason(
        "team-cannot-accept",
        f"{team} at {organisation} {what}, so a task would not be seen.",
        "Choose another team, or telephone them. They can add a member who accepts tasks on their teams page.",
        who,
    )


def next_steps(state: TaskState) -> frozenset[TaskState]:
    """What a person at the receiving organisation can do with a task in this state."""
    return FOLLOWS[state] - {TaskState.DELIVERED, TaskState.RETURNED}


# Core hours of general practice: Monday to Friday, 08:00 to 18:30, without bank holidays.
CORE_STARTS, CORE_ENDS = time(8, 0), time(18, 30)
# How much core time may pass before somebody accepts. Four hours make Monday noon of Saturday 16:50 (`domain.md` A14).
ACCEPT_WITHIN: dict[TaskPriority, timedelta] = {
    TaskPriority.URGENT: timedelta(hours=4),
    TaskPriority.SOON: timedelta(hours=10, minutes=30),
    TaskPriority.ROUTINE: timedelta(hours=21),
}


def accept_by(sent_at: datetime, priority: TaskPriority) -> datetime:
    """The instant by which a task of this priority must have been accepted, counted in core hours."""
    left = ACCEPT_WITHIN[priority]
    day = in_london(sent_at).date()
    while True:
        opens, closes = london_instant(day, CORE_STARTS), london_instant(day, CORE_ENDS)
        begins = max(opens, sent_at)
        if is_working_day(day) and begins < closes:
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        day += timedelta(days=1)


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and not bank_holiday(day)


def suggested_due_on(day: date, priority: TaskPriority) -> date:
    """What the form offers: the next working day, three of them, or ten."""
    left = {TaskPriority.URGENT: 1, TaskPriority.SOON: 3, TaskPriority.ROUTINE: 10}[priority]
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return day
