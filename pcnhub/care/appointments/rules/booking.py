"""Whether a patient may be put into a slot, and how a booking moves from status to status."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pcnhub.care.appointments.rules.words import BookingStatus, DeliveryChannel
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Problem

REASON_AT_MOST = 100  # GP Connect Appointment.description; GPC-APPT books nothing longer, and nothing is ever cut off
NOTES_AT_MOST = 500  # Appointment.comment


def problems_of_request(*, reason: str, notes: str, patient_agrees: bool, idempotency_key: str) -> list[Problem]:
    """What is wrong with what was typed, all of it."""
    problems = problems_of_texts({"reason": (reason, REASON_AT_MOST), "notes": (notes, NOTES_AT_MOST)})
    if not patient_agrees:
        # `domain.md` 8.1: "patient is aware and agrees" is compulsory, no consent = no booking
        problems.append(
            Problem(
                "patient_agrees",
                "missing",
                "Nothing is booked without the patient's agreement",
                "Ask, then tick the box.",
            )
        )
    if not idempotency_key.strip():
        problems.append(
            Problem(
                "idempotency_key",
                "missing",
                "The request has no key of its own",
                "Open the page again and send it anew.",
            )
        )
    return problems


def problems_of_texts(texts: Mapping[str, tuple[str, int]]) -> list[Problem]:
    """What is wrong with texts, by field, each with how many characters it may have: refused, never cut off."""
    problems = []
    for field, (text, most) in texts.items():
        if len(text) > most:
            problems.append(
                Problem(
                    field,
                    "too-long",
                    f"This has {len(text)} characters; at most {most} are kept",
                    f"Take out {len(text) - most}: nothing is cut off silently.",
                )
            )
        if "\x00" in text:
            problems.append(Problem(field, "not-text", "This holds a character that is not text", "Type it again."))
    return problems


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed step of a booking, and through which channels of delivery it makes sense."""

    before: BookingStatus
    after: BookingStatus
    label: str
    channels: frozenset[str]
    not_before_start: bool = False  # nobody has failed to attend before it was time
    is_undo: bool = False


_IN_PERSON = frozenset({DeliveryChannel.IN_PERSON.value})
_REMOTE = frozenset({DeliveryChannel.TELEPHONE.value, DeliveryChannel.VIDEO.value})
_S = BookingStatus

# `domain.md` R5: Arrived -> Send in -> Left, Walked out, DNA; by telephone or video Start call -> completed, no answer.
# A status that was set by mistake can be taken back; each step leaves its own event.
MOVES: tuple[Move, ...] = (
    Move(_S.BOOKED, _S.ARRIVED, "Arrived", _IN_PERSON),
    Move(_S.BOOKED, _S.SENT_IN, "Send in", _IN_PERSON),
    Move(_S.BOOKED, _S.DID_NOT_ATTEND, "Did not attend", _IN_PERSON, not_before_start=True),
    Move(_S.ARRIVED, _S.SENT_IN, "Send in", _IN_PERSON),
    Move(_S.ARRIVED, _S.LEFT, "Left", _IN_PERSON),
    Move(_S.ARRIVED, _S.WALKED_OUT, "Walked out", _IN_PERSON),
    Move(_S.SENT_IN, _S.LEFT, "Left", _IN_PERSON),
    Move(_S.DID_NOT_ATTEND, _S.ARRIVED, "Arrived late", _IN_PERSON),
    Move(_S.WALKED_OUT, _S.ARRIVED, "Came back", _IN_PERSON),
    Move(_S.ARRIVED, _S.BOOKED, "Undo arrival", _IN_PERSON, is_undo=True),
    Move(_S.SENT_IN, _S.ARRIVED, "Undo sending in", _IN_PERSON, is_undo=True),
    Move(_S.LEFT, _S.SENT_IN, "Undo leaving", _IN_PERSON, is_undo=True),
    Move(_S.DID_NOT_ATTEND, _S.BOOKED, "Undo did not attend", _IN_PERSON, is_undo=True),
    Move(_S.BOOKED, _S.CALL_STARTED, "Start call", _REMOTE),
    Move(_S.BOOKED, _S.NO_ANSWER, "No answer", _REMOTE, not_before_start=True),
    Move(_S.CALL_STARTED, _S.CALL_COMPLETED, "Call completed", _REMOTE),
    Move(_S.CALL_STARTED, _S.NO_ANSWER, "No answer", _REMOTE),
    Move(_S.NO_ANSWER, _S.CALL_STARTED, "Call again", _REMOTE),
    Move(_S.CALL_STARTED, _S.BOOKED, "Undo call", _REMOTE, is_undo=True),
    Move(_S.CALL_COMPLETED, _S.CALL_STARTED, "Undo completing", _REMOTE, is_undo=True),
    Move(_S.NO_ANSWER, _S.BOOKED, "Undo no answer", _REMOTE, is_undo=True),
)


# On the day before, whoever ticks "arrived" is in the wrong day's list; but who comes at 23:50 for 00:15 is early, not lost.
OPEN_BEFORE_START = timedelta(hours=2)


def moves_from(status: str, *, channel: str, starts_at: datetime, now: datetime) -> tuple[Move, ...]:
    """The steps that are open now, in the order of the buttons: on the appointment's day, or two hours before its start."""
    if london_date(now) < london_date(starts_at) and now < starts_at - OPEN_BEFORE_START:
        return ()
    return tuple(
        move
        for move in MOVES
        if move.before == status and channel in move.channels and (not move.not_before_start or starts_at <= now)
    )


STATUS_WORDS: dict[str, str] = {
    _S.BOOKED: "Booked",
    _S.ARRIVED: "Arrived",
    _S.SENT_IN: "Sent in",
    _S.LEFT: "Left",
    _S.CALL_STARTED: "Call started",
    _S.CALL_COMPLETED: "Call completed",
    _S.DID_NOT_ATTEND: "Did not attend",
    _S.NO_ANSWER: "No answer",
    _S.WALKED_OUT: "Walked out",
    _S.CANCELLED: "Cancelled",
}


# A booking outlives a registration: whoever reads the list must see it before a family is rung about a missed appointment.
REGISTRATION_WORDS: dict[str, str] = {
    RegistrationState.DECEASED: "Recorded as deceased",
    RegistrationState.LEFT: "Has left the practice",
}
_FROM_WORST = (RegistrationState.DECEASED, RegistrationState.LEFT, RegistrationState.ACTIVE)


def worst_registration(states: Collection[str]) -> RegistrationState:
    """Of what the hub and the practice hold: one of them may know already what the other does not."""
    return next((state for state in _FROM_WORST if state in states), RegistrationState.ACTIVE)


def refusal_to_cancel(*, status: str, starts_at: datetime, now: datetime) -> str:
    """Why a booking can't be cancelled or moved any more, in a sentence; empty when it can."""
    if status == BookingStatus.CANCELLED:
        return "This appointment has been cancelled already."
    if status != BookingStatus.BOOKED:
        return f"This appointment can no longer be cancelled: its status is {STATUS_WORDS[status].lower()}."
    if starts_at <= now:
        return "This appointment has begun, so it can no longer be cancelled; the hub records whether the patient came."
    return ""


def refusal_to_change(*, status: str, starts_at: datetime, now: datetime) -> str:
    """Why the texts of a booking can't be changed any more, in a sentence; empty when they can."""
    if status == BookingStatus.CANCELLED:
        return "This appointment has been cancelled: what is cancelled stays as it was."
    if status != BookingStatus.BOOKED or starts_at <= now:
        return "This appointment has begun or is over, so it can no longer be changed."
    return ""


def needs_outcome(status: str, *, starts_at: datetime, now: datetime) -> bool:
    """Still "booked" when its London day is over: somebody must say what became of it (`domain.md` 12.2 A20)."""
    return status == BookingStatus.BOOKED and london_date(starts_at) < london_date(now)
