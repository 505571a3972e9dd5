"""What one share of a session does (`SessionQuota`): so many seats for one organisation, no more at any moment."""

from __future__ import annotations

from dataclasses import dataclass

from tests.proof.histories.attempts import Attempt, Kind, Outcome


@dataclass(frozen=True, slots=True)
class Used:
    """The wishes that use the share, each with its number of seats; and all that ever did."""

    live: frozenset[tuple[str, int]] = frozenset()
    granted: frozenset[str] = frozenset()

    @property
    def seats(self) -> int:
        return sum(seats for _, seats in self.live)


@dataclass(frozen=True, slots=True)
class Share:
    """At most `at_most` of a session's `slots` for the organisation with this code. A wish begins with the code."""

    quota_id: int
    ods_code: str
    at_most: int
    slots: frozenset[int]

    def concerns(self, attempt: Attempt) -> bool:
        is_mine = attempt.wish.startswith(f"{self.ods_code}:")
        return is_mine and attempt.kind in (Kind.BOOK, Kind.MOVE, Kind.CANCEL) and bool({*attempt.seats()} & self.slots)

    def after(self, used: Used, attempt: Attempt) -> Used | None:
        """What is used after this call, None when the answer contradicts what was used."""
        if attempt.kind is Kind.LOOK:
            return used if used.seats == attempt.now else None
        takes, gives = len({*attempt.takes} & self.slots), len({*attempt.gives} & self.slots)
        if attempt.outcome is Outcome.FULL:  # a move out of this share into another may have met the other's end
            return used if not takes or used.seats + takes - gives > self.at_most else None
        if attempt.outcome is Outcome.GRANTED and attempt.wish in used.granted:
            return used
        if attempt.outcome not in (Outcome.DONE, Outcome.GRANTED, Outcome.IN_DOUBT):
            return used
        left = (attempt.leaves or attempt.wish, gives)
        if gives and left not in used.live:
            return None
        live = used.live - {left} if gives else used.live
        if takes:
            live |= {(attempt.wish, takes)}
        if takes > gives and sum(seats for _, seats in live) > self.at_most:
            return None
        return Used(live, used.granted | {attempt.wish})
