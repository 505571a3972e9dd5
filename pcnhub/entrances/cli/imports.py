"""`pcnhub import`: a practice's patients, their records, and the national slot categories, from files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcnhub.entrances.cli.hub import HubCommand
from pcnhub.entrances.cli.progress import shown

if TYPE_CHECKING:
    from pcnhub.care.appointments.operations import CategoriesImported
    from pcnhub.care.patients.operations import ImportReport
    from pcnhub.care.patients.rules import ColumnMapping
    from pcnhub.foundations.kernel.actors import Actor

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("import")
def command() -> None:
    """Bring a practice's patients, their records, or national lists in. Run twice, nothing changes."""


@command.command("demographics", cls=HubCommand)
@click.option("--practice", "ods_code", required=True, help="ODS code of the practice whose patients these are.")
@click.option("--mapping", "mapping_file", type=READABLE, help="TOML or YAML: which header of the file is which field.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The whole report as JSON, rejected values included.")
@click.option(
    "--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="Write rejected rows as CSV."
)
@click.argument("file", type=READABLE)
def demographics(
    ods_code: str, mapping_file: Path | None, dry_run: bool, as_json: bool, report_file: Path | None, file: Path
) -> None:
    """Import the demographics export FILE (CSV) of one practice.

    Rows that can't be taken are listed by line and reason; their values go into --report or --json alone.
    """
    from django.utils import timezone

    from pcnhub.care.patients.operations import import_demographics
    from pcnhub.care.patients.rules import read_file, rejections_csv

    mapping = _mapping(mapping_file) if mapping_file else None
    actor = _actor(ods_code)
    with shown(f"Reading {file.name}") as say:
        parsed = read_file(file.read_bytes())
        say(f"{'Checking' if dry_run else 'Importing'} {len(parsed.rows):,} rows of {actor.organisation.name}")
        report = import_demographics(actor=actor, now=timezone.now(), file=parsed, mapping=mapping, dry_run=dry_run)
    if report_file:
        report_file.write_text(rejections_csv(report.rejections), encoding="utf-8", newline="")
    click.echo(json.dumps(asdict(report), indent=2) if as_json else _told(report, dry_run))


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


def _mapping(file: Path) -> ColumnMapping:
    import tomllib

    import yaml

    from pcnhub.care.patients.rules import mapping_from

    try:
        text = file.read_text(encoding="utf-8")
        content = tomllib.loads(text) if file.suffix == ".toml" else yaml.safe_load(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise click.ClickException(f"{file}: this is not a mapping file in TOML or YAML: {error}") from None
    if not isinstance(content, dict):
        raise click.ClickException(f"{file}: a mapping file has the parts columns, ignore and sex.")
    return mapping_from(content)


def _told(report: ImportReport, dry_run: bool) -> str:
    lines = [
        f"{'Would be' if dry_run else 'Done'}: {report.rows} rows: {report.created} new, {report.changed} changed, "
        f"{report.unchanged} unchanged, {report.rejected} rejected; {report.closed} registrations closed. "
        f"{report.changes} changes."
    ]
    if report.absent:
        lines.append(f"{report.absent} active patients are not in the file; they stay as they are.")
    lines += [
        f"{name} can't be told who is protected here: the appointments agreement is not in effect. It is told once it is."
        for name in report.untold
    ]
    if report.unused_columns:
        lines.append(f"Columns not used: {', '.join(report.unused_columns)}.")
    lines += [
        f"line {each.line}, {each.column or 'row'}: {each.code}: {each.message} {each.remedy}"
        for each in report.rejections
    ]
    return "\n".join(lines)


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
        extract = extract_from(json.loads(file.read_bytes()))
        done = import_extract(actor=actor, now=timezone.now(), extract=extract, dry_run=dry_run)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        return {"file": str(file), "refused": "not-json", "message": f"This is not JSON: {error}.", "remedy": ""}
    except Refusal as refusal:
        return {"file": str(file), "refused": refusal.code, "message": refusal.message, "remedy": refusal.remedy}
    entries = len(extract.items) + len(extract.consultations)
    counts = asdict(done) if done else {"entries": entries}
    return {"file": str(file), **counts, "unread": [asdict(each) for each in extract.unread]}


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
