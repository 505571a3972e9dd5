"""`pcnhub import formulary`: which drugs of a hub's copies go into a practice's medication list by themselves."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("formulary", cls=HubCommand)
@click.option("--practice", "ods_code", required=True, help="ODS code of the practice whose formulary this is.")
@click.option("--name", required=True, help="Its name, as the practice chose it for Consultation Write Back.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def formulary(ods_code: str, name: str, as_json: bool, file: Path) -> None:
    """Replace the practice's list of this name by FILE: CSV in UTF-8 with a first line code,name.

    A code is a dm+d or SNOMED CT concept id. All or nothing: exit 1 when a line is wrong, and every one of them is named.
    """
    from django.utils import timezone

    from pcnhub.care.organisations.queries import organisation, system_actor_for
    from pcnhub.care.writeback.operations import import_formulary

    actor = system_actor_for(organisation_id=organisation(ods_code=ods_code).id, name="command")
    done = import_formulary(actor=actor, now=timezone.now(), name=name, file_name=file.name, content=file.read_bytes())
    if as_json:
        click.echo(json.dumps(asdict(done), indent=2))
    else:
        click.echo(f"The list {name} has {done.drugs} drugs now: {done.gained} new, {done.lost} taken out.")
