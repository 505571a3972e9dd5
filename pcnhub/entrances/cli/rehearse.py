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
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from pcnhub.rehearsal.rules import STEP_WORDS, StepName, StepState

    names = [name for name in StepName if any(row.step(name) for row in run.rows)]
    console = Console()
    if not console.is_terminal:  # a file has room for every organisation
        console = Console(width=max(console.width, 26 + 10 * len(run.rows)))
    if names:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("Step", no_wrap=True)
        for row in run.rows:
            table.add_column(
                row.organisation.ods_code if row.organisation else "Outsider", justify="right", no_wrap=True
            )
        for name in names:
            table.add_row(STEP_WORDS[name], *(_cell(row.step(name)) for row in run.rows))
        console.print(table)
    for row, step in run.failed:
        console.print(f"{step.words}, {row.name}: {step.said} {step.advice}", style="red", markup=False)
    for each in run.left:
        console.print(f"Left: {each.rows} rows in {each.table}", style="red")
    if run.trouble:
        console.print(run.trouble, style="red", markup=False)
    if run.counts[StepState.SKIPPED]:
        console.print("–: not tried, for a step before it did not pass.")
    passed = run.counts[StepState.PASSED]
    end = "Passed, and nothing is left." if run.has_passed else "Not passed."
    console.print(f"{passed} of {sum(run.counts.values())} steps passed in {(run.took_ms or 0) / 1000:.0f} s. {end}")


def _cell(step: Any) -> str:
    """A time says that it passed, and how long that took."""
    from pcnhub.rehearsal.rules import StepState

    if step is None:
        return ""
    if step.by_hand is not None:
        return "by hand" if step.by_hand.passed else "[red]FAILED[/]"
    words = {StepState.FAILED: "[red]FAILED[/]", StepState.SKIPPED: "–", StepState.MANUAL: "by hand?"}
    return words.get(step.state) or (f"{step.took_ms / 1000:.1f} s" if step.took_ms >= 1000 else f"{step.took_ms} ms")
