"""The load: a process of its own that speaks HTTP over several connections, and little else, so that it costs little.

    python -m tests.bench.national.load < a job in JSON

Closed loop: each connection asks again as soon as it has its answer. Open loop: requests are due at fixed moments whatever
the server does, and a request's time counts from the moment when it was due (no coordinated omission). Herd: everybody asks
for one slot at one moment.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from tests.bench.national.calls import Calls, Free

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
Ask = Callable[[], bytes]


class SoldOut(LookupError):
    """Every free slot has been asked for."""


class Wire(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[int] | None = None
        self.kept = bytearray()
        self.missing = -1
        self.status = 0
        self.bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def ask(self, request: bytes) -> asyncio.Future[int]:
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)  # type: ignore[attr-defined]
        return self.answer

    def data_received(self, data: bytes) -> None:
        if self.missing < 0:
            self.kept += data
            end = self.kept.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.kept[:end])
            length = _LENGTH.search(head)
            if length is None:
                self._end(RuntimeError(f"no length: {head!r}"))
                return
            self.status = int(head[9:12])
            self.missing = int(length[1]) - (len(self.kept) - end - 4)
            self.bytes += int(length[1])
            self.kept.clear()
        else:
            self.missing -= len(data)
        if self.missing <= 0:
            self.missing = -1
            self._end(self.status)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or ConnectionError("closed"))

    def _end(self, what: int | Exception) -> None:
        answer, self.answer = self.answer, None
        if answer is None or answer.done():
            return
        if isinstance(what, int):
            answer.set_result(what)
        else:
            answer.set_exception(what)


class Tally:
    """Of one kind of request: each one's milliseconds, and how often which status came."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()

    def note(self, since: float, status: int) -> None:
        self.times.append((time.perf_counter() - since) * 1000)
        self.statuses[status] += 1

    def said(self) -> dict[str, Any]:
        return {"times": [round(each, 2) for each in self.times], "statuses": dict(self.statuses)}


async def main() -> None:
    job = json.load(sys.stdin)
    asks = Asks(job)
    loop = asyncio.get_running_loop()
    wires: list[Wire] = []
    for _ in range(job["connections"]):
        _, wire = await loop.create_connection(Wire, "127.0.0.1", job["port"])
        wires.append(wire)
    tallies = {kind: Tally() for kind in job["kinds"]}
    began, cpu = time.perf_counter(), time.process_time()
    if job["mode"] == "closed":
        [kind] = job["kinds"]
        until = began + job["seconds"]
        await asyncio.gather(*(_again(wire, asks.of(kind), tallies[kind], until) for wire in wires))
    elif job["mode"] == "herd":
        [kind] = job["kinds"]
        await _rounds(wires, asks, tallies[kind], job["rounds"])
    else:
        await _on_time(wires, asks, tallies, job["kinds"], began, job["seconds"])
    answer = {kind: tally.said() for kind, tally in tallies.items()}
    took = time.perf_counter() - began
    cost = time.process_time() - cpu
    size = sum(wire.bytes for wire in wires)
    json.dump({"kinds": answer, "took": took, "cpu": cost, "bytes": size, "used": asks.used}, sys.stdout)


async def _again(wire: Wire, ask: Ask, tally: Tally, until: float) -> None:
    while True:
        try:
            request = ask()
        except SoldOut:  # a small nation and a quick server: the run ends early, and its rate holds
            return
        since = time.perf_counter()
        if since >= until:
            return
        tally.note(since, await wire.ask(request))


async def _rounds(wires: list[Wire], asks: Asks, tally: Tally, rounds: int) -> None:
    for _ in range(rounds):
        requests = asks.same(len(wires))
        since = time.perf_counter()

        async def one(wire: Wire, request: bytes, since: float = since) -> None:
            tally.note(since, await wire.ask(request))

        await asyncio.gather(*(one(wire, request) for wire, request in zip(wires, requests, strict=True)))


async def _on_time(
    wires: list[Wire], asks: Asks, tallies: dict[str, Tally], rates: dict[str, float], began: float, seconds: float
) -> None:
    """What is due goes to the next connection that is free; what waits, waits at its own cost."""
    due = sorted((began + number / rate, kind) for kind, rate in rates.items() for number in range(int(rate * seconds)))
    waiting: deque[tuple[float, str]] = deque()
    free = asyncio.Queue[Wire]()
    for wire in wires:
        free.put_nowait(wire)
    running: set[asyncio.Task[None]] = set()

    async def send(wire: Wire, since: float, kind: str) -> None:
        tallies[kind].note(since, await wire.ask(asks.of(kind)()))
        free.put_nowait(wire)

    for since, kind in due:
        delay = since - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        if time.perf_counter() > began + 2 * seconds:
            break  # the server is far behind: what is due later is not asked any more, and not counted as answered
        waiting.append((since, kind))
        while waiting and (not free.empty() or len(waiting) > len(wires)):
            wire = await free.get()
            task = asyncio.create_task(send(wire, *waiting.popleft()))
            running.add(task)
            task.add_done_callback(running.discard)
    while waiting:
        task = asyncio.create_task(send(await free.get(), *waiting.popleft()))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


class Asks:
    """The requests of a job, in an order that is random and the same each time."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.calls = Calls(job["port"], first=job["first"], last=job["last"], is_compressed=job.get("gzip", False))
        self.chance = random.Random(job["seed"])
        self.hubs: list[tuple[str, str]] = [(each[0], each[1]) for each in job["hubs"]]
        self._free: list[list[Any]] = job["free"]
        self.used = 0  # of the free slots: the rest may be asked for in another run

    def of(self, kind: str) -> Ask:
        return {
            "search": self._search,
            "bare-search": self._bare_search,
            "book": self._book,
            "bare-book": self._bare_book,
        }[kind]

    def same(self, many: int) -> list[bytes]:
        """Requests for one slot, each for a patient of its own."""
        one = self._next()
        patients = one.patient - one.patient % 100
        return [
            self.calls.book(
                Free(one.slot, one.hub, one.practice, one.starts, one.ends, patients + place % 100, one.site)
            )
            for place in range(many)
        ]

    def _next(self) -> Free:
        if self.used == len(self._free):
            raise SoldOut("There are too few free slots for so many bookings.")
        self.used += 1
        return Free(*self._free[self.used - 1])

    def _search(self) -> bytes:
        return self.calls.search(*self.chance.choice(self.hubs))

    def _bare_search(self) -> bytes:
        return self.calls.bare_search(*self.chance.choice(self.hubs))

    def _book(self) -> bytes:
        return self.calls.book(self._next())

    def _bare_book(self) -> bytes:
        return self.calls.bare_book(self._next())


if __name__ == "__main__":
    asyncio.run(main())
