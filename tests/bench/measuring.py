"""Timing two things in turns, and looking into one of them: statements, and whom they serve."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure should stay under, in its own unit; `given` is what it came to (a percentile, say)."""

    words: str
    limit: float
    given: float

    @property
    def is_met(self) -> bool:
        return self.given <= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """How long something takes here, and how long its reference took in the same minutes, in one unit (`ms` or `s`; or how
    much memory, in `MB`).

    `spread` holds the quartiles of the ratio; `notes` are sentences beside it, `goes` those that say where the time goes.
    """

    what: str
    ours: float
    beside: str
    reference: float
    unit: str = "ms"
    spread: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    goes: tuple[str, ...] = ()
    aim: Aim | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.reference


@dataclass(frozen=True, slots=True)
class Pair:
    """Times of the two sides in ms, taken in turns. `cpu` is a sentence about what they cost, whoever else was at work."""

    ours: tuple[float, ...]
    reference: tuple[float, ...]
    cpu: str = ""

    @property
    def spread(self) -> tuple[float, float]:
        ratios = [mine / other for mine, other in zip(self.ours, self.reference, strict=True)]
        low, _, high = statistics.quantiles(ratios, n=4)
        return low, high

    def figure(
        self,
        what: str,
        beside: str,
        *,
        notes: tuple[str, ...] = (),
        goes: tuple[str, ...] = (),
        aim: Aim | None = None,
    ) -> Figure:
        mine, other = statistics.median(self.ours), statistics.median(self.reference)
        said = (self.cpu, *notes) if self.cpu else notes
        return Figure(what, mine, beside, other, spread=self.spread, notes=said, goes=goes, aim=aim)


def in_turns(
    ours: Act, reference: Act, *, seconds: float, least: int = 5, bare: psycopg.Connection | None = None
) -> Pair:
    """Runs the two alternately for so many seconds: whatever else the machine does meanwhile falls on both.

    With `bare`, the reference's connection, processor time is counted too: of this process and of the two connections'
    server processes.
    """
    for act in (ours, reference):
        act()
    times: tuple[list[float], list[float]] = ([], [])
    meters = (Meter(connection.connection.info.backend_pid), Meter(bare.info.backend_pid)) if bare else (None, None)
    until = time.perf_counter() + seconds
    while len(times[0]) < least or time.perf_counter() < until:
        for act, taken, meter in zip((ours, reference), times, meters, strict=True):
            with meter or nullcontext():
                taken.append(milliseconds(act))
    cpu = ""
    if meters[0] and meters[1]:
        mine, other = (meter.each(len(times[0])) for meter in meters if meter)
        cpu = (
            f"processor time: {mine[0] + mine[1]:.1f} ms here (Python {mine[0]:.1f}, database {mine[1]:.1f}), "
            f"{other[0] + other[1]:.1f} ms bare"
        )
    return Pair(tuple(times[0]), tuple(times[1]), cpu)


def own_meter() -> Meter:
    """For what runs on Django's connection."""
    connection.ensure_connection()
    return Meter(connection.connection.info.backend_pid)


class Meter:
    """Processor time of this process and of one server process, summed over the times it is entered."""

    def __init__(self, server: int) -> None:
        self._schedule = Path(f"/proc/{server}/schedstat")
        self._begun = (0.0, 0.0)
        self._python = self._database = 0.0

    def __enter__(self) -> None:
        self._begun = self._now()

    def __exit__(self, *_: object) -> None:
        python, database = self._now()
        self._python += python - self._begun[0]
        self._database += database - self._begun[1]

    def each(self, times: int) -> tuple[float, float]:
        return self._python / times, self._database / times

    def sentence(self) -> str:
        python, database = self._python / 1000, self._database / 1000
        return f"processor time: {python + database:.1f} s (Python {python:.1f}, database {database:.1f})"

    def _now(self) -> tuple[float, float]:
        return time.process_time() * 1000, int(self._schedule.read_text().split()[0]) / 1e6


def milliseconds(act: Act) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def p95(times: tuple[float, ...]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


# By the first table that a statement names; the order decides for those that name several.
_SERVES = (
    ("unit of work", r"set_config|savepoint"),
    ("audit trail", r"audit_"),
    ("outbox", r"jobs_|pg_notify|pg_advisory"),
    ("book", r"appointments_"),
    ("patients", r"patients_"),
    ("records", r"records_"),
    ("readiness", r"readiness_"),
    ("gate and directory", r"sharing_|organisations_"),
)


@dataclass(slots=True)
class Listener:
    """The statements of Django's connection, in order, and the milliseconds that each was waited for."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    keeps: bool = True

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.times.append((time.perf_counter() - began) * 1000)
            self.statements.append((sql, params if self.keeps else None))

    def shares(self, whole: float, *, times: int = 1) -> tuple[str, ...]:
        """Sentences: how much of `whole` ms went to which kind of statement, most first, `times` runs taken together."""
        counts: dict[str, int] = {}
        waited: dict[str, float] = {}
        for (sql, _), took in zip(self.statements, self.times, strict=True):
            kind = serves(sql)
            counts[kind] = counts.get(kind, 0) + 1
            waited[kind] = waited.get(kind, 0.0) + took
        rest = whole - sum(waited.values())
        said = [
            (took, f"{kind}: {_number(counts[kind] / times)} statements, {took / whole:.0%}")
            for kind, took in waited.items()
        ]
        said.append((rest, f"Python, BEGIN and COMMIT: {rest / whole:.0%}"))
        return (*(sentence for _, sentence in sorted(said, reverse=True)), *self._dearest(whole))

    def _dearest(self, whole: float) -> tuple[str, ...]:
        """The one statement that is waited for most, all its runs together, by its verb and its tables."""
        waited: dict[str, float] = {}
        for (sql, _), took in zip(self.statements, self.times, strict=True):
            waited[sql] = waited.get(sql, 0.0) + took
        if not waited:
            return ()
        sql = max(waited, key=waited.__getitem__)
        tables = dict.fromkeys(re.findall(r'(?:from|join|into|update)\s+"?(\w+)"?', sql, re.IGNORECASE))
        return (
            f"dearest statement: {waited[sql] / whole:.0%}, {sql.split()[0].lower()} of {', '.join(list(tables)[:4])}",
        )


@contextmanager
def listening(*, keeps: bool = True) -> Iterator[Listener]:
    """What Django's connection is asked within. `keeps=False` forgets the values: a build has many."""
    listener = Listener(keeps=keeps)
    with connection.execute_wrapper(listener):
        yield listener


def written_out(statement: tuple[str, Any]) -> str:
    """The statement with its values written in, as Django sends it."""
    return psycopg.ClientCursor(connection.connection).mogrify(*statement)


def serves(sql: str) -> str:
    """What a statement is for, by the tables that it names."""
    lowered = sql[:2000].lower()
    return next((kind for kind, pattern in _SERVES if re.search(pattern, lowered)), "other")


def broken_down(act: Act, *, times: int) -> tuple[str, ...]:
    """Where the time of an act goes, over so many runs of it."""
    with listening(keeps=False) as heard:
        whole = sum(milliseconds(act) for _ in range(times))
    return heard.shares(whole, times=times)


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) or value >= 100 else f"{value:.1f}"
