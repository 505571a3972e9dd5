"""One of the callers: a process that wants seats, gives them back, moves, asks again, and writes down what it was told.

    python -m tests.proof.histories.caller --round FOLDER --callers N --attempts N --seed N

The process that is started makes ready once and then forks its callers, each with connections of its own. Which attempt comes
next is decided by a random number of the seed; in which order the calls of several callers meet, by the machine.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tests.proof.histories.attempts import Answer, Attempt, Kind, Outcome, Recorder

if TYPE_CHECKING:
    from tests.proof.histories.book import Book, Desk
    from tests.proof.histories.layers import Layer, Wanted

# Shares of a hundred attempts. Many want what somebody has just given back; some ask twice, as people and networks do.
MIX = {
    Kind.BOOK: 52,
    Kind.CANCEL: 22,
    Kind.MOVE: 14,
    Kind.HOLD: 6,
    Kind.LET_GO: 2,
    Kind.BLOCK: 2,
    Kind.UNBLOCK: 2,
}
CAN = {
    "statement": {Kind.BOOK, Kind.CANCEL, Kind.MOVE},
    "gp-connect": {Kind.BOOK, Kind.CANCEL},
    "door": {Kind.BOOK, Kind.CANCEL},
    "gp-connect-http": {Kind.BOOK, Kind.CANCEL},
    "patient": {Kind.BOOK, Kind.CANCEL, Kind.MOVE, Kind.HOLD},
    "patient-door": {Kind.BOOK},
}
FROM_AFAR = ("gp-connect", "gp-connect-http")
ASKED_AGAIN = 0.06
ASKED_AFTER_DOUBT = 0.8
DOUBLE = 0.12  # of the appointments take two seats
BESIDE = 0.03  # of the hub's own appointments are extra seats
HELD_FOR = 300.0  # seconds, as `operations/holds.py` says
HOLD_LEFT = 0.7  # seconds that a hold of the proof still lasts: one that was begun minutes ago
HOT = 12  # seats that everybody wants at one time
HOT_FOR = 0.4  # seconds
PATIENCE = 60.0  # seconds that a caller waits for a database that is gone


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking that some caller may cancel or move."""

    booking: int
    wish: str
    seats: tuple[int, ...]


@dataclass(slots=True)
class Caller:
    book: Book
    layers: list[tuple[Layer, float]]
    recorder: Recorder
    chance: random.Random
    number: int
    tag: str = ""  # of the round: a wish is made once in a database
    made: int = 0
    known: dict[tuple[str, str], deque[Standing]] = field(default_factory=dict)
    latest: Wanted | None = None
    in_doubt: bool = False

    def run(self, attempts: int) -> None:
        for _ in range(attempts):
            wanted = self._next()
            layer = next(layer for layer, _ in self.layers if layer.name == wanted.attempt.layer)
            self.recorder.call(wanted.attempt)
            answer = layer.make(wanted)
            self.recorder.answer(wanted.attempt, answer)
            self._learn(wanted, answer)
            if answer.outcome is Outcome.IN_DOUBT:
                self._come_back(layer)

    def _next(self) -> Wanted:
        """The next attempt: now and then the very same again, as it is after a double click or a lost answer."""
        self.made += 1
        if self.latest is not None and self.chance.random() < (ASKED_AFTER_DOUBT if self.in_doubt else ASKED_AGAIN):
            same = self.latest.attempt
            again = replace(same, id=self._id(), now=time.time())
            return replace(self.latest, attempt=again)
        layer = self.chance.choices([layer for layer, _ in self.layers], [share for _, share in self.layers])[0]
        desk = self.chance.choice(self.book.consumers if layer.name in FROM_AFAR else self.book.desks)
        kind = self.chance.choices(list(MIX), list(MIX.values()))[0]
        if kind not in CAN.get(layer.name, MIX):
            kind = Kind.BOOK
        return self._wanted(layer, desk, kind)

    def _wanted(self, layer: Layer, desk: Desk, kind: Kind) -> Wanted:
        from tests.proof.histories.afar import Afar
        from tests.proof.histories.layers import Wanted
        from tests.proof.histories.patients import Patients

        key = f"{layer.name}-{self.tag}{self.number}-{self.made}"
        standing = self._standing(layer, desk.ods_code) if kind in (Kind.CANCEL, Kind.MOVE) else None
        if standing is None and kind in (Kind.CANCEL, Kind.MOVE):
            kind = Kind.BOOK
        attempt = Attempt(
            id=self._id(), layer=layer.name, kind=kind, by=f"{desk.actor.organisation.id}:{desk.actor.user}",
            wish=f"{desk.ods_code}:{key}" if kind in (Kind.BOOK, Kind.MOVE) else "", now=time.time(),
        )  # fmt: skip
        wanted = Wanted(
            self._aimed(attempt, desk, standing),
            desk,
            self.chance.choice(desk.patients),
            key,
            standing.booking if standing else 0,
        )
        if isinstance(layer, Patients):
            return layer.named(wanted, standing.wish if standing else "")
        if isinstance(layer, Afar) and kind is Kind.BOOK:
            return replace(wanted, attempt=replace(wanted.attempt, wish=f"{desk.ods_code}:{layer.key_of(wanted)}"))
        return wanted

    def _aimed(self, attempt: Attempt, desk: Desk, standing: Standing | None) -> Attempt:
        """At which seats."""
        if standing and attempt.kind is Kind.CANCEL:
            return replace(attempt, wish=standing.wish, gives=standing.seats)
        if standing:
            takes = self._seats(len(standing.seats), but=standing.seats)
            return replace(attempt, takes=takes, gives=standing.seats, leaves=standing.wish)
        if attempt.kind is Kind.HOLD:
            began = attempt.now - HELD_FOR + HOLD_LEFT
            return replace(attempt, takes=self._seats(1), now=began, until=began + HELD_FOR)
        if attempt.kind is not Kind.BOOK:
            return replace(attempt, takes=self._seats(1))
        at_hub = desk.ods_code == self.book.hub_ods and attempt.layer == "operation"
        if at_hub and self.chance.random() < BESIDE:
            return replace(attempt, beside=self._seats(1)[0])
        is_double = attempt.layer not in ("door", "patient", "patient-door") and self.chance.random() < DOUBLE
        return replace(attempt, takes=self._seats(2 if is_double else 1))

    def _seats(self, many: int, but: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Seats that touch; mostly of the few that everybody wants just now."""
        places = self.book.places
        first = random.Random(int(time.monotonic() / HOT_FOR)).randrange(len(places))
        while True:
            hot = self.chance.random() < 0.7
            place = (first + self.chance.randrange(HOT)) % len(places) if hot else self.chance.randrange(len(places))
            seats = [places[place].slot_id]
            while len(seats) < many and (following := self.book.next_to(seats[-1])):
                seats.append(following)
            if len(seats) == many and not {*seats} & {*but}:
                return tuple(seats)

    def _standing(self, layer: Layer, ods: str) -> Standing | None:
        """A live booking of this organisation that was made through this layer, by whichever caller: several want the same. Staff
        also cancel and move what patients have booked."""
        found = self.known.setdefault((layer.name, ods), deque())
        if not found:
            found.extend(live_bookings(layer, ods, self.chance))
        return found.popleft() if found else None

    def _learn(self, wanted: Wanted, answer: Answer) -> None:
        """What may be asked again."""
        if wanted.attempt.kind in (Kind.BOOK, Kind.MOVE, Kind.CANCEL):
            self.latest, self.in_doubt = wanted, answer.outcome is Outcome.IN_DOUBT

    def _id(self) -> str:
        return f"{self.tag}{self.number}-{self.made}"

    def _come_back(self, layer: Layer) -> None:
        """The line was cut: try until the database is there again."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                layer.reconnect()
                live_bookings(layer, "", self.chance)
            except Exception:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return


_observers: dict[int, psycopg.Connection] = {}


def observer() -> psycopg.Connection:
    """This process's own connection as administrator; a new one when the server went away."""
    known = _observers.get(os.getpid())
    if known is None or known.broken or known.closed:
        known = _observers[os.getpid()] = psycopg.connect(os.environ["PROOF_OBSERVER_URL"], autocommit=True)
    return known


LIVE = """
select b.id, b.booked_by_ods_code || ':' || b.idempotency_key, array_agg(s.slot_id order by s.slot_id)
from appointments_booking b join appointments_bookedslot s on s.booking_id = b.id and s.is_live
where b.booked_by_ods_code = %s and b.status = 'booked' and b.version = 1 and b.idempotency_key like any(%s)
group by b.id order by b.id desc limit 25
"""


def live_bookings(layer: Layer, ods: str, chance: random.Random) -> list[Standing]:
    """Read beside the layer, as the server's administrator: who may see a booking is not what is proved here."""
    keys = [f"{begins}%" for begins in getattr(layer, "keys", (f"{layer.name}-",))]
    rows = observer().execute(LIVE, [ods, keys]).fetchall()
    found = [Standing(row[0], row[1], tuple(row[2])) for row in rows]
    chance.shuffle(found)
    return found[:8]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--round", type=Path, required=True)
    parser.add_argument("--callers", type=int, required=True)
    parser.add_argument("--attempts", type=int, required=True, help="of each caller")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tag", default="")
    parser.add_argument("--shares", default="statement=0.75,operation=0.25")
    parser.add_argument("--door", type=int, default=0, help="the port of a hub that serves")
    options = parser.parse_args()

    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    import django

    django.setup()
    from tests.proof.histories.book import Book
    from tests.proof.histories.hearing import wire

    wire()
    book = Book.kept(options.round / "book.pickle")
    children = []
    for number in range(options.callers):
        if not (child := os.fork()):
            run(options, book, number)
            os._exit(0)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.exit(1 if any(end > 0 for end in ends) else 0)


def run(options: argparse.Namespace, book: Book, number: int) -> None:
    from tests.proof.histories.afar import Afar
    from tests.proof.histories.door import Door
    from tests.proof.histories.layers import Consumers, Operations
    from tests.proof.histories.own_door import OwnDoor
    from tests.proof.histories.patients import Patients
    from tests.proof.histories.statements import Statements

    shares = {name: float(share) for name, share in (each.split("=") for each in options.shares.split(","))}
    url = os.environ["PCNHUB_DATABASE_URL"]
    layers: list[tuple[Layer, float]] = []
    if shares.get("statement"):
        layers.append((Statements(book, url), shares["statement"]))
    if shares.get("operation"):
        layers.append((Operations(book), shares["operation"]))
    if shares.get("gp-connect"):
        layers.append((Consumers(book), shares["gp-connect"]))
    if shares.get("patient"):
        layers.append((Patients(book), shares["patient"]))
    if shares.get("patient-door"):
        layers.append((OwnDoor(book, port=options.door), shares["patient-door"]))
    if shares.get("door"):
        layers.append((Door(book, options.door), shares["door"]))
    if shares.get("gp-connect-http"):
        layers.append((Afar(book, options.door), shares["gp-connect-http"]))
    try:
        Caller(
            book=book,
            layers=layers,
            recorder=Recorder(options.round / f"caller-{options.tag}{number}.jsonl"),
            chance=random.Random(f"{options.seed}-{options.tag}-{number}"),
            number=number,
            tag=options.tag,
        ).run(options.attempts)
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as its parent would
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(3)


if __name__ == "__main__":
    main()
