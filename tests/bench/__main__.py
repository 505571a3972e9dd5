"""`make bench`: how long the hub takes, each figure beside a reference of the same run. Nothing here is a test.

python -m tests.bench [--quick] [--only PART]... [--profile PART] [--record]
"""

from __future__ import annotations

import cProfile
import importlib
import os
import pstats
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "var/bench"
DOCUMENT = ROOT / "docs/bench.md"
# In this order: importing and searching come before bookings fill the tables, and millions of people and a
# thousand hubs after everything else.
PARTS = {
    "search": "searching",
    "readiness": "readiness",
    "import": "importing",
    "pages": "pages",
    "booking": "booking",
    "record": "giving",
    "worker": "jobs",
    "finding": "finding",
    "round": "rounds",
}
NEIGHBOURS, QUICK_NEIGHBOURS = 19, 2
OF_READINESS = {"readiness", "round"}
PLACE_OF_READINESS = ("<!-- the readiness table -->", "<!-- end of the readiness table -->")
"""Where the table goes when these parts are recorded alone."""


@click.command()
@click.option(
    "--quick", is_flag=True, help="Half a minute: a smaller network, fewer repeats. For a look, not for a figure."
)
@click.option("--only", multiple=True, type=click.Choice(list(PARTS)), help="Measure this part alone (repeatable).")
@click.option("--profile", type=click.Choice(["demo", *PARTS]), help="Print cProfile's view of one part, by own time.")
@click.option("--record", is_flag=True, help="Put the table into docs/bench.md.")
def bench(quick: bool, only: tuple[str, ...], profile: str | None, record: bool) -> None:
    """Measure the hub on a network of its own, in a temporary folder."""
    from tests.bench.hub import measured_hub

    began = time.monotonic()
    figures: list[Any] = []
    with measured_hub(is_quick=quick) as hub:
        from tests.bench import demo, networks

        modules = {part: importlib.import_module(f"tests.bench.{PARTS[part]}") for part in only or PARTS}
        stands_alone = all(getattr(module, "STANDS_ALONE", False) for module in modules.values())
        _say(began, "building the demo")
        built = _run(demo, replace(hub, is_quick=True) if stands_alone else hub, profiled=profile == "demo")
        figures += [] if stands_alone else built
        neighbours = 0 if stands_alone else QUICK_NEIGHBOURS if quick else NEIGHBOURS
        _say(began, f"building {neighbours} neighbours")
        for number in range(1, neighbours + 1):
            networks.neighbour(number, hub.now)
        with hub.bare() as bare:
            bare.execute("analyze")  # a hub's server does this by itself within a minute
        for part in (part for part in PARTS if part in modules):
            _say(began, part)
            figures += _run(modules[part], hub, profiled=profile == part)
        at = hub.now
    from tests.bench import report

    load = os.getloadavg()[1]  # over five minutes, about as long as a run
    run = report.Run(tuple(figures), at, time.monotonic() - began, load, quick)
    report.show(run)
    paths = report.write(run, OUT)
    click.echo(f"Written: {', '.join(str(path.relative_to(ROOT)) for path in paths)}")
    if record:
        alone = {"between": PLACE_OF_READINESS} if only and set(only) <= OF_READINESS else {}
        report.put_into(DOCUMENT, report.markdown(run), **alone)


def _run(module: Any, hub: Any, *, profiled: bool) -> list[Any]:
    if not profiled:
        return list(module.measure(hub))
    profiler = cProfile.Profile()
    figures = profiler.runcall(module.measure, hub)
    stats = pstats.Stats(profiler)
    stats.sort_stats("tottime").print_stats(30)
    stats.sort_stats("cumulative").print_stats(60)
    return list(figures)


def _say(began: float, what: str) -> None:
    click.echo(f"{time.monotonic() - began:5.0f} s  {what}", err=True)


if __name__ == "__main__":
    bench()
