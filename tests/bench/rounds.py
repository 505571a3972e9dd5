"""The worker's round over the hubs of an installation: few of them, and as many as the nation has.

Each hub is a copy of the demo's (`cloning.py`). Two worker processes do the jobs that the hourly chore asks for. They call the
hub's own server, as each practice and as an outsider, and counterparts on loopback; the mail system is dead, and all hubs ask it.
"""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median

from pcnhub.care.organisations.queries import organisation
from pcnhub.demo import network
from pcnhub.insight.readiness import jobs
from tests.bench.asking import Asked, askers, services
from tests.bench.cloning import clone, counted
from tests.bench.hub import Hub
from tests.bench.measuring import Aim, Figure, milliseconds
from tests.bench.pages import serving

STANDS_ALONE = True  # the demo may be small, and has no neighbours
FEW, ALL, QUICK_ALL = 50, 1250, 150
WORKERS = 2
FLAT = 1.2  # what one hub may cost among many, where it costs 1 among few


def measure(hub: Hub) -> list[Figure]:
    """Over few hubs, then over many; a day after what is kept, so that every call is due."""
    pattern = organisation(ods_code=network.HUB).id
    every = QUICK_ALL if hub.is_quick else ALL
    with serving(hub), services(dead_mail=True) as changes, askers(WORKERS, changes) as workers, hub.bare() as bare:
        workers.drain(hub.now)  # what building the demo left to do
        workers.check(pattern, hub.now, times=1)
        spent: dict[int, list[Asked]] = {}
        wall: dict[int, float] = {}
        asking: dict[int, float] = {}
        there = 1
        for size in (FEW, every):
            clone(bare, hub_id=pattern, copies=range(there, size), now=hub.now)
            there = size
            at = hub.now + timedelta(days=1 if size == FEW else 2)
            bare.execute("delete from jobs_job")
            asking[size] = milliseconds(lambda at=at: jobs.ask_to_check(at))  # type: ignore[misc]
            began = time.perf_counter()
            spent[size] = workers.drain(at + timedelta(hours=1))
            wall[size] = time.perf_counter() - began
        organisations, slots = counted(bare)
        [(silent_hubs,)] = bare.execute(
            "select count(distinct checked_at) from readiness_result where check_id = 'CHK-D5' and state = 'unknown'"
        ).fetchall()
    few, many = (sum(each.python + each.database for each in spent[size]) / size for size in (FEW, every))
    per_hub = [sum(getattr(each, side) for each in spent[every]) / every for side in ("python", "database")]
    held = max(each.megabytes for each in spent[every])
    return [
        Figure(
            f"Readiness, the worker’s round: {every:,} hubs of {len(network.PRACTICES)} practices ({organisations:,} "
            f"organisations, {slots:,} slots), {WORKERS} workers, a dead mail system",
            wall[every],
            "the 45 minutes over which it is spread",
            jobs.SPREAD_OVER.total_seconds(),
            unit="s",
            notes=(
                f"a hub: {1000 * wall[every] * WORKERS / every:.0f} ms of a worker, median {_median(spent[every]):.0f} ms",
                f"processor time a hub: Python {per_hub[0]:.0f} ms, database {per_hub[1]:.0f} ms, without the server called",
                f"asking for all of them: {asking[every] / 1000:.1f} s",
                f"the dead mail system was waited for {silent_hubs} times, not by each hub",
                f"{sum(each.done for each in spent[every]):,} jobs",
            ),
            aim=Aim("within its 45 minutes", jobs.SPREAD_OVER.total_seconds(), wall[every]),
        ),
        Figure(
            f"One hub of that round, as hubs grow from {FEW} to {every:,}: processor time",
            many,
            f"among {FEW} hubs",
            few,
            aim=Aim(f"flat: at most {FLAT} times as much", FLAT * few, many),
        ),
        Figure(
            "Memory of a worker after that round",
            held,
            f"after {FEW} hubs",
            max(each.megabytes for each in spent[FEW]),
            unit="MB",
        ),
    ]


def _median(asked: list[Asked]) -> float:
    return median([took for each in asked for took in each.times])
