"""`pcnhub import demographics`: a practice's list, checked, taken in and undone without a page and without a worker."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from pcnhub.entrances.cli.hub import HubCommand
from pcnhub.entrances.cli.progress import shown

if TYPE_CHECKING:
    from pcnhub.care.patients.operations import ImportReport
    from pcnhub.care.patients.queries import BatchView
    from pcnhub.foundations.kernel.actors import Actor

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LOOK = 0.5  # seconds between two looks at how far it is


@click.command("demographics", cls=HubCommand)
@click.option("--practice", "ods_code", required=True, help="ODS code of the practice whose patients these are.")
@click.option("--mapping", "mapping_file", type=READABLE, help="TOML or YAML: which header of the file is which field.")
@click.option("--delta", is_flag=True, help="The file names only who is new or has changed.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The whole report as JSON, rejected values included.")
@click.option(
    "--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="Write rejected rows as CSV."
)
@click.option("--undo", "undone", type=int, metavar="BATCH", help="Undo this import instead of importing a file.")
@click.option("--reason", default="", help="Why it is undone; kept in the audit.")
@click.argument("file", type=READABLE, required=False)
def demographics(
    ods_code: str,
    mapping_file: Path | None,
    delta: bool,
    dry_run: bool,
    as_json: bool,
    report_file: Path | None,
    undone: int | None,
    reason: str,
    file: Path | None,
) -> None:
    """Import the demographics export FILE (CSV) of one practice, or undo an import.

    Rows that can't be taken are listed by line and reason; their values go into --report or --json alone. Exit code 0 when
    it is done, rejected rows or not; 1 when it was refused, and nothing was changed.
    """
    from pcnhub.care.patients.rules import rejections_csv

    if (file is None) == (undone is None):
        raise click.UsageError("Give either the FILE to import, or --undo with the number of an import.")
    actor = _actor(ods_code)
    if file is None:
        click.echo(_take_back(actor, undone or 0, reason))
        return
    report = _bring_in(actor, file, mapping_file, is_delta=delta, dry_run=dry_run)
    if report_file:
        report_file.write_text(rejections_csv(report.rejections), encoding="utf-8", newline="")
    click.echo(json.dumps(msgspec.to_builtins(report), indent=2) if as_json else _told(report, dry_run))


def _actor(ods_code: str) -> Actor:
    from pcnhub.care.organisations.queries import organisation, system_actor_for

    return system_actor_for(organisation_id=organisation(ods_code=ods_code).id, name="command")


def _bring_in(actor: Actor, file: Path, mapping_file: Path | None, *, is_delta: bool, dry_run: bool) -> ImportReport:
    from django.utils import timezone

    from pcnhub.care.patients.operations import imports
    from pcnhub.care.patients.queries import progress

    mapping = _mapping(mapping_file) if mapping_file else None
    with shown(f"Reading {file.name}") as say:
        if dry_run:
            return _tried(actor, file, mapping, is_delta, say)
        batch_id = imports.bring_in(
            actor=actor,
            now=timezone.now(),
            file=file,
            mapping=mapping,
            is_delta=is_delta,
            on_progress=lambda rows: say(f"Taking in: {rows:,} people of {actor.organisation.name} are new so far"),
        )
        return _report(actor, progress(actor=actor, now=timezone.now(), batch_id=batch_id), dry_run=False)


def _tried(
    actor: Actor,
    file: Path,
    mapping: dict[str, object] | None,
    is_delta: bool,
    say: Callable[[str], None],
) -> ImportReport:
    """What a page would show before anything is taken in; then the file is dropped. One worker who is faster does no harm."""
    from django.utils import timezone

    from pcnhub.care.patients.operations import imports
    from pcnhub.care.patients.operations.imports.checking import check_or_stop
    from pcnhub.care.patients.queries import progress
    from pcnhub.care.patients.rules import ImportState

    with file.open("rb") as source:
        batch_id = imports.receive(
            actor=actor,
            now=timezone.now(),
            practice_id=actor.organisation.id,
            file=source,
            file_name=file.name,
            mapping=mapping,
            is_delta=is_delta,
        )
    with _told_meanwhile(actor, batch_id, "Checking", say):
        check_or_stop(actor=actor, now=timezone.now(), batch_id=batch_id)
    found = progress(actor=actor, now=timezone.now(), batch_id=batch_id)
    if found.state == ImportState.FAILED:
        _give_up(actor, found)
    report = _report(actor, found, dry_run=True)
    imports.drop(actor=actor, now=timezone.now(), batch_id=batch_id)
    return report


def _take_back(actor: Actor, batch_id: int, reason: str) -> str:
    from django.utils import timezone

    from pcnhub.care.patients.operations import imports
    from pcnhub.care.patients.operations.imports.undoing import take_back_or_stop
    from pcnhub.care.patients.queries import progress
    from pcnhub.care.patients.rules import ImportState

    with shown(f"Undoing import {batch_id}"):
        imports.undo(actor=actor, now=timezone.now(), batch_id=batch_id, reason=reason)
        take_back_or_stop(actor=actor, now=timezone.now(), batch_id=batch_id)
        done = progress(actor=actor, now=timezone.now(), batch_id=batch_id)
    if done.state != ImportState.UNDONE:
        raise click.ClickException(f"Import {batch_id} was not undone. {done.failure}")
    left = f" {done.kept_back} patients were changed or used since, and stay as they are." if done.kept_back else ""
    return f"Undone: import {batch_id} of {actor.organisation.name}.{left}"


def _give_up(actor: Actor, found: BatchView) -> None:
    """Say everything that is wrong with the header, as InvalidInput does; nothing of the file is kept."""
    from django.utils import timezone

    from pcnhub.care.patients.operations import imports
    from pcnhub.care.patients.queries import preview
    from pcnhub.care.patients.rules import columns_of, mapping_from

    seen = preview(actor=actor, now=timezone.now(), batch_id=found.id)
    imports.drop(actor=actor, now=timezone.now(), batch_id=found.id)
    columns_of(seen.headers, mapping_from(seen.mapping))
    raise click.ClickException(found.failure)


def _report(actor: Actor, found: BatchView, *, dry_run: bool) -> ImportReport:
    from django.utils import timezone

    from pcnhub.care.patients.operations import ImportReport
    from pcnhub.care.patients.operations.heeding import untold_hubs
    from pcnhub.care.patients.queries import rejections_of

    now = timezone.now()
    return ImportReport(
        batch_id=None if dry_run else found.id,
        rows=found.rows,
        created=found.created,
        changed=found.changed,
        unchanged=found.unchanged,
        rejected=found.rejected,
        closed=found.closed,
        absent=found.absent,
        unused_columns=found.unused_columns,
        rejections=tuple(rejections_of(actor=actor, now=now, batch_id=found.id)),
        untold=untold_hubs(actor=actor, now=now),
    )


@contextmanager
def _told_meanwhile(actor: Actor, batch_id: int, what: str, say: Callable[[str], None]) -> Iterator[None]:
    """Somebody else looks how far it is, as a page would: the one who works has no time to."""
    from django.db import connection
    from django.utils import timezone

    from pcnhub.care.patients.queries import progress

    done = threading.Event()

    def look() -> None:
        try:
            while not done.wait(_LOOK):
                step = progress(actor=actor, now=timezone.now(), batch_id=batch_id)
                say(f"{what}: {step.rows_done:,} of {step.rows:,} rows of {actor.organisation.name}")
        finally:
            connection.close()

    looker = threading.Thread(target=look, daemon=True)
    looker.start()
    try:
        yield
    finally:
        done.set()
        looker.join()


def _mapping(file: Path) -> dict[str, object]:
    import tomllib

    import yaml

    try:
        text = file.read_text(encoding="utf-8")
        content = tomllib.loads(text) if file.suffix == ".toml" else yaml.safe_load(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise click.ClickException(f"{file}: this is not a mapping file in TOML or YAML: {error}") from None
    if not isinstance(content, dict):
        raise click.ClickException(f"{file}: a mapping file has the parts columns, ignore and sex.")
    return content


def _told(report: ImportReport, dry_run: bool) -> str:
    number = "" if report.batch_id is None else f" Import {report.batch_id}."
    lines = [
        f"{'Would be' if dry_run else 'Done'}: {report.rows} rows: {report.created} new, {report.changed} changed, "
        f"{report.unchanged} unchanged, {report.rejected} rejected; {report.closed} registrations closed. "
        f"{report.changes} changes.{number}"
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
