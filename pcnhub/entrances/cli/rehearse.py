"""`pcnhub rehearse`: an evening with dummy patients, through the real doors, and nothing left of it."""

import json
from typing import Any

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("rehearse", cls=HubCommand)
@click.option("--hub", "ods_code", metavar="ODS", help="The hub. May be left out when there is only one.")
@click.option("--practice", "practices", multiple=True, metavar="ODS", help="Only this practice; may be given again.")
@click.option("--url", metavar="URL", help="Where the hub answers. Absent: PCNHUB_REHEARSAL_URL.")
@click.option("--json", "as_json", is_flag=True, help="For machines: every step with its state, time and words.")
@click.option(
    "--keep", is_flag=True, help="Leave what it wrote, to be looked at in the database; the next run erases it."
)
def command(ods_code: str | None, practices: tuple[str, ...], url: str | None, *, as_json: bool, keep: bool) -> int:
    """Rehearse a hub with each of its practices, with 111 where it is known, and with an outsider.

    `pcnhub serve` and `pcnhub worker` must run: the steps go through the one, and what follows from them through the other.
    Exit code 0 when every step passed and nothing is left, 1 when not.
    """
    from django.utils import timezone

    from pcnhub.care.organisations.queries import organisation
    from pcnhub.entrances.cli.readiness import hub_named
    from pcnhub.rehearsal.configuration import configuration
    from pcnhub.rehearsal.operations import rehearse

    chosen = configuration()
    run = rehearse(
        now=timezone.now(),
        hub_id=hub_named(ods_code),
        base_url=url or chosen.base_url,
        headers=chosen.headers,
        path=chosen.path,
        practices=[organisation(ods_code=each).id for each in practices] if practices else None,
        keep=keep,
    )
    if as_json:
        click.echo(json.dumps(as_data(run), indent=2, ensure_ascii=False))
    else:
        _print(run)
    return 0 if run.has_passed else 1


def as_data(run: Any) -> dict[str, Any]:
    return {
        "hub": run.hub.ods_code,
        "run": run.id,
        "started_at": run.started_at.isoformat(),
        "took_ms": run.took_ms,
        "passed": run.has_passed,
        "trouble": run.trouble,
        "clean": run.is_clean,
        "left": [{"table": each.table, "rows": each.rows} for each in run.left],
        "rows": [
            {
                "who": row.subject.value,
                "organisation": row.organisation.ods_code if row.organisation else None,
                "steps": [
                    {
                        "step": step.name.value,
                        "state": step.state.value,
                        "took_ms": step.took_ms,
                        "said": step.said,
                        "remedy": step.remedy,
                        "who": step.who,
                    }
                    for step in row.steps
                ],
            }
            for row in run.rows
        ],
    }


def _print(run: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    from pcnhub.rehearsal.rules import STATE_WORDS, STEP_WORDS, StepName

    console = Console(soft_wrap=False)
    names = [name for name in StepName if any(row.step(name) for row in run.rows)]
    if names:
        table = Table("Step", *(row.organisation.ods_code if row.organisation else "Outsider" for row in run.rows))
        for name in names:
            cells = []
            for row in run.rows:
                step = row.step(name)
                took = f" {step.took_ms} ms" if step and step.took_ms is not None else ""
                cells.append(f"{STATE_WORDS[step.state]}{took}" if step else "")
            table.add_row(STEP_WORDS[name], *cells)
        console.print(table)
    for row, step in run.failed:
        console.print(f"{step.words}, {row.name}: {step.said} {step.advice}", style="red", markup=False)
    for each in run.left:
        console.print(f"Left: {each.rows} rows in {each.table}", style="red")
    if run.trouble:
        console.print(run.trouble, style="red", markup=False)
    console.print("Passed, and nothing is left." if run.has_passed else "Not passed.")
