"""Asking every readiness check of one hub with ten practices, without and with real calls.

With calls it runs in a process of its own, as a worker does. What is called are the hub's own server, and counterparts on
loopback; in the end one of them is dead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from django.db import connection, transaction

from pcnhub.connections.gpconnect import directory
from pcnhub.demo import build
from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.checking import check
from pcnhub.insight.readiness.rules import ByProbe, ByState
from tests.bench import tenfold
from tests.bench.asking import Asked, askers, services, silent
from tests.bench.hub import Hub
from tests.bench.measuring import Aim, Figure, in_turns, listening, milliseconds, own_meter
from tests.bench.pages import serving

STANDS_ALONE = True  # the demo may be small, and has no neighbours
WITHIN, WITHIN_WITH_CALLS = 2000.0, 10_000.0  # ms
_DEAREST = 4


def measure(hub: Hub) -> list[Figure]:
    with hub.bare() as bare:
        ten = tenfold.onboarded(bare, hub.now)
        bare.execute("analyze")
    return [_without_calls(hub, ten), *_with_calls(hub, ten)]


def _without_calls(hub: Hub, hub_id: int) -> Figure:
    def ask() -> None:
        check(now=hub.now, hub_id=hub_id, probes=False)

    ask()
    meter = own_meter()
    with listening(keeps=False) as heard, meter:
        whole = milliseconds(ask)
    queries = len(heard.statements)
    pair = in_turns(ask, lambda: _empty(queries), seconds=hub.seconds(6))
    asked = [line.id for line in CATALOGUE if isinstance(line.proof, ByState)]
    return pair.figure(
        f"Readiness without calls: {len(CATALOGUE)} lines, 1 hub and {len(tenfold.PRACTICES)} practices, {queries} queries",
        f"{queries} times `select 1`",
        notes=(meter.sentence(), *_dearest(hub, hub_id, asked)),
        goes=heard.shares(whole),
        aim=Aim("within 2 s", WITHIN, median(pair.ours)),
    )


def _with_calls(hub: Hub, hub_id: int) -> Iterator[Figure]:
    """All answer; then one partner of the hub's directory lets everybody in and says nothing."""
    times = 3 if hub.is_quick else 5
    calls = sum(isinstance(line.proof, ByProbe) for line in CATALOGUE)
    with serving(hub), services() as changes, askers(1, changes) as one:
        one.check(hub_id, hub.now, times=1)
        alive = one.check(hub_id, hub.now, times=times)
        bare = one.check(hub_id, hub.now, times=times, probes=False)
        yield Figure(
            f"The same with calls: {calls} lines more, by the hub’s own server (a search as each practice and as an outsider), "
            "mail and demographics service",
            median(alive.times),
            "the same run without calls",
            median(bare.times),
            notes=(_cost(alive),),
            aim=Aim("within 10 s", WITHIN_WITH_CALLS, median(alive.times)),
        )
        with _dead_partner(hub):
            dead = one.check(hub_id, hub.now, times=1)
        yield Figure(
            "The same, with one server in the hub’s directory that lets everybody in and says nothing",
            median(dead.times),
            "the same run while all answer",
            median(alive.times),
            notes=(_cost(dead),),
            aim=Aim("within 10 s", WITHIN_WITH_CALLS, max(dead.times)),
        )


@contextmanager
def _dead_partner(hub: Hub) -> Iterator[None]:
    actor = build.person("ten-carys", hub.now)
    with silent() as port:
        facts = directory.EndpointFacts(
            ods_code="F86001", name="Far Practice", service_root=f"https://127.0.0.1:{port}/F86001/STU3/1/gpconnect",
            asid="200000000777",
        )  # fmt: skip
        directory.save_endpoint(actor=actor, now=hub.now, facts=facts)
        yield


def _cost(asked: Asked) -> str:
    return f"processor time of a run: Python {asked.python / asked.done:.0f} ms, database {asked.database / asked.done:.0f} ms"


def _empty(many: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for _ in range(many):
            cursor.execute("select 1")


def _dearest(hub: Hub, hub_id: int, asked: list[str]) -> tuple[str, ...]:
    """The checks that ask most, each run alone; keeping the answers costs every run the same."""
    nothing = _queries_of(hub, hub_id, "none of them")
    counts = sorted(((_queries_of(hub, hub_id, each) - nothing, each) for each in asked), reverse=True)
    listed = ", ".join(f"{check_id} {many}" for many, check_id in counts[:_DEAREST])
    return (f"queries a check, asked alone, most: {listed}; median {counts[len(counts) // 2][0]}",)


def _queries_of(hub: Hub, hub_id: int, check_id: str) -> int:
    with listening(keeps=False) as heard:
        check(now=hub.now, hub_id=hub_id, only=[check_id], probes=False)
    return len(heard.statements)
