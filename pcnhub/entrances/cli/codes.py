"""`pcnhub import codes`: a release of SNOMED CT, from its zip or from its snapshot files."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcnhub.entrances.cli.hub import HubCommand
from pcnhub.entrances.cli.progress import shown

if TYPE_CHECKING:
    from pcnhub.care.consultations.operations import CodesImported
    from pcnhub.care.consultations.rules.release_files import Rf2File

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
# As a release names them: sct2_Concept_UKCLSnapshot_GB1000000_20260401.txt; beta releases begin with x.
WANTED = re.compile(
    r"x?(sct2_(Concept|Description|Relationship)_\w*Snapshot|der2_cRefset_Language\w*Snapshot)[\w-]*\.txt"
)


@click.command("codes", cls=HubCommand)
@click.option("--dry-run", is_flag=True, help="Check every file and say what would change; change nothing.")
@click.option("--force", is_flag=True, help="Let an older release take the place of a newer one.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.argument("files", type=READABLE, nargs=-1, required=True)
def codes(dry_run: bool, force: bool, as_json: bool, files: tuple[Path, ...]) -> None:
    """Make a SNOMED CT release (Release Format 2) the code list of this installation.

    FILE is the release's zip as it was published, or its snapshots: concept, description, relationship and language reference
    set. Only active concepts can be chosen; their preferred terms and synonyms find them. By the relationships protocols know
    what lies beneath a code. The same release again changes nothing; an older one needs --force. Exit 1 when something is wrong
    with a file: everything is named, and the list in use stays.
    """
    from django.utils import timezone

    from pcnhub.care.consultations.operations import import_codes

    given = [each for file in files for each in snapshots(file)]
    with shown("Importing codes") as say:
        done = import_codes(now=timezone.now(), name=files[0].name, files=given, dry_run=dry_run, force=force, say=say)
    click.echo(json.dumps(asdict(done), indent=2, default=str) if as_json else _told(done, dry_run=dry_run))


def snapshots(file: Path) -> list[Rf2File]:
    """The RF2 snapshots that a zip has, or the file itself. Raises click.ClickException where there is none."""
    from pcnhub.care.consultations.rules.release_files import Rf2File

    if not zipfile.is_zipfile(file):
        if re.search(r"(Full|Delta)[_-]", file.name):
            raise click.ClickException(f"{file.name} is no snapshot. Give the files of the release's Snapshot folder.")
        return [Rf2File(file.name, file.read_bytes())]
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if WANTED.fullmatch(name.rpartition("/")[2])]
        if not names:
            raise click.ClickException(
                f"{file.name} has no RF2 snapshot in it. Give the release's zip as it was published, not a zip of another zip."
            )
        return [Rf2File(name.rpartition("/")[2], archive.read(name)) for name in sorted(names)]


def _told(done: CodesImported, *, dry_run: bool) -> str:
    if done.is_known:
        return f"{done.name} is in use already: nothing changed."
    lines = [
        f"{done.name}, of {done.effective_on:%-d %B %Y}: {done.concepts:,} active concepts, {done.descriptions:,} terms.",
        f"{'Would be' if dry_run else 'Done'}: {done.added:,} new, {done.renamed:,} with another preferred term, "
        f"{done.retired:,} retired.",
        f"{done.relationships:,} relationships: protocols that say so heed what lies beneath their codes."
        if done.relationships
        else "No relationship file: what lies beneath a code is known as before, if at all. Give it with the others.",
    ]
    if done.older_than:
        lines.append(
            f"It is older than {done.older_than}, which is in use.{' It will need --force.' if dry_run else ''}"
        )
    return "\n".join(lines)
