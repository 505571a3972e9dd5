"""`pcnhub import export`: what another system exported of a hub; and examples of such files, dated from today."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcnhub.entrances.cli.hub import HubCommand

if TYPE_CHECKING:
    from pcnhub.insight.elsewhere.operations import ExportReport

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
# as in insight.elsewhere.rules.ExportKind, which can't be loaded before the command is asked for
KINDS = ("users", "sessions", "appointments", "teams", "slot-types")
FAULTY_SHOWN = 20


@click.command("export", cls=HubCommand)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=READABLE)
@click.option("--hub", "ods_code", required=True, metavar="ODS", help="The hub whose system exported it.")
@click.option(
    "--taken-at",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    help="When it was exported. Absent: the file's own time.",
)
@click.option(
    "--mapping", "mapping_file", type=READABLE, help="TOML: which column is which field, and what words mean."
)
@click.option(
    "--faults",
    "faults_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every fault, with its value, as CSV.",
)
@click.option("--dry-run", is_flag=True, help="Check every line; keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="The whole report as JSON, values of faulty cells included.")
def export(
    kind: str,
    file: Path,
    ods_code: str,
    taken_at: datetime | None,
    mapping_file: Path | None,
    faults_file: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import FILE (CSV), an export of KIND from the system in which the hub works (docs/operate/elsewhere.md).

    It supersedes the one before it, and readiness is answered by it. Lines with faults are left out and listed; columns that may
    name patients are never kept. Exit code 0 when it is kept, faults or not; 1 when it was refused and nothing changed.
    """
    from django.utils import timezone

    from pcnhub.care.organisations.queries import organisation, system_actor_for
    from pcnhub.care.patients.rules import rejections_csv
    from pcnhub.insight.elsewhere.operations import import_export
    from pcnhub.insight.elsewhere.rules import ExportKind

    now = timezone.now()
    report = import_export(
        actor=system_actor_for(organisation_id=organisation(ods_code=ods_code).id, name="command"),
        now=now,
        kind=ExportKind(kind),
        content=file.read_bytes(),
        file_name=file.name,
        taken_at=_taken(file, taken_at, now),
        mapping=_mapping(mapping_file) if mapping_file else None,
        dry_run=dry_run,
    )
    if faults_file:
        faults_file.write_text(rejections_csv(report.faults), encoding="utf-8", newline="")
    click.echo(json.dumps(asdict(report), indent=2, default=str) if as_json else _told(report, dry_run))


@click.command("export-examples")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def examples(folder: Path) -> None:
    """Write example exports of every kind into FOLDER, and an onboarding file of a hub on EMIS: to see the columns, and to try.

    Their days are moved by whole weeks so that they fall in the weeks from today on. What is in FOLDER under these names already
    is replaced.
    """
    from datetime import UTC

    from pcnhub.foundations.kernel.local_time import london_date
    from pcnhub.insight.elsewhere.examples import examples_from
    from pcnhub.onboarding import examples as onboarding

    folder.mkdir(parents=True, exist_ok=True)
    files = {
        **examples_from(london_date(datetime.now(UTC))),
        onboarding.ELSEWHERE.name: onboarding.ELSEWHERE.read_text("utf-8"),
    }
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
        click.echo(str(folder / name))


def _taken(file: Path, given: datetime | None, now: datetime) -> datetime:
    """A time that was given is London's; a file's own is when it was last written, never later than now."""
    from pcnhub.foundations.kernel.local_time import LONDON

    if given is not None:
        return given.replace(tzinfo=LONDON)
    return min(datetime.fromtimestamp(file.stat().st_mtime, tz=now.tzinfo), now)


def _mapping(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.ClickException(f"{file}: this is not a mapping file in TOML: {error}") from None


def _told(report: ExportReport, dry_run: bool) -> str:
    from pcnhub.foundations.kernel.local_time import in_london

    left_out = report.lines - report.kept
    lines = [
        f"{'Would be kept' if dry_run else 'Kept'}: {report.kept} of {report.lines} lines of {report.kind.value}, exported "
        f"{in_london(report.taken_at):%Y-%m-%d %H:%M}."
    ]
    if report.withheld:
        lines.append(f"Taken out, because they may name patients: {', '.join(report.withheld)}.")
    if report.unused:
        lines.append(f"Columns not used: {', '.join(report.unused)}.")
    if left_out:
        lines.append(
            f"Left out: {left_out}. Until they are mended, a check that finds nothing wrong is unknown, not met."
        )
    lines += [
        f"line {each.line}, {each.column or 'whole line'}: {each.code}: {each.message} {each.remedy}"
        for each in report.faults[:FAULTY_SHOWN]
    ]
    if len(report.faults) > FAULTY_SHOWN:
        lines.append(f"and {len(report.faults) - FAULTY_SHOWN} more: --faults FILE writes them all.")
    return "\n".join(lines)
