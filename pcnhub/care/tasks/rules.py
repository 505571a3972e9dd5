"""The words of cross-organisation tasks, which state may follow which, and by when somebody must have accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.kernel.opening_hours import CORE_HOURS, OpeningHours

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
    WITHDRAWN = "withdrawn"  # the sender took it back before anybody had accepted


class EventKind(StrEnum):
    """What a line of a task's history is."""

    STEP = "step"
    COMMENT = "comment"
    PASSED = "passed"
    CLAIMED = "claimed"
    UNDONE = "undone"
    ALERTED = "alerted"  # the receiver opened, and the task waited
    ESCALATED = "escalated"  # nobody accepted in time
    OVERDUE = "overdue"  # accepted, and not done on its day
    SAFETY_NET = "safety-net"  # the patient was told to ring if nothing was heard by now (`domain.md` 10)
    CLEARED = "safety-net-cleared"
    DEALT_WITH = "dealt-with"  # the sender found another way for what came back
    WITHDRAW_ASKED = "withdraw-asked"


ONCE = (
    EventKind.ALERTED, EventKind.ESCALATED, EventKind.OVERDUE, EventKind.SAFETY_NET, EventKind.CLEARED,
    EventKind.DEALT_WITH,
)  # fmt: skip


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
    TaskState.SENT: frozenset({TaskState.DELIVERED, TaskState.RETURNED, TaskState.WITHDRAWN}),
    TaskState.DELIVERED: frozenset({TaskState.ACCEPTED, TaskState.REJECTED, TaskState.RETURNED, TaskState.WITHDRAWN}),
    TaskState.ACCEPTED: frozenset({TaskState.IN_PROGRESS, TaskState.DONE, TaskState.REJECTED}),
    TaskState.IN_PROGRESS: frozenset({TaskState.DONE, TaskState.REJECTED}),
    TaskState.DONE: frozenset(),
    TaskState.REJECTED: frozenset(),
    TaskState.RETURNED: frozenset(),
    TaskState.WITHDRAWN: frozenset(),
}
CAME_BACK = frozenset({TaskState.REJECTED, TaskState.RETURNED})
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
    TaskState.WITHDRAWN: "Withdrawn",
}
EVENT_WORDS: dict[EventKind, str] = {
    EventKind.COMMENT: "Comment",
    EventKind.PASSED: "Passed on",
    EventKind.CLAIMED: "Taken over",
    EventKind.UNDONE: "Step undone",
    EventKind.ALERTED: "Team alerted",
    EventKind.ESCALATED: "Escalated: not accepted in time",
    EventKind.OVERDUE: "Escalated: not done on its day",
    EventKind.SAFETY_NET: "Safety net has run out",
    EventKind.CLEARED: "Safety net seen to",
    EventKind.DEALT_WITH: "Dealt with otherwise",
    EventKind.WITHDRAW_ASKED: "Asked to withdraw",
}
"""Of a step the state's own word is said."""
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
    return FOLLOWS[state] - {TaskState.DELIVERED, TaskState.RETURNED, TaskState.WITHDRAWN}


# How much of the receiver's open time may pass before somebody accepts. Four hours make Monday noon of Saturday 16:50
# (`domain.md` 12.2 A14).
ACCEPT_WITHIN: dict[TaskPriority, timedelta] = {
    TaskPriority.URGENT: timedelta(hours=4),
    TaskPriority.SOON: timedelta(hours=10, minutes=30),
    TaskPriority.ROUTINE: timedelta(hours=21),
}
# The patient is told to ring if nothing is heard within 48 hours of the next opening (`domain.md` 10, two-week waits).
SAFETY_NET = timedelta(hours=48)
SOON_LATE = timedelta(hours=1)  # from here on a clock is shown as running out
UNDO_WITHIN = timedelta(minutes=30)


def accept_by(sent_at: datetime, priority: TaskPriority, hours: OpeningHours = CORE_HOURS) -> datetime:
    """The instant by which a task of this priority must have been accepted, counted in the receiver's open hours."""
    return hours.after(sent_at, ACCEPT_WITHIN[priority])


def safety_net_at(sent_at: datetime, kind: TaskType, hours: OpeningHours = CORE_HOURS) -> datetime | None:
    """When the patient of a two-week wait rings unless they were rung, while there is somebody to ring; None for other tasks."""
    if kind is not TaskType.TWO_WEEK_WAIT:
        return None
    return hours.next_opening(hours.next_opening(sent_at) + SAFETY_NET)


class ClockState(StrEnum):
    """How a task stands to the clock that runs for it now."""

    LATE = "late"
    SOON = "soon"
    IN_TIME = "in-time"
    STOPPED = "stopped"


CLOCK_WORDS: dict[ClockState, str] = {
    ClockState.LATE: "Late",
    ClockState.SOON: "Runs out soon",
    ClockState.IN_TIME: "In time",
    ClockState.STOPPED: "Finished",
}


def clock_state(*, state: TaskState, must_accept_by: datetime, due_on: date, now: datetime) -> ClockState:
    """Until somebody accepts, the time to accept counts; from then on the day on which it is to be done."""
    if state not in OPEN:
        return ClockState.STOPPED
    day = in_london(now).date()
    late_to_accept = state in UNACCEPTED and must_accept_by < now
    if late_to_accept or due_on < day:
        return ClockState.LATE
    soon = must_accept_by - now <= SOON_LATE if state in UNACCEPTED else due_on == day
    return ClockState.SOON if soon else ClockState.IN_TIME


def why_not_undone(
    *, kind: EventKind, state: TaskState, before: TaskState | None, at: datetime, is_own: bool, now: datetime
) -> str:
    """Why the last line of a task's history can't be undone; empty when it can. Only a person's own step, soon after, and
    only while nothing followed that others rely on: a rejection goes back to its sender's desk at once."""
    if kind is not EventKind.STEP or before is None or state not in UNDOABLE:
        return "The last thing that happened to it is not a step that can be undone."
    if not is_own:
        return "Somebody else took that step."
    if now - at > UNDO_WITHIN:
        return f"It was longer than {UNDO_WITHIN.seconds // 60} minutes ago: others may have acted on it."
    return ""


UNDOABLE = frozenset({TaskState.ACCEPTED, TaskState.IN_PROGRESS, TaskState.DONE, TaskState.REJECTED})


def is_working_day(day: date) -> bool:
    return CORE_HOURS.on(day) is not None


def suggested_due_on(day: date, priority: TaskPriority) -> date:
    """What the form offers: the next working day, three of them, or ten."""
    left = {TaskPriority.URGENT: 1, TaskPriority.SOON: 3, TaskPriority.ROUTINE: 10}[priority]
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return day
