"""Letting load loose on a server, and what came of it."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg

from tests.bench.national.serving import Database, Server
from tests.bench.national.world import FIRST, PATIENTS, Nation, hub_ods, practice_ods

MOST_BOOKINGS = 60_000  # that one run of a load process could ask for


@dataclass(frozen=True, slots=True)
class Load:
    """What one kind of request came to. `times` are sorted milliseconds; `server` and `database` milliseconds of processor
    time a request, together with whatever ran beside it."""

    times: tuple[float, ...]
    statuses: dict[str, int]
    took: float
    server: float
    database: float
    client: float

    @property
    def rate(self) -> float:
        return len(self.times) / self.took

    @property
    def good(self) -> int:
        return sum(many for status, many in self.statuses.items() if status in ("200", "201"))

    def at(self, share: float) -> float:
        """The time within which so many of a hundred had their answer."""
        return self.times[min(int(len(self.times) * share / 100), len(self.times) - 1)]

    @property
    def median(self) -> float:
        return statistics.median(self.times)


class Loader:
    """Starts load processes. Each booking takes a free slot that no other of this run has had."""

    def __init__(self, bare: psycopg.Connection, nation: Nation) -> None:
        self.bare = bare
        self.nation = nation
        self.database = Database(bare)
        self.free = deque(self._free_slots())
        self.seeds = iter(range(1_000_000))

    def closed(self, server: Server, kind: str, *, connections: int, seconds: float, gzip: bool = False) -> Load:
        return self._run(server, {kind: 0.0}, mode="closed", connections=connections, seconds=seconds, gzip=gzip)[kind]

    def open(self, server: Server, rates: dict[str, float], *, connections: int, seconds: float) -> dict[str, Load]:
        return self._run(server, rates, mode="open", connections=connections, seconds=seconds)

    def herd(self, server: Server, *, callers: int, rounds: int) -> Load:
        return self._run(server, {"book": 0.0}, mode="herd", connections=callers, rounds=rounds)["book"]

    def _run(self, server: Server, rates: dict[str, float], **how: Any) -> dict[str, Load]:
        last = self.nation.first_day + timedelta(days=13)
        books = any(kind.endswith("book") for kind in rates)
        handed = [self.free.popleft() for _ in range(min(MOST_BOOKINGS, len(self.free)))] if books else []
        job = {
            "port": server.port,
            "kinds": rates,
            "first": self.nation.first_day.isoformat(),
            "last": last.isoformat(),
            "seed": next(self.seeds),
            "hubs": [(hub_ods(number), practice_ods(number)) for number in range(self.nation.hubs)],
            "free": handed,
            **how,
        }
        before = server.cpu(), self.database.cpu()
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.national.load"], input=json.dumps(job), capture_output=True, text=True
        )
        after = server.cpu(), self.database.cpu()
        if done.returncode:
            raise LookupError(f"The load process failed: {done.stderr[-2000:]}")
        said = json.loads(done.stdout)
        self.free.extendleft(reversed(handed[said["used"] :]))
        many = sum(len(each["times"]) for each in said["kinds"].values()) or 1
        on_server, on_database = (1000 * (end - start) / many for start, end in zip(before, after, strict=True))
        return {
            kind: Load(
                times=tuple(sorted(each["times"])) or (0.0,),
                statuses=each["statuses"],
                took=said["took"],
                server=on_server,
                database=on_database,
                client=1000 * said["cpu"] / many,
            )
            for kind, each in said["kinds"].items()
        }

    def _free_slots(self) -> Iterator[tuple[Any, ...]]:
        """The free slots in a random order that is the same each time; those of the first day may be past."""
        rows = self.bare.execute(
            "select slot.id, slot.hub_id, slot.starts_at, slot.ends_at, session.site_id from appointments_slot slot"
            " join appointments_session session on session.id = slot.session_id"
            " where slot.state = 'free' and slot.starts_at > now() + interval '1 day'"
            " order by md5(slot.id::text)"
        ).fetchall()
        for slot, hub, starts, ends, site in rows:
            number = hub - FIRST
            patient = FIRST + PATIENTS * number + slot % PATIENTS
            yield slot, hub_ods(number), practice_ods(number), starts.isoformat(), ends.isoformat(), patient, site
