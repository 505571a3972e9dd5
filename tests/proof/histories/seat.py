"""What one seat of a book does, one call after the other: the sequential model that a history is held against.

A seat is free, held by somebody until a time, booked by one wish, or blocked. `after` says what the seat is after a call with
the answer that the caller got, or None when a seat in this state could never have answered so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.proof.histories.attempts import Attempt, Kind, Outcome


@dataclass(frozen=True, slots=True)
class Seat:
    state: str = "free"  # free | held | booked | blocked | cancelled
    who: str = ""  # of a booking its wish, of a hold its holder
    until: float = 0.0
    granted: frozenset[str] = frozenset()  # the wishes that were ever given this seat: a wish is given it once

    def open_to(self, attempt: Attempt) -> bool:
        """Whether the caller could have it: free, held by themselves, or held by somebody whose time is over."""
        if self.state == "held":
            return self.who == attempt.by or self.until <= attempt.now
        return self.state == "free"


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
            if number in attempt.gives:  # an appointment that moves by half its length keeps this seat
                return _booked(seat, attempt) if (seat.state, seat.who) == ("booked", attempt.leaves) else None
            return _booked(seat, attempt) if seat.open_to(attempt) and attempt.wish not in seat.granted else None
        case Kind.MOVE:
            return _given_back(seat, attempt.leaves)
        case Kind.CANCEL:
            return _given_back(seat, attempt.wish)
        case Kind.HOLD if seat.open_to(attempt):
            return replace(seat, state="held", who=attempt.by, until=attempt.until)
        case Kind.LET_GO if (seat.state, seat.who) == ("held", attempt.by):
            return replace(seat, state="free", who="", until=0.0)
        case Kind.BLOCK if seat.state in ("free", "held"):
            return replace(seat, state="blocked", who="", until=0.0)
        case Kind.UNBLOCK if seat.state == "blocked":
            return replace(seat, state="free")
    return None


def _booked(seat: Seat, attempt: Attempt) -> Seat:
    return replace(seat, state="booked", who=attempt.wish, until=0.0, granted=seat.granted | {attempt.wish})


def _given_back(seat: Seat, wish: str) -> Seat | None:
    return replace(seat, state="free", who="") if (seat.state, seat.who) == ("booked", wish) else None


def _may_refuse(seat: Seat, number: int, attempt: Attempt) -> bool:
    match attempt.outcome:
        case Outcome.REPEATED:
            return number not in attempt.takes or attempt.wish in seat.granted
        case Outcome.TAKEN:  # of several seats one was not to be had: which, the answer does not say
            alone = attempt.takes == (number,)
            return not alone or (not seat.open_to(attempt) and attempt.wish not in seat.granted)
        case Outcome.MOVED_ON:
            mine = attempt.leaves or attempt.wish
            return number not in attempt.gives or (seat.state, seat.who) != ("booked", mine)
        case Outcome.NOT_FREE:
            return seat.state not in (("free",) if attempt.kind is Kind.BLOCK else ("blocked",))
    return True


def _looks_like(seat: Seat, attempt: Attempt) -> bool:
    """At the end: booked by exactly this wish, or not booked by anybody. A hold may have run out meanwhile."""
    if attempt.said == "booked":
        return (seat.state, seat.who) == ("booked", attempt.wish)
    if attempt.said == "free":
        return seat.state in ("free", "held")
    return seat.state == attempt.said
