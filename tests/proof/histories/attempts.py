"""What callers tried, as they saw it: one line when a call begins, one when it is answered.

A line is written before the call is made and nothing is kept back in memory, so a caller that is killed leaves a call without
an answer: in doubt. Times are nanoseconds of CLOCK_MONOTONIC, which all processes of one machine share.
"""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

OVER_HTTP = ("door", "gp-connect-http", "patient-door")


class Kind(StrEnum):
    BOOK = "book"
    CANCEL = "cancel"
    MOVE = "move"
    HOLD = "hold"
    LET_GO = "let-go"
    BLOCK = "block"
    UNBLOCK = "unblock"
    LOOK = "look"  # the state of a seat at the end, as the database has it


class Outcome(StrEnum):
    DONE = "done"
    GRANTED = "granted"  # done now or before: the answer does not say which
    REPEATED = "repeated"  # the answer of an earlier call with the same key
    TAKEN = "taken"  # the seat was not to be had
    MOVED_ON = "moved-on"  # what should be cancelled, moved or let go was not there any more
    FULL = "full"  # the organisation's share of the session is used up
    NOT_FREE = "not-free"  # what should be blocked was not free, or not blocked
    REFUSED = "refused"  # for a reason that says nothing of a seat (`said` has its code)
    IN_DOUBT = "in-doubt"  # no answer: it may have happened or not


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call. `wish` names the booking that it makes or concerns: the organisation's code and its idempotency key."""

    id: str
    layer: str
    kind: Kind
    by: str = ""
    wish: str = ""
    takes: tuple[int, ...] = ()
    gives: tuple[int, ...] = ()
    beside: int = 0  # an extra seat beside this slot is asked for
    leaves: str = ""  # of a move: the wish that it replaces
    now: float = 0.0  # the time that the operation was told, in seconds
    until: float = 0.0  # of a hold
    called: int = 0
    answered: int | None = None
    outcome: Outcome = Outcome.IN_DOUBT
    said: str = ""
    booking: int | None = None

    def seats(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys((*self.takes, *self.gives)))

    @property
    def latest(self) -> float:
        """The latest time at which it was done. Over HTTP the hub has its own clock: then it is that of the answer."""
        if self.layer not in OVER_HTTP:
            return self.now
        return float("inf") if self.answered is None else self.now + (self.answered - self.called) / 1e9

    @property
    def happened(self) -> bool:
        return self.outcome is Outcome.DONE


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended. `seats`: those that it took, when that is known only now (an extra seat)."""

    outcome: Outcome
    said: str = ""
    booking: int | None = None
    seats: tuple[int, ...] = ()


@dataclass(slots=True)
class Recorder:
    """Writes the lines of one caller, each with one system call."""

    path: Path
    _file: int = field(init=False)

    def __post_init__(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def call(self, attempt: Attempt) -> None:
        values = {name: value for name, value in asdict(attempt).items() if value}
        for name in ("outcome", "answered", "said", "booking"):
            values.pop(name, None)
        self._write(values | {"called": time.monotonic_ns()})

    def answer(self, attempt: Attempt, answer: Answer) -> None:
        values = {name: value for name, value in asdict(answer).items() if value}
        self._write({"id": attempt.id, "answered": time.monotonic_ns()} | values)

    def _write(self, values: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(values).encode() + b"\n")


def history(paths: Iterable[Path]) -> tuple[Attempt, ...]:
    """All that was tried, in the order of the calls. A last line that was cut off by a kill is left out."""
    found: dict[str, Attempt] = {}
    for path in paths:
        for values in _lines(path):
            known = found.get(values["id"])
            found[values["id"]] = _called(values) if known is None else _answered(known, values)
    return tuple(sorted(found.values(), key=lambda attempt: attempt.called))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def _called(values: dict[str, Any]) -> Attempt:
    lists = {name: tuple(values.get(name, ())) for name in ("takes", "gives")}
    return Attempt(**{**values, **lists, "kind": Kind(values["kind"])})


def _answered(attempt: Attempt, values: dict[str, Any]) -> Attempt:
    return replace(
        attempt,
        answered=values["answered"],
        outcome=Outcome(values["outcome"]),
        said=values.get("said", ""),
        booking=values.get("booking"),
        takes=tuple(values.get("seats", attempt.takes)),
    )
