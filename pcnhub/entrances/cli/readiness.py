"""`pcnhub readiness`: what stands between a network and going live."""

import json
from datetime import datetime
from typing import Any

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("readiness", cls=HubCommand)
@click.option("--hub", "ods_code", metavar="ODS", help="The hub. May be left out when there is only one.")
@click.option("--json", "as_json", is_flag=True, help="For machines: every cell with its state and evidence.")
@click.option("--all", "show_all", is_flag=True, help="List what is settled too.")
@click.option("--check", "calls", is_flag=True, help="Make the real calls too, and show how far it is.")
def command(ods_code: str | None, *, as_json: bool, show_all: bool, calls: bool) -> int:
    """Check a hub and its practices, and say what is open and whose move it is.

    What the hub's own tables hold is asked anew each time; what only a real call can answer, as it was last answered, unless
    you say --check.

    Exit code 0 when nothing blocks going live, 1 when something does.
    """
    from django.utils import timezone

    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.insight.readiness import checking, queries

    now = timezone.now()
    hub_id = hub_named(ods_code)
    if calls:
        _check(now, hub_id)
    else:
        checking.check(now=now, hub_id=hub_id, probes=False)
    grid = queries.grid(actor=system_actor_for(organisation_id=hub_id, name="command"), now=now, hub_id=hub_id)
    if as_json:
        click.echo(json.dumps(_as_data(grid), indent=2, ensure_ascii=False))
    else:
        _print(grid, show_all=show_all)
    return 0 if grid.is_ready else 1


def _check(now: datetime, hub_id: int) -> None:
    """Everything, with a bar on the terminal; the bar goes to standard error, so that --json stays what it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from pcnhub.insight.readiness import checking

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(done: int, total: int, title: str) -> None:
            bar.update(task, completed=done, total=total, description=title)

        checking.check(now=now, hub_id=hub_id, progress=tell)


def hub_named(ods_code: str | None) -> int:
    """The id of the hub that was named, or of the only one. Raises click.UsageError, NotFound."""
    from django.utils import timezone

    from pcnhub.care.organisations.queries import networks, organisation
    from pcnhub.foundations.kernel.local_time import london_date

    if ods_code:
        return organisation(ods_code=ods_code).id
    hubs = [network.hub for network in networks(day=london_date(timezone.now()))]
    if len(hubs) == 1:
        return hubs[0].id
    if not hubs:
        raise click.ClickException("There is no network here yet. Bring one live: pcnhub onboard FILE")
    raise click.UsageError(f"Say which hub: --hub {' | '.join(hub.ods_code for hub in hubs)}")


def _as_data(grid: Any) -> dict[str, Any]:
    return {
        "hub": grid.hub.ods_code,
        "network": grid.network_name,
        "ready": grid.is_ready,
        "settled": grid.settled,
        "asked": grid.asked,
        "may_go_live": not grid.standing_in_the_way,
        "ready_practices": [practice.ods_code for practice in grid.ready_practices],
        "waiting_practices": [practice.ods_code for practice in grid.waiting_practices],
        "cells": [
            {
                "check": cell.requirement.id,
                "title": cell.requirement.title,
                "organisation": cell.organisation.ods_code,
                "state": cell.state.value,
                "gate": cell.gate.value,
                "proved_by": cell.proved_by.value,
                "took_ms": cell.took_ms,
                "evidence": cell.evidence,
                "whose_move": cell.whose_move,
                "what_to_do": cell.fix.what if cell.fix else "",
                "as_of": cell.as_of.isoformat() if cell.as_of else None,
                "since": cell.since.isoformat() if cell.since else None,
            }
            for cell in grid.cells
            if cell.state.value != "not-applicable"
        ],
    }


def _print(grid: Any, *, show_all: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=False)
    shown = [cell for cell in grid.cells if cell.state.value != "not-applicable"] if show_all else grid.open_cells
    if shown:
        table = Table("Check", "Where", "State", "What was found", "Whose move", "Holds up", show_lines=True)
        for cell in shown:
            line = cell.requirement
            table.add_row(
                f"{line.id} {line.title}", cell.organisation.ods_code, cell.state.value, cell.evidence, cell.whose_move,
                cell.gate.value,
            )  # fmt: skip
        console.print(table)
    ready = ", ".join(practice.name for practice in grid.ready_practices) or "none"
    console.print(f"{grid.network_name}: {grid.settled} of {grid.asked} settled. Practices ready: {ready}.")
    blocking = sum(cell.blocks for cell in grid.cells)
    console.print("Ready: nothing blocks going live." if grid.is_ready else f"Not ready: {blocking} blocking.")
