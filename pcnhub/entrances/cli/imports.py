"""`pcnhub import`: a practice's patients, their records, and the national slot categories, from files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcnhub.entrances.cli.codes import codes
from pcnhub.entrances.cli.definitions import protocol, template
from pcnhub.entrances.cli.demographics import demographics
from pcnhub.entrances.cli.documents import documents
from pcnhub.entrances.cli.exports import examples, export
from pcnhub.entrances.cli.formulary import formulary
from pcnhub.entrances.cli.hub import HubCommand
from pcnhub.entrances.cli.progress import shown

if TYPE_CHECKING:
    from pcnhub.care.appointments.operations import CategoriesImported
    from pcnhub.foundations.kernel.actors import Actor

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("import")
def command() -> None:
    """Bring a practice's patients, their records, or national lists in. Run twice, nothing changes."""


command.add_command(codes)
command.add_command(demographics)
command.add_command(formulary)
command.add_command(documents)
command.add_command(template)
command.add_command(protocol)
command.add_command(export)
command.add_command(examples)


@command.command("records", cls=HubCommand)
@click.option(
    "--practice", "ods_code", required=True, help="ODS code of the practice whose patients' records these are."
)
@click.option("--dry-run", is_flag=True, help="Check every file; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.argument("files", type=READABLE, nargs=-1, required=True)
def records(ods_code: str, dry_run: bool, as_json: bool, files: tuple[Path, ...]) -> None:
    """Import GP Connect Structured bundles (JSON), one patient a file, into the practice's records.

    The patient must be the practice's by NHS number and date of birth. Exit 1 when any file was refused; the others are in.
    """
    actor = _actor(ods_code)
    results = []
    with shown("Importing records") as say:
        for number, file in enumerate(files, 1):
            say(f"File {number:,} of {len(files):,}: {file.name}")
            results.append(_import_record(actor, file, dry_run))
    if as_json:
        click.echo(json.dumps(results, indent=2))
    else:
        for result in results:
            click.echo(_told_record(result, dry_run))
    click.get_current_context().exit(1 if any("refused" in result for result in results) else 0)


@command.command("national-categories", cls=HubCommand)
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.argument("file", type=READABLE)
def national_categories(dry_run: bool, as_json: bool, file: Path) -> None:
    """Bring the national slot categories up to date from FILE (CSV), for every hub of this installation.

    Columns: number, name, context_type, exception_reason_allowed, counts_to_acc08 (yes or no), withdrawn_on (2027-04-01 or
    empty). A withdrawn category stays on the slot types that have it; what the file does not name stays as it is.
    """
    from django.utils import timezone

    from pcnhub.care.appointments.operations import import_national_categories
    from pcnhub.care.patients.rules import read_file

    content = file.read_bytes()
    if not content.strip():
        raise click.ClickException(f"{file.name} is empty. Give a CSV file with one line for each category.")
    done = import_national_categories(now=timezone.now(), file=read_file(content), dry_run=dry_run)
    click.echo(json.dumps(asdict(done), indent=2) if as_json else _told_categories(done, dry_run))


def _actor(ods_code: str) -> Actor:
    from pcnhub.care.organisations.queries import organisation, system_actor_for

    return system_actor_for(organisation_id=organisation(ods_code=ods_code).id, name="command")


def _told_categories(done: CategoriesImported, dry_run: bool) -> str:
    lines = [
        f"{'Would be' if dry_run else 'Done'}: {len(done.added)} new, {len(done.changed)} changed, "
        f"{done.unchanged} unchanged; {len(done.withdrawn)} of them withdrawn."
    ]
    lines += [f"New: {name}" for name in done.added]
    lines += [f"Changed: {name}" for name in done.changed]
    lines += [f"Withdrawn: {name}" for name in done.withdrawn]
    lines += [f"Not in the file, stays as it is: {name}" for name in done.absent]
    lines += [
        f"{name} is withdrawn, and {number} slot type{'' if number == 1 else 's'} in use {'has' if number == 1 else 'have'} "
        "it: an administrator of each hub chooses another on the slot types page."
        for name, number in done.uses.items()
    ]
    return "\n".join(lines)


def _import_record(actor: Actor, file: Path, dry_run: bool) -> dict[str, Any]:
    from django.utils import timezone

    from pcnhub.care.records.operations import import_extract
    from pcnhub.connections.gpconnect.mapping import extract_from
    from pcnhub.foundations.kernel.refusals import Refusal

    try:
        content = json.loads(file.read_bytes())
        json.dumps(content, ensure_ascii=False).encode()  # half a character, which JSON can spell, can't be kept
    except OSError as error:
        remedy = "Give a file that can be read, then run it again: what is in already stays as it is."
        return {"file": str(file), "refused": "not-readable", "message": f"{error.strerror}.", "remedy": remedy}
    except (ValueError, RecursionError) as error:
        remedy = "Have the practice's supplier export the record again."
        return {
            "file": str(file),
            "refused": "not-json",
            "message": f"This is not JSON: {_short(error)}.",
            "remedy": remedy,
        }
    try:
        extract = extract_from(content)
        done = import_extract(actor=actor, now=timezone.now(), extract=extract, dry_run=dry_run)
    except Refusal as refusal:
        return {"file": str(file), "refused": refusal.code, "message": refusal.message, "remedy": refusal.remedy}
    entries = len(extract.items) + len(extract.consultations)
    counts = asdict(done) if done else {"entries": entries}
    return {"file": str(file), **counts, "unread": [asdict(each) for each in extract.unread]}


def _short(error: Exception) -> str:
    """Where it broke, never a word of what stood there: the file is a patient's record."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno}, column {error.colno}"
    return {
        "RecursionError": "too deep",
        "UnicodeDecodeError": "not UTF-8",
        "UnicodeEncodeError": "half a character",
    }.get(type(error).__name__, "a number is too long")


def _told_record(result: dict[str, Any], dry_run: bool) -> str:
    if "refused" in result:
        return f"{result['file']}: refused ({result['refused']}): {result['message']} {result['remedy']}".rstrip()
    if dry_run:
        first = f"{result['file']}: {result['entries']} entries could be taken."
    else:
        first = (
            f"{result['file']}: {result['created']} new, {result['changed']} changed, {result['unchanged']} unchanged."
        )
    unread = [f"  not read: {each['place']}: {each['code']}: {each['message']}" for each in result["unread"]]
    return "\n".join([first, *unread])
