"""`pcnhub import documents`: a practice's documents, with an index that says whose each is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from pcnhub.entrances.cli.hub import HubCommand

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("documents", cls=HubCommand)
@click.option(
    "--practice", "ods_code", required=True, help="ODS code of the practice whose patients' documents these are."
)
@click.option("--index", "index_file", type=READABLE, required=True, help="CSV file with one line for each document.")
@click.option("--dry-run", is_flag=True, help="Check everything; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.argument("files", type=READABLE, nargs=-1, required=True)
def documents(ods_code: str, index_file: Path, dry_run: bool, as_json: bool, files: tuple[Path, ...]) -> None:
    """Import documents (PDF, JPEG, PNG, TIFF, RTF, text, DOCX) into the practice's records, all of them or none.

    Columns of the index: file, nhs_number, birth_date (1980-04-12), title, kind; and, where known, dated_on, author,
    confidential (yes) and reference. What is wrong is named line by line, and exit 1: nothing was taken.
    """
    from django.utils import timezone

    from pcnhub.care.documents.operations import import_documents
    from pcnhub.care.organisations.queries import organisation, system_actor_for

    twice = sorted({file.name for file in files if sum(other.name == file.name for other in files) > 1})
    if twice:
        raise click.ClickException(f"Two files have the same name: {', '.join(twice)}. Give each a name of its own.")
    actor = system_actor_for(organisation_id=organisation(ods_code=ods_code).id, name="command")
    done = import_documents(
        actor=actor,
        now=timezone.now(),
        index=index_file.read_bytes(),
        files={file.name: _reader(file) for file in files},
        dry_run=dry_run,
    )
    if as_json:
        click.echo(json.dumps(asdict(done), indent=2))
        return
    begin = "Would be" if dry_run else "Done"
    click.echo(f"{begin}: {done.new} new, {done.newer} newer versions, {done.unchanged} unchanged.")


def _reader(file: Path) -> Callable[[], bytes]:
    return file.read_bytes
