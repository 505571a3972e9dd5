"""The states that the copy of a finished consultation passes through, and what can stand in its way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CopyState(StrEnum):
    PENDING = "pending"  # on its way: the worker will send it
    BLOCKED = "blocked"  # kept: goes out by itself when the reason is gone
    NEEDS_ACTION = "needs-action"  # a person must decide
    ACKNOWLEDGED = "acknowledged"  # the receiver's receipt is here


STATE_WORDS: dict[CopyState, str] = {
    CopyState.PENDING: "On its way",
    CopyState.BLOCKED: "Kept, not sent yet",
    CopyState.NEEDS_ACTION: "Needs action",
    CopyState.ACKNOWLEDGED: "In the practice's record",
}


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
