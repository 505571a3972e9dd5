"""Booking, whole, beside a bare claim-and-insert: one client, four clients, and a herd that wants one slot."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from pcnhub.care.appointments.operations import BookingRequest, book
from pcnhub.care.appointments.operations.claiming import CLAIM_AND_BOOK
from pcnhub.foundations.kernel.actors import Actor
from tests.bench.clients import Crowd, Done, Wish, crowd, elapsed
from tests.bench.hub import Hub
from tests.bench.measuring import Aim, Figure, Pair, in_turns, listening, milliseconds, p95
from tests.bench.networks import PRACTICES_THAT_BOOK, patients_of, receptionist, spare_slots

CLIENTS = 4
THREADS = 4  # callers of each client in the herd
# GP Connect's service levels: commands within 250 ms, which should be 100 ms.
BOOKING_SHOULD = 100.0
_BESIDE = "claim and insert, bare"


def measure(hub: Hub) -> list[Figure]:
    return list(_Bench(hub).figures())


class _Bench:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.alone = 20 if hub.is_quick else 80
        self.each = 10 if hub.is_quick else 50
        self.rounds = 4 if hub.is_quick else 12
        least = 4 * self.alone + 4 * CLIENTS * self.each + 2 * self.rounds + 10
        self.slots = iter(spare_slots(hub.now, least=least))
        self.actors = [receptionist(ods, hub.now) for ods in PRACTICES_THAT_BOOK]
        many = 2 * self.alone + 3 * CLIENTS * self.each
        self.people: dict[int, Iterator[int]] = {
            actor.position_id or 0: patients_of(actor, hub.now, most=many) for actor in self.actors
        }
        self.keys = iter(range(1_000_000))
        self.goes: tuple[str, ...] = ()  # as one client found it

    def figures(self) -> Iterator[Figure]:
        yield self.one_client()
        with crowd(CLIENTS) as clients:
            yield self.four_clients(clients, self.actors, "of four practices")
            yield self.four_clients(clients, [self.actors[0]] * CLIENTS, "of one practice")
            yield self.herd(clients)

    def wish(self, actor: Actor, *, anybody: bool = False) -> Wish:
        person = 0 if anybody else next(self.people[actor.position_id or 0])
        return Wish(next(self.slots), person, f"measured-{next(self.keys)}")

    def one_client(self) -> Figure:
        ada = self.actors[0]
        wishes = iter([self.wish(ada) for _ in range(self.alone + 20)])
        self._book(ada, next(wishes))
        with self.hub.bare() as bare:
            values = self.bare_values()

            def claim() -> object:
                wish = self.wish(ada, anybody=True)
                return bare.execute(CLAIM_AND_BOOK, values | {"slots": [wish.slot_id], "key": wish.key}).fetchone()

            pair = in_turns(lambda: self._book(ada, next(wishes)), claim, seconds=0, least=self.alone, bare=bare)
        with listening(keeps=False) as heard:
            whole = sum(milliseconds(lambda: self._book(ada, next(wishes))) for _ in range(10))
        self.goes = heard.shares(whole, times=10)
        return pair.figure(
            "Booking, one client: new temporary registration, audit, outbox",
            _BESIDE,
            notes=(_rate("here", pair.ours), _rate("bare", pair.reference)),
            goes=self.goes,
            aim=Aim("95 of 100 within 100 ms (GP Connect, commands)", BOOKING_SHOULD, p95(pair.ours)),
        )

    def four_clients(self, clients: Crowd, actors: list[Actor], whose: str) -> Figure:
        """In turns as wholes: half of ours, the reference, the other half."""
        values = self.bare_values()
        half = self.each // 2 or 1
        ours, bare = [], []
        for _ in range(2):
            wishes = [(actor, [self.wish(actor) for _ in range(half)]) for actor in actors]
            ours.append(clients.book(self.hub.now, wishes))
            rows = [(values, [self.wish(actor, anybody=True) for _ in range(half)]) for actor in actors]
            bare.append(clients.claim(self.hub.superuser_url, rows))
        times = tuple(time for run in ours for client in run for time in client.times)
        return Figure(
            f"Booking, {CLIENTS} clients {whose}, time a booking",
            _apiece(ours),
            f"{_BESIDE}, {CLIENTS} clients",
            _apiece(bare),
            notes=(
                f"here: {1000 / _apiece(ours):.0f} bookings/s; bare: {1000 / _apiece(bare):.0f}/s",
                f"a client waits {statistics.median(times):.0f} ms, 95 of 100 at most {p95(times):.0f} ms",
            ),
            goes=(f"{CLIENTS} clients and their database share the cores", *self.goes),
            aim=Aim("95 of 100 within 100 ms (GP Connect, commands)", BOOKING_SHOULD, p95(times)),
        )

    def herd(self, clients: Crowd) -> Figure:
        slots = [next(self.slots) for _ in range(self.rounds)]
        callers = [
            (actor, [next(self.people[actor.position_id or 0]) for _ in range(THREADS)]) for actor in self.actors
        ]
        ours = clients.herd(self.hub.now, callers, slots, "herd")
        others = [next(self.slots) for _ in range(self.rounds)]
        bare = clients.bare_herd(self.hub.superuser_url, self.bare_values(), others, THREADS, "bare-herd")
        won = sum(client.won for client in ours)
        return Pair(_slowest(ours), _slowest(bare)).figure(
            f"Herd: {CLIENTS * THREADS} callers want one slot; until the last has an answer",
            f"{_BESIDE}, {CLIENTS * THREADS} callers",
            notes=(
                f"{won} winners of {self.rounds} slots; every other caller was told of the nearest free slots",
                f"bare: {sum(client.won for client in bare)} winners",
            ),
        )

    def bare_values(self) -> dict[str, Any]:
        """What the reference inserts: a booking of somebody whom the hub holds already."""
        with self.hub.bare() as bare:
            patient, practice = bare.execute(
                "select id, registered_practice_id from patients_patient where registration_type = 'temporary' limit 1"
            ).fetchone() or (None, None)
        return {
            "patient": patient, "practice": practice, "organisation": practice, "user": "reference", "name": "reference",
            "source": "practice", "reason": "Cough", "notes": "", "replaces": None, "now": self.hub.now, "ods": "reference",
            "type": "", "contact": "{}", "quotas": [], "asked_at": None, "holds_as": "",
        }  # fmt: skip

    def _book(self, actor: Actor, wish: Wish) -> object:
        asked = BookingRequest(
            slot_id=wish.slot_id,
            patient_id=wish.patient_id,
            idempotency_key=wish.key,
            reason="Cough",
            patient_agrees=True,
        )
        return book(actor=actor, now=self.hub.now, request=asked)


def _apiece(runs: list[list[Done]]) -> float:
    """Milliseconds from one booking to the next, all clients together."""
    return 1000 * sum(map(elapsed, runs)) / sum(len(client.times) for run in runs for client in run)


def _slowest(clients: list[Done]) -> tuple[float, ...]:
    """Of each round, the client that waited longest."""
    return tuple(max(round_) for round_ in zip(*(client.times for client in clients), strict=True))


def _rate(whose: str, times: tuple[float, ...]) -> str:
    return f"{whose}: {1000 / statistics.mean(times):.0f} bookings/s, 95 of 100 within {p95(times):.1f} ms"
