"""A round in which nothing is safe: web processes, worker, callers and PostgreSQL itself are killed with -9, lines are cut.

The server keeps what it acknowledged, as a hub's does (`durable`). Whoever is killed was started here and is killed by its
number. Afterwards everything is let run to its end, and the same judgement is made as of any round; what was never answered
is in doubt: it may have happened or not, but once at most, and wholly.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, cycle
from pathlib import Path

import psycopg

from pcnhub.foundations.database.embedded import EmbeddedRefused, running_pid
from tests.proof.histories import ledger
from tests.proof.histories.place import OwnDatabase, Place
from tests.proof.histories.rounds import (
    broken_chains,
    callers,
    free_port,
    open_book,
    wait_for,
    what_was_tried,
    work_off,
)
from tests.proof.histories.verdict import CHAIN, Verdict, judged

CALLERS = 5
SHARES = "operation=0.3,gp-connect=0.1,door=0.25,gp-connect-http=0.1,statement=0.25"
BETWEEN = 20  # attempts from one blow to the next, so that a slow machine is not struck more often
REST = 0.5  # seconds between two blows, at least
# What is struck, one after the other, over and over, when each has been struck once.
BLOWS = ("line", "worker", "line", "caller", "line", "worker", "line", "web", "line", "web", "postgres")
MOST_POSTGRES = 2
MOST_CALLERS = 2
MOST_ROUNDS = 4  # of callers: a blow can miss, and those who are left be done before its turn comes again
LONGEST = 240.0  # seconds

CUT_LINES = """
select count(pg_terminate_backend(pid)) from (
  select pid from pg_stat_activity where usename = 'pcnhub_app' and datname = current_database()
  order by random() limit 2) victims
"""
AT_WORK = "select count(*) from pg_stat_activity where usename = 'pcnhub_app' and datname = current_database()"


@dataclass(slots=True)
class Scene:
    """Everything that runs, and what was done to it."""

    place: Place
    database: OwnDatabase
    folder: Path
    chance: random.Random
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)

    def start(self, name: str, module: str) -> None:
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", module],
            env={**self.database.environment, "PCNHUB_PORT": str(self.port)},
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / f"{name}.stderr").open("ab"),
        )

    def strike(self, what: str) -> None:
        blows: Mapping[str, Callable[[], bool]] = {
            "line": self._line, "web": self._web, "worker": self._worker, "caller": self._caller, "postgres": self._postgres
        }  # fmt: skip
        if blows[what]():
            self.struck[_WORDS[what]] += 1

    def _line(self) -> bool:
        with psycopg.connect(self.database.superuser_url, autocommit=True) as administrator:
            row = administrator.execute(CUT_LINES).fetchone()
        return bool(row and row[0])

    def _web(self) -> bool:
        """One of granian's processes: granian itself starts another. When several die within seconds it takes that for a
        fault that would come back, and ends: then it is started again, as the service manager of a hub does."""
        if self.running["web"].poll() is not None:
            self.start("web", "tests.proof.histories.web")
            return False
        serving = children_of(self.running["web"].pid)
        return bool(serving) and _killed(self.chance.choice(serving))

    def _worker(self) -> bool:
        self.running["worker"].kill()
        self.running["worker"].wait()
        self.start("worker", "tests.proof.histories.worker")
        return True

    def _caller(self) -> bool:
        alive = children_of(self.running["callers"].pid)
        if self.struck[_WORDS["caller"]] >= MOST_CALLERS or len(alive) < CALLERS - MOST_CALLERS:
            return False
        return bool(alive) and _killed(self.chance.choice(alive))

    def _postgres(self) -> bool:
        """The server's first process: the others notice and end; what starts again reads the log of changes."""
        pid = running_pid(self.place.server.folder)
        if self.struck[_WORDS["postgres"]] >= MOST_POSTGRES or pid is None:
            return False
        _killed(pid)
        self.place.server.leave()
        until = time.monotonic() + 60
        while True:
            try:
                self.place.server.start()
            except EmbeddedRefused:  # its last processes are not gone yet
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return True


_WORDS = {
    "line": "lines cut",
    "web": "web process killed",
    "worker": "worker killed",
    "caller": "caller killed",
    "postgres": "PostgreSQL killed",
}


def killing_round(place: Place, folder: Path, *, seed: int, attempts: int) -> Verdict:
    """Play it, and say what remained. Writes the verdict into the folder."""
    from tests.proof.histories.report import keep_verdict

    with place.database("proof_kills") as database:
        book = open_book(database, folder, with_doors=True)
        scene = Scene(place, database, folder, random.Random(seed), free_port())
        try:
            scene.start("web", "tests.proof.histories.web")
            scene.start("worker", "tests.proof.histories.worker")
            wait_for(scene.port)
            for round_ in range(MOST_ROUNDS):
                scene.running["callers"] = callers(
                    database, folder, attempts=attempts, seed=seed + round_, number=CALLERS, shares=SHARES,
                    tag=f"{round_}-" if round_ else "", door=scene.port,
                )  # fmt: skip
                _strike_until_done(scene)
                if {*_WORDS.values()} <= {*scene.struck}:
                    break
        finally:
            for process in scene.running.values():
                _ended(process)
        _until_nobody_works(database)
        work_off(after_leases=True)
        verdict = judged(what_was_tried(folder), ledger.read(database.superuser_url), shares=book.shares)
        verdict.faults[CHAIN] = list(broken_chains())
    verdict = replace(verdict, extra=dict(scene.struck))
    keep_verdict(folder, verdict)
    return verdict


def _strike_until_done(scene: Scene) -> None:
    until, struck, before = time.monotonic() + LONGEST, 0, _calls(scene.folder)
    blows = chain([what for what, word in _WORDS.items() if not scene.struck[word]], cycle(BLOWS))
    while scene.running["callers"].poll() is None:
        if time.monotonic() > until:
            raise TimeoutError("the callers did not come to an end")
        time.sleep(REST)
        if _calls(scene.folder) - before > BETWEEN * (struck + 1):
            scene.strike(next(blows))
            struck += 1


def _calls(folder: Path) -> int:
    """Roughly how many were made: each writes two lines."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("caller-*.jsonl")) // 2


def _until_nobody_works(database: OwnDatabase) -> None:
    """What a killed process had sent may still be running in the server."""
    from django.db import connections

    connections.close_all()
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with psycopg.connect(database.superuser_url, autocommit=True) as administrator:
            row = administrator.execute(AT_WORK).fetchone()
        if row == (0,):
            return
        time.sleep(0.1)
    raise TimeoutError("somebody is still at work")


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _killed(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        own = children_of(process.pid)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in own:
            _killed(child)
