"""Asking every readiness check of one hub and five practices, beside as many empty round trips to the database."""

from __future__ import annotations

from statistics import median

from django.db import connection, transaction

from pcnhub.care.organisations.queries import organisation
from pcnhub.demo import network
from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.checking import check
from pcnhub.insight.readiness.rules import ByState
from tests.bench.hub import Hub
from tests.bench.measuring import Aim, Figure, in_turns, listening, milliseconds, own_meter

WITHIN = 2000.0  # ms, without probes
_DEAREST = 4


def measure(hub: Hub) -> list[Figure]:
    hub_id = organisation(ods_code=network.HUB).id

    def ask() -> None:
        check(now=hub.now, hub_id=hub_id, probes=False)

    ask()
    meter = own_meter()
    with listening(keeps=False) as heard, meter:
        whole = milliseconds(ask)
    queries = len(heard.statements)
    pair = in_turns(ask, lambda: _empty(queries), seconds=hub.seconds(6))
    asked = [line.id for line in CATALOGUE if isinstance(line.proof, ByState)]
    return [
        pair.figure(
            f"Readiness: {len(asked)} checks of 1 hub and {len(network.PRACTICES)} practices, {queries} queries",
            f"{queries} times `select 1`",
            notes=(meter.sentence(), *_dearest(hub, hub_id, asked)),
            goes=heard.shares(whole),
            aim=Aim("within 2 s without probes", WITHIN, median(pair.ours)),
        )
    ]


def _empty(many: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for _ in range(many):
            cursor.execute("select 1")


def _dearest(hub: Hub, hub_id: int, asked: list[str]) -> tuple[str, ...]:
    """The checks that ask most, each run alone; keeping the answers costs every run the same."""
    nothing = _queries_of(hub, hub_id, "none of them")
    counts = sorted(((_queries_of(hub, hub_id, each) - nothing, each) for each in asked), reverse=True)
    listed = ", ".join(f"{check_id} {many}" for many, check_id in counts[:_DEAREST])
    return (f"queries a check, most: {listed}; median {counts[len(counts) // 2][0]}",)


def _queries_of(hub: Hub, hub_id: int, check_id: str) -> int:
    with listening(keeps=False) as heard:
        check(now=hub.now, hub_id=hub_id, only=[check_id], probes=False)
    return len(heard.statements)
