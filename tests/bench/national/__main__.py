"""The second half of `make bench`: a nation's book behind GP Connect, the whole stack as it is deployed.

python -m tests.bench.national [--quick] [--record] [--only rehearsal-policies]
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import click

from tests.bench.hub import Hub, measured_hub

ROOT = Path(__file__).resolve().parents[3]
OUT, DOCUMENT, PICTURE = ROOT / "var/bench", ROOT / "docs/bench.md", ROOT / "docs/images/bench.svg"
HUBS, QUICK_HUBS = 1250, 60


@click.command()
@click.option("--quick", is_flag=True, help="A minute or two: 60 hubs, short runs. For a look, not for a figure.")
@click.option("--record", is_flag=True, help="Put table and picture into docs/.")
@click.option(
    "--only",
    type=click.Choice(["rehearsal-policies"]),
    help="What the policies cost that keep rehearsals apart, alone.",
)
def bench(quick: bool, record: bool, only: str | None) -> None:
    """Measure search and booking over GP Connect, on a hub of its own in a temporary folder."""
    began = time.monotonic()
    if only:
        _policies(is_quick=quick, is_recorded=record)
        return
    with measured_hub(is_quick=quick) as hub:
        text, drawn = _measured(hub, began)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "nation.md").write_text(text, encoding="utf-8")
    (OUT / "nation.svg").write_text(drawn, encoding="utf-8")
    click.echo(text)
    if record:
        from tests.bench.national import report
        from tests.bench.report import put_into

        put_into(DOCUMENT, text, between=(report.BEGIN, report.END))
        PICTURE.write_text(drawn, encoding="utf-8")


def _policies(*, is_quick: bool, is_recorded: bool) -> None:
    began = time.monotonic()
    with measured_hub(is_quick=is_quick) as hub:
        from tests.bench.national import rehearsals, world

        with hub.bare() as bare:
            nation = world.build(bare, hubs=QUICK_HUBS if is_quick else HUBS, now=hub.now)
        table = rehearsals.measure(hub, nation)
        at = hub.now
    from tests.bench.report import machine, put_into

    kind = "a quick run, for a look" if is_quick else "a full run"
    said = f"{at:%-d %B %Y}: {kind} of {time.monotonic() - began:.0f} s. {machine()}. {table}"
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "policies.md").write_text(said, encoding="utf-8")
    click.echo(said)
    if is_recorded:
        put_into(DOCUMENT, said, between=rehearsals.PLACE)


def _measured(hub: Hub, began: float) -> tuple[str, str]:
    from tests.bench.national import figures, finding, report, world
    from tests.bench.national.running import Loader
    from tests.bench.national.serving import deployed, reference

    def say(what: str) -> None:
        click.echo(f"{time.monotonic() - began:5.0f} s  {what}", err=True)

    hubs = QUICK_HUBS if hub.is_quick else HUBS
    first_day = datetime.combine(hub.now.date() + timedelta(days=1), datetime.min.time(), hub.now.tzinfo)
    with hub.bare() as bare:
        say(f"building {hubs // 10} hubs")
        small = world.build(bare, hubs=hubs // 10, now=hub.now)
        with deployed(hub) as ours, reference(hub, first_day) as theirs:
            fewer = figures.Bench(hub, Loader(bare, small), ours, theirs)
            say("what a request costs with a tenth of the slots")
            before = {kind: fewer.in_turns(kind)[0] for kind in ("search", "book")}
        say(f"building {hubs - hubs // 10} more")
        nation = world.build(bare, hubs=hubs, already=hubs // 10, now=hub.now)
        with deployed(hub) as ours, reference(hub, first_day) as theirs:
            all_of_it = figures.Bench(hub, Loader(bare, nation), ours, theirs)
            say("what a request costs with all of them")
            after = {kind: all_of_it.in_turns(kind)[0] for kind in ("search", "book")}
            rows = list(all_of_it.figures(say))
        rows += figures.grown(before, after, slots=(small.slots, nation.slots))
        say("first free slot")
        rows += finding.measure(hub, hubs=hubs, first_day=nation.first_day)
    text = report.markdown(
        rows, nation, at=hub.now, seconds=time.monotonic() - began, load=os.getloadavg()[1], is_quick=hub.is_quick
    )
    return text, report.picture(rows)


if __name__ == "__main__":
    bench()
