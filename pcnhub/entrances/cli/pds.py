"""`pcnhub pds`: what this installation knows of people without the national demographics service."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from pcnhub.entrances.cli.hub import HubCommand
from pcnhub.entrances.cli.progress import shown


@click.group("pds")
def command() -> None:
    """What is known here of people by NHS number, besides the patients that practices import."""


@command.command("load", cls=HubCommand)
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The whole report as JSON, refused values included.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(dry_run: bool, as_json: bool, file: Path) -> None:
    """Load FILE (CSV), an extract of the demographics service. Run twice, nothing changes.

    Lines with a problem are listed and not taken (exit 1); the others are in. Columns: docs/gpconnect.md.
    """
    from django.utils import timezone

    from pcnhub.connections.pds.loading import load as load_extract

    with shown(f"{'Checking' if dry_run else 'Loading'} {file.name}"):
        report = load_extract(now=timezone.now(), content=file.read_bytes(), dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(asdict(report), indent=2))
    else:
        click.echo(
            f"{'Would be' if dry_run else 'Done'}: {report.rows} lines: {report.created} new, {report.changed} changed, "
            f"{report.unchanged} unchanged, {report.refused} not taken."
        )
        for problem in report.problems:
            click.echo(f"{problem.field}: {problem.code}: {problem.message} {problem.remedy}")
    click.get_current_context().exit(1 if report.refused else 0)


@command.command("check", cls=HubCommand)
@click.option(
    "--organisation", "ods_code", required=True, metavar="ODS_CODE", help="For which organisation it is asked."
)
@click.argument("nhs_number")
def check(ods_code: str, nhs_number: str) -> None:
    """Ask the demographics service about NHS_NUMBER, to see that it answers. The question is put on record.

    Says whether the number is known, on whose word, and how long it took; never whose it is.
    """
    import time

    from django.utils import timezone

    from pcnhub.care.organisations.queries import organisation, system_actor_for
    from pcnhub.connections.pds.demographics import read
    from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber

    try:
        number = NhsNumber(nhs_number)
    except InvalidIdentifier as wrong:
        raise click.BadParameter(f"{wrong}.", param_hint="NHS_NUMBER") from None
    actor = system_actor_for(organisation_id=organisation(ods_code=ods_code.upper()).id, name="command")
    began = time.monotonic()
    held = read(actor=actor, now=timezone.now(), nhs_number=number)
    took = f"{(time.monotonic() - began) * 1000:.0f} ms"
    if held is None:
        click.echo(f"Answered in {took}: nobody is known under this number.")
        return
    whose = "the national service" if held.source == "pds" else "what is held here, which verifies nobody"
    flags = f"; {', '.join(sorted(flag.value for flag in held.flags))}" if held.flags else ""
    version = f", version {held.version}" if held.version else ""
    click.echo(f"Answered in {took}: known{version}{flags}. On the word of {whose}.")
