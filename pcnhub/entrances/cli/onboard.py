"""`pcnhub onboard FILE`: a network from one file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("onboard", cls=HubCommand)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would change.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes, or the problems, as JSON.")
def command(file: Path, dry_run: bool, as_json: bool) -> None:
    """Bring a network live from FILE (TOML or YAML; docs/operate/onboarding.md explains it).

    All or nothing. What is already so is left alone, so that running it twice changes nothing. Exit 1 when the file has
    problems: every one is listed, with its place in the file.
    """
    from django.utils import timezone

    from pcnhub.foundations.kernel.refusals import InvalidInput
    from pcnhub.onboarding.operations import onboard
    from pcnhub.onboarding.reading import read

    def progress(part: str) -> None:
        if not as_json:
            click.echo(f"{part} ...", err=True)

    try:
        changes = onboard(content=read(file), now=timezone.now(), dry_run=dry_run, say=progress)
    except InvalidInput as refusal:
        if not as_json:
            raise
        problems = [
            {"place": one.field, "code": one.code, "message": one.message, "remedy": one.remedy, "value": one.value}
            for one in refusal.problems
        ]
        click.echo(json.dumps({"problems": problems}, indent=2))
        click.get_current_context().exit(1)
    if as_json:
        done = [{"place": one.place, "was": one.was, "fields": one.fields} for one in changes]
        click.echo(json.dumps({"dry_run": dry_run, "changes": done}, indent=2))
        return
    for change in changes:
        click.echo(change.sentence())
    what = f"{len(changes)} changes" if changes else "Nothing"
    click.echo(f"{what} would be made." if dry_run else f"{what} made." if changes else "Nothing to change.")
