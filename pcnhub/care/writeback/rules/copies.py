"""The states that the copy of a finished consultation passes through, what can stand in its way, and whose move it is.

One language of states for both routes (`national-services.md` 13.1): into a record on this platform, and by MESH to a practice
elsewhere. `TRANSITIONS` is the whole machine: what is not in it does not happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Route(StrEnum):
    """How a copy reaches the patient's practice."""

    RECORD = "record"  # filed into its record on this platform
    MESH = "mesh"  # GP Connect Send Document


class CopyState(StrEnum):
    PENDING = "pending"  # on its way: the worker will send it; by MESH, once nobody has edited it for a while
    BLOCKED = "blocked"  # kept: goes out by itself when the reason is gone
    NEEDS_ACTION = "needs-action"  # a person must decide
    HANDED_OVER = "handed-over"  # queued at the connection
    SENDING = "sending"  # leaving at this moment, or nobody knows whether it left
    SENT = "sent"  # MESH has taken it, and gave it a number
    RECEIVED = "received"  # the practice's system has it (infrastructure acknowledgement)
    ACKNOWLEDGED = "acknowledged"  # the receiver's receipt is here
    REFUSED = "refused"  # it came back, or the practice said no
    SUPERSEDED = "superseded"  # a later version goes instead
    SENT_OTHERWISE = "sent-otherwise"  # a person took it there by another way


STATE_WORDS: dict[CopyState, str] = {
    CopyState.PENDING: "On its way",
    CopyState.BLOCKED: "Kept, not sent yet",
    CopyState.NEEDS_ACTION: "Needs action",
    CopyState.HANDED_OVER: "Queued, not sent yet",
    CopyState.SENDING: "Being sent",
    CopyState.SENT: "Sent, not answered yet",
    CopyState.RECEIVED: "Arrived, not accepted yet",
    CopyState.ACKNOWLEDGED: "In the practice's record",
    CopyState.REFUSED: "Came back",
    CopyState.SUPERSEDED: "Replaced by a later version",
    CopyState.SENT_OTHERWISE: "Sent in another way",
}


class Step(StrEnum):
    """What can happen to a copy."""

    KEEP = "keep"  # something stands in the way that goes by itself
    ASK = "ask"  # something stands in the way that a person must settle
    WAIT = "wait"  # nothing does: it goes when its turn or time comes; also after a person asked for another try
    FILE = "file"  # the record on this platform answered with its receipt
    HAND_OVER = "hand-over"  # the connection has put it into its queue
    START = "start"  # the connection is about to send it, or to send it again after the network has told that it hadn't
    SEND = "send"  # MESH has taken it
    RECEIVE = "receive"  # infrastructure acknowledgement
    ACCEPT = "accept"  # business acknowledgement
    REFUSE = "refuse"  # negative acknowledgement, or MESH could not deliver it
    SUPERSEDE = "supersede"  # a later version was finished, or nothing of it ever went and it was recorded in error
    OTHERWISE = "otherwise"  # a person took it there


_HERE = (CopyState.PENDING, CopyState.BLOCKED, CopyState.NEEDS_ACTION)  # still in this room: nothing was handed over
_OUT = (CopyState.HANDED_OVER, CopyState.SENDING, CopyState.SENT, CopyState.RECEIVED)

# Answers may overtake each other and what we know of our own sending: an acknowledgement proves that it was sent. What a person
# settled stays settled, unless the practice itself says that it has it.
TRANSITIONS: dict[Step, dict[CopyState, CopyState]] = {
    Step.KEEP: dict.fromkeys(_HERE, CopyState.BLOCKED),
    Step.ASK: dict.fromkeys(_HERE, CopyState.NEEDS_ACTION),
    Step.WAIT: dict.fromkeys((*_HERE, CopyState.REFUSED), CopyState.PENDING),
    Step.FILE: dict.fromkeys(_HERE, CopyState.ACKNOWLEDGED),
    Step.HAND_OVER: {CopyState.PENDING: CopyState.HANDED_OVER},
    Step.START: dict.fromkeys((CopyState.HANDED_OVER, CopyState.SENDING), CopyState.SENDING),
    Step.SEND: dict.fromkeys((CopyState.HANDED_OVER, CopyState.SENDING), CopyState.SENT),
    Step.RECEIVE: dict.fromkeys((CopyState.HANDED_OVER, CopyState.SENDING, CopyState.SENT), CopyState.RECEIVED),
    Step.ACCEPT: dict.fromkeys((*_OUT, CopyState.REFUSED, CopyState.SENT_OTHERWISE), CopyState.ACKNOWLEDGED),
    Step.REFUSE: dict.fromkeys(_OUT, CopyState.REFUSED),
    Step.SUPERSEDE: dict.fromkeys((*_HERE, CopyState.HANDED_OVER, CopyState.REFUSED), CopyState.SUPERSEDED),
    Step.OTHERWISE: dict.fromkeys((*_HERE, *_OUT, CopyState.REFUSED), CopyState.SENT_OTHERWISE),
}


def after(state: CopyState, step: Step) -> CopyState | None:
    """The state that a step leads to; None where it can't be taken."""
    return TRANSITIONS[step].get(state)


OVER = frozenset({CopyState.ACKNOWLEDGED, CopyState.SUPERSEDED, CopyState.SENT_OTHERWISE})  # nothing is owed any more
HELD = frozenset(_HERE)
ON_THE_WIRE = frozenset(_OUT)
# What the practice may have been given under the copy's own number: a later version replaces it by that number.
MAY_STAND_THERE = frozenset({CopyState.SENDING, CopyState.SENT, CopyState.RECEIVED, CopyState.ACKNOWLEDGED})
# A document that is filed to the consultation from here on is not in what the practice was given.
MAY_LACK_DOCUMENTS = frozenset({*_OUT, CopyState.ACKNOWLEDGED, CopyState.SENT_OTHERWISE})
MAY_TRY_AGAIN = frozenset({CopyState.BLOCKED, CopyState.NEEDS_ACTION, CopyState.REFUSED})

UNANSWERED = "report-unanswered"
NO_MAILBOX = "no-mesh-mailbox"
TOO_LATE = "report-late"
ASKS_A_PERSON = frozenset({UNANSWERED, NO_MAILBOX, TOO_LATE})  # reasons that ask for somebody whatever the state


def needs_person(state: CopyState, reason_code: str) -> bool:
    """Whether nothing will happen to the copy, or not in time, until somebody acts."""
    if state in OVER:
        return False
    return state in (CopyState.NEEDS_ACTION, CopyState.REFUSED) or reason_code in ASKS_A_PERSON


def may_be_sent_otherwise(state: CopyState, reason_code: str) -> bool:
    """Whether a person may take it there in another way: not while it is leaving, or an answer may still come in its time."""
    if after(state, Step.OTHERWISE) is None:
        return False
    return state not in (CopyState.SENDING, CopyState.SENT, CopyState.RECEIVED) or reason_code == UNANSWERED


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a copy can't go home now, what to do, and who can. `state` says whether it goes by itself afterwards."""

    state: CopyState
    code: str
    reason: str
    remedy: str
    who_can: str


WAITS_ITS_TURN = Obstacle(
    state=CopyState.BLOCKED,
    code="earlier-copy-waits",
    reason="An earlier copy for the same patient has not reached the practice yet.",
    remedy="Copies keep their order: this one goes out by itself right after that one.",
    who_can="whoever can free the earlier copy",
)

WAITS_FOR_EDITS = Obstacle(
    state=CopyState.PENDING,
    code="waits-for-edits",
    reason="It waits for further edits, so that the practice gets the consultation once and as it was meant.",
    remedy="It goes out by itself at the time that is shown.",
    who_can="",
)

MOVED_ON = (
    "The patient is registered at {today} now. This amendment stands with {then}, where the consultation was filed:"
    " {today} gets both with the record that {then} passes on, and nothing from here."
    " If it changes the patient's treatment, tell {today}."
)


def source_key(*, hub_ods_code: str, consultation_id: int) -> str:
    """How a receiver knows a consultation again, in all its versions."""
    return f"{hub_ods_code}:consultation:{consultation_id}"


def worst(obstacles: tuple[Obstacle, ...]) -> Obstacle:
    """The one that decides the copy's state: what needs a person comes before what mends itself."""
    return next((one for one in obstacles if one.state is CopyState.NEEDS_ACTION), obstacles[0])


# GPCM-SD-096 and 142: within three hours of the last edit, only the newest version; how long is the organisation's to say.
WINDOW = timedelta(hours=3)
LONGEST_WINDOW = timedelta(hours=24)
_BEFORE = timedelta(minutes=10)  # handed over so much before the time is up, so that it is sent within it
_NEAR = timedelta(hours=1)


def due_at(finished_at: datetime, window: timedelta) -> datetime:
    """The end of the window: when a report must have left."""
    return finished_at + max(window, _BEFORE)


def goes_at(finished_at: datetime, due_at: datetime) -> datetime:
    """When a report is handed over, if nobody edits the consultation before."""
    return max(finished_at, due_at - _BEFORE)


def looks_at(finished_at: datetime, due_at: datetime) -> tuple[datetime, ...]:
    """When somebody must look where the report is: to hand it over, when its time is nearly up, and when it is."""
    return tuple(sorted({goes_at(finished_at, due_at), max(finished_at, due_at - _NEAR), due_at}))


def due_again(now: datetime) -> datetime:
    """When a report must have left that somebody asked to be sent again now."""
    return now + _BEFORE


class Alarm(StrEnum):
    """How the time stands for a report that has not left."""

    NONE = "none"
    NEAR = "near"  # something stands in its way, and the time is nearly up
    PASSED = "passed"


def alarm(state: CopyState, *, due_at: datetime | None, now: datetime) -> Alarm:
    """Before its time is up a report that merely waits for edits is in order; one that is kept is not (SD-094)."""
    if due_at is None or state in OVER or state in (CopyState.SENT, CopyState.RECEIVED, CopyState.REFUSED):
        return Alarm.NONE
    if now >= due_at:
        return Alarm.PASSED
    return Alarm.NEAR if state is not CopyState.PENDING and now >= due_at - _NEAR else Alarm.NONE


def is_on_its_way(state: CopyState, reason_code: str, *, due_at: datetime | None, now: datetime) -> bool:
    """Whether a copy that is not home yet is where it should be at this time."""
    if needs_person(state, reason_code) or state is CopyState.BLOCKED or state in OVER:
        return False
    return due_at is not None and alarm(state, due_at=due_at, now=now) is Alarm.NONE
