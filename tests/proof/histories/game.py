"""A small game on a real book: a few calls, let go at one moment or one by one, judged as any round.

For what must be tried on purpose: with barriers and pauses in the statements, so that the meeting which a long run waits for
happens every time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

from tests.proof.histories import hearing, ledger
from tests.proof.histories.attempts import Answer, Attempt, Kind, Outcome
from tests.proof.histories.book import Book, Desk
from tests.proof.histories.layers import Consumers, Layer, Operations, Wanted
from tests.proof.histories.place import Database
from tests.proof.histories.verdict import Verdict, judged

WITHOUT_WORKER = [name for name in ledger.AMISS if name != "all news was heard once"]


@dataclass
class Game:
    """Calls are made by `wants` and friends, tried by `one` and `at_once`, judged by `verdict`."""

    book: Book
    database: Database
    attempts: list[Attempt] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seat(self, place: int = 0) -> int:
        return self.book.places[place].slot_id

    def desk(self, place: int = 0) -> Desk:
        """0 Ash Lane, 1 Birch Road, 2 the hub; 3 and more from afar."""
        return (*self.book.desks, *self.book.consumers)[place]

    def wants(self, *seats: int, desk: int = 0, key: str = "", patient: int = 0, **more: object) -> Wanted:
        """A booking of these seats. The same `key`: the same wish, asked again."""
        return self._wanted(Kind.BOOK, desk, key, patient, takes=seats, **more)

    def gives_back(self, made: Answer, *seats: int, desk: int = 0, key: str) -> Wanted:
        """The cancellation of what was booked under this key."""
        wanted = self._wanted(Kind.CANCEL, desk, key, 0, gives=seats)
        return replace(wanted, booking=made.booking or 0)

    def moves(self, made: Answer, have: int, want: int, *, desk: int = 0, key: str, to_key: str) -> Wanted:
        leaves = f"{self.desk(desk).ods_code}:operation-{key}"
        wanted = self._wanted(Kind.MOVE, desk, to_key, 0, takes=(want,), gives=(have,), leaves=leaves)
        return replace(wanted, booking=made.booking or 0)

    def holds(self, seat: int, desk: int = 0) -> Wanted:
        wanted = self._wanted(Kind.HOLD, desk, "hold", 0, takes=(seat,))
        return replace(wanted, attempt=replace(wanted.attempt, until=wanted.attempt.now + 300))

    def _wanted(self, kind: Kind, desk_place: int, key: str, patient: int, **more: object) -> Wanted:
        desk = self.desk(desk_place)
        any_clinician = bool(more.pop("any_clinician", False))
        layer = "gp-connect" if desk in self.book.consumers else "operation"
        key = f"{layer}-{key or f'key{time.monotonic_ns()}'}"
        attempt = Attempt(
            id="", layer=layer, kind=kind, by=f"{desk.actor.organisation.id}:{desk.actor.user}",
            wish=f"{desk.ods_code}:{key}", now=time.time(), **more,  # type: ignore[arg-type]
        )  # fmt: skip
        return Wanted(attempt, desk, desk.patients[patient], key, any_clinician=any_clinician)

    def one(self, wanted: Wanted) -> Answer:
        """Try it now, and keep what was answered."""
        layers: dict[str, Layer] = {"operation": Operations(self.book), "gp-connect": Consumers(self.book)}
        attempt = replace(wanted.attempt, called=time.monotonic_ns())
        answer = layers[attempt.layer].make(wanted)
        with self._lock:
            kept = replace(
                attempt, id=str(len(self.attempts)), answered=time.monotonic_ns(), outcome=answer.outcome,
                said=answer.said, booking=answer.booking, takes=self._taken(wanted, answer),
            )  # fmt: skip
            self.attempts.append(kept)
        return answer

    @staticmethod
    def _taken(wanted: Wanted, answer: Answer) -> tuple[int, ...]:
        if wanted.any_clinician and answer.outcome is not Outcome.DONE:
            return ()  # which seat it would have been, the answer does not say
        return answer.seats or wanted.attempt.takes

    def at_once(self, *calls: Wanted) -> list[Answer]:
        """All of them let go at one moment, each in a thread with a connection of its own."""
        from django.db import connection

        gate = threading.Barrier(len(calls))

        def run(wanted: Wanted) -> Answer:
            with closing(connection):
                connection.ensure_connection()
                gate.wait()
                return self.one(wanted)

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(run, calls))

    def verdict(self, checks: Iterable[str] = WITHOUT_WORKER) -> Verdict:
        return judged(self.attempts, ledger.read(self.database.superuser_url), shares=self.book.shares, checks=checks)

    def faults(self) -> list[str]:
        """The names of the checks that found something."""
        return [name for name, found in self.verdict().faults.items() if found]


@contextmanager
def heard() -> Iterator[None]:
    """Somebody listens to the book's news meanwhile."""
    from pcnhub.foundations.jobs import outbox

    before = {fact: dict(handlers) for fact, handlers in outbox._handlers.items()}
    hearing.wire()
    try:
        yield
    finally:
        outbox.wire(before)
