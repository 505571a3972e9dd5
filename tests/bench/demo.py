"""Building the demo's network, beside as many empty round trips to the database."""

from __future__ import annotations

import time

from django.db import connection

from pcnhub.demo import build, network
from tests.bench.hub import Hub
from tests.bench.measuring import Aim, Figure, listening, milliseconds, own_meter

WITHIN = 60.0  # seconds
QUICK_PATIENTS = 120  # a practice


def measure(hub: Hub) -> list[Figure]:
    """Builds what all the other figures are measured on."""
    if hub.is_quick:
        network.PATIENTS_A_PRACTICE = QUICK_PATIENTS
    phases: list[tuple[float, str]] = []
    meter = own_meter()
    with listening(keeps=False) as heard, meter:
        began = time.perf_counter()
        build.build(now=hub.now, say=lambda text: phases.append((time.perf_counter(), text)))
        whole = time.perf_counter() - began
    statements = len(heard.statements)
    trips = milliseconds(lambda: _empty(statements)) / 1000
    patients = network.PATIENTS_A_PRACTICE * len(network.PRACTICES)
    return [
        Figure(
            f"Building the demo: {len(network.PRACTICES)} practices, {patients:,} patients, {statements:,} statements",
            whole,
            f"{statements:,} times `select 1`",
            trips,
            unit="s",
            notes=(meter.sentence(), *_phases(phases, began + whole)),
            goes=heard.shares(whole * 1000),
            aim=Aim("under a minute", WITHIN, whole),
        )
    ]


def _empty(many: int) -> None:
    with connection.cursor() as cursor:
        for _ in range(many):
            cursor.execute("select 1")


def _phases(phases: list[tuple[float, str]], end: float) -> tuple[str, ...]:
    """The practices as one phase: they do the same."""
    took: dict[str, float] = {}
    for (at, text), (until, _) in zip(phases, [*phases[1:], (end, "")], strict=True):
        name = (
            "the practices" if text.partition(":")[0] in network.PRACTICES.values() else text.partition(":")[0].lower()
        )
        took[name] = took.get(name, 0.0) + until - at
    return tuple(f"{name}: {seconds:.1f} s" for name, seconds in sorted(took.items(), key=lambda each: -each[1]))
