"""The words of cross-organisation tasks, and which state may follow which."""

from __future__ import annotations

from enum import StrEnum


class TaskState(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    DONE = "done"
    REJECTED = "rejected"


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
    TaskState.SENT: frozenset({TaskState.DELIVERED}),
    TaskState.DELIVERED: frozenset({TaskState.ACCEPTED, TaskState.REJECTED}),
    TaskState.ACCEPTED: frozenset({TaskState.IN_PROGRESS, TaskState.DONE, TaskState.REJECTED}),
    TaskState.IN_PROGRESS: frozenset({TaskState.DONE, TaskState.REJECTED}),
    TaskState.DONE: frozenset(),
    TaskState.REJECTED: frozenset(),
}
