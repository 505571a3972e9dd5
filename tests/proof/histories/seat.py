"""What one seat of a book does, one call after the other: the sequential model that a history is held against.

A seat is free, booked by one wish, blocked or cancelled; a hold lies on it until a time. `after` says what the seat is after a
call with the answer that the caller got, or None when a seat in this state could never have answered so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.proof.histories.attempts import Attempt, Kind, Outcome


@dataclass(frozen=True, slots=True)
class Seat:
    state: str = "free"  # free | booked | blocked | cancelled
    wish: str = ""  # whose booking it is
    holder: str = ""
    held_until: float = 0.0
    granted: frozenset[str] = frozenset()  # the wishes that were ever given this seat: a wish is given it once

    def open_to(self, attempt: Attempt, *, at: float | None = None) -> bool:
        """Whether the caller could have it: free, and held by nobody else any more, as the call began or at another time."""
        now = attempt.now if at is None else at
        is_kept = self.holder not in ("", attempt.by) and self.held_until > now
        return self.state == "free" and not is_kept


FREE = Seat()


def after(seat: Seat, number: int, attempt: Attempt) -> Seat | None:
    """The seat (`number`) after this call, None when the answer contradicts the seat. A call in doubt is taken as done."""
    if attempt.kind is Kind.LOOK:
        return seat if _looks_like(seat, attempt) else None
    if attempt.outcome is Outcome.GRANTED and attempt.wish in seat.granted:
        return seat
    if attempt.outcome in (Outcome.DONE, Outcome.GRANTED, Outcome.IN_DOUBT):
        return _done(seat, number, attempt)
    return seat if _may_refuse(seat, number, attempt) else None


def _done(seat: Seat, number: int, attempt: Attempt) -> Seat | None:
    match attempt.kind:
        case Kind.BOOK | Kind.MOVE if number in attempt.takes:
            may_have_it = seat.open_to(attempt, at=attempt.latest) and attempt.wish not in seat.granted
            return _booked(seat, attempt) if may_have_it else None
        case Kind.MOVE:
            return _given_back(seat, attempt.leaves)
        case Kind.CANCEL:
            return _given_back(seat, attempt.wish)
        case Kind.HOLD if seat.open_to(attempt):
            return replace(seat, holder=attempt.by, held_until=attempt.until)
        case Kind.LET_GO:  # of nothing, it is nothing
            return replace(seat, holder="", held_until=0.0) if seat.holder == attempt.by else seat
        case Kind.BLOCK if seat.state == "free":
            return replace(seat, state="blocked")
        case Kind.UNBLOCK if seat.state == "blocked":
            return replace(seat, state="free")
    return None


def _booked(seat: Seat, attempt: Attempt) -> Seat:
    return Seat("booked", attempt.wish, granted=seat.granted | {attempt.wish})


def _given_back(seat: Seat, wish: str) -> Seat | None:
    return replace(seat, state="free", wish="") if (seat.state, seat.wish) == ("booked", wish) else None


def _may_refuse(seat: Seat, number: int, attempt: Attempt) -> bool:
    match attempt.outcome:
        case Outcome.REPEATED:
            return number not in attempt.takes or attempt.wish in seat.granted
        case Outcome.TAKEN:  # of several seats one was not to be had: which, the answer does not say
            is_alone = attempt.takes == (number,)
            return not is_alone or (not seat.open_to(attempt) and attempt.wish not in seat.granted)
        case Outcome.MOVED_ON:
            mine = attempt.leaves or attempt.wish
            return number not in attempt.gives or (seat.state, seat.wish) != ("booked", mine)
        case Outcome.NOT_FREE:
            return seat.state != ("free" if attempt.kind is Kind.BLOCK else "blocked")
    return True


def _looks_like(seat: Seat, attempt: Attempt) -> bool:
    """At the end: booked by exactly this wish, or not booked by anybody."""
    if attempt.said == "booked":
        return (seat.state, seat.wish) == ("booked", attempt.wish)
    return seat.state == attempt.said
