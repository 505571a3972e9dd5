"""One thing that will go wrong: how bad, what, whose move, when it bites, and the place to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """From the worst down: this is the order of the page."""

    STOPS = "stops"  # a session does not take place, or not as booked
    HARMS = "harms"  # a patient comes, and something on their way does not work
    BREAKS = "breaks"  # a rule of the service is broken
    DRIFTS = "drifts"  # nothing yet: what was right on the last working day is not, or will not be


@dataclass(frozen=True, slots=True)
class Place:
    """The page that mends it: a route with its arguments, what follows the question mark, and the id of the very field. Ids and
    days only."""

    page: str
    args: tuple[int | str, ...] = ()
    query: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`what` is a sentence without anybody's name but staff's; whom it is about stands in `booking_ids`.

    `do` is the next step, `who` takes it: people of the organisation `mover_id`. `practice_id`: the practice whose patients or
    whose doing it is, None for what is the hub's own affair. `answers` are the readiness checks that say the same.
    """

    code: str
    severity: Severity
    what: str
    do: str
    who: str
    mover_id: int
    bites_at: datetime
    place: Place
    practice_id: int | None = None
    session_id: int | None = None
    booking_ids: tuple[int, ...] = ()
    answers: tuple[str, ...] = ()


def in_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The worst first, of equals what bites first."""
    worst = list(Severity)
    return tuple(
        sorted(lines, key=lambda each: (worst.index(each.severity), each.bites_at, each.code, each.practice_id or 0))
    )


def seen_by(lines: Iterable[Line], *, organisation_id: int, hub_id: int) -> tuple[Line, ...]:
    """The hub sees all; a practice what concerns its own patients or is its own doing, and nothing of another's."""
    return tuple(line for line in lines if organisation_id in (hub_id, line.practice_id))


def counted(number: int, one: str, many: str = "") -> str:
    """`1 patient`, `3 patients`."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
