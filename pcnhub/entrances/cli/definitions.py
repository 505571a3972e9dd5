"""`pcnhub import template`, `pcnhub import protocol`, and `pcnhub protocol dry-run`: what a hub's manager does on the pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcnhub.entrances.cli.hub import HubCommand

if TYPE_CHECKING:
    from pcnhub.care.consultations.queries.definitions import DefinitionView
    from pcnhub.care.consultations.queries.protocols import DryRun
    from pcnhub.foundations.kernel.actors import Actor

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
HUB: dict[str, Any] = {"required": True, "metavar": "ODS", "help": "The hub whose clinicians work by it."}


@click.command("template", cls=HubCommand)
@click.option("--hub", "ods_code", **HUB)
@click.option("--shipped", is_flag=True, help="Take in every example that comes with PCN Hub, instead of files.")
@click.option("--publish", "publishes", is_flag=True, help="Put them into use at once.")
@click.option("--require", "requires", is_flag=True, help="Say that the hub requires them (CHK-50).")
@click.argument("files", type=READABLE, nargs=-1)
def template(ods_code: str, *, shipped: bool, publishes: bool, requires: bool, files: tuple[Path, ...]) -> None:
    """Take in clinical and document templates from FILES (TOML) as drafts: version 1 of each key, or the next one.

    A file with errors is refused with all of them, and then none of the files is taken in. The same file again changes
    nothing.
    """
    _bring_in(ods_code, "template", files, shipped=shipped, publishes=publishes, requires=requires)


@click.command("protocol", cls=HubCommand)
@click.option("--hub", "ods_code", **HUB)
@click.option("--shipped", is_flag=True, help="Take in every example that comes with PCN Hub, instead of files.")
@click.option("--publish", "publishes", is_flag=True, help="Put them into use at once.")
@click.option("--require", "requires", is_flag=True, help="Say that the hub requires them (CHK-50).")
@click.argument("files", type=READABLE, nargs=-1)
def protocol(ods_code: str, *, shipped: bool, publishes: bool, requires: bool, files: tuple[Path, ...]) -> None:
    """Take in protocols from FILES (TOML) as drafts. `pcnhub protocol dry-run` shows what one would have asked for."""
    _bring_in(ods_code, "protocol", files, shipped=shipped, publishes=publishes, requires=requires)


@click.group("protocol")
def command() -> None:
    """What a hub's consultations need before they are finished."""


@command.command("dry-run", cls=HubCommand)
@click.option("--hub", "ods_code", **HUB)
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 31), help="How far to look back.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.argument("file", type=READABLE)
def dry_run(ods_code: str, *, days: int, as_json: bool, file: Path) -> None:
    """Say what the protocol in FILE would have asked for in the consultations that were finished lately, and in which of them
    it would have been lacking. Changes nothing; the protocol need not be taken in. Names consultations by number, nobody."""
    from django.utils import timezone

    from pcnhub.care.consultations.queries.protocols import dry_run as tried
    from pcnhub.care.consultations.rules.protocols import protocol_from

    found = tried(
        actor=_actor(ods_code), now=timezone.now(), protocol=protocol_from(file.read_bytes()), days=days
    )  # fmt: skip
    click.echo(json.dumps(_document(found), indent=2, ensure_ascii=False) if as_json else _told(found))


def _bring_in(
    ods_code: str, what: str, files: Sequence[Path], *, shipped: bool, publishes: bool, requires: bool
) -> None:
    from django.utils import timezone

    from pcnhub.care.consultations.operations import import_protocol, import_template
    from pcnhub.care.consultations.operations.definitions import need, put_into_use
    from pcnhub.care.consultations.queries import shipped as examples
    from pcnhub.care.consultations.rules.definitions import DefinitionKind
    from pcnhub.foundations.database.work import unit_of_work
    from pcnhub.foundations.kernel.refusals import InvalidInput

    if bool(files) == shipped:
        raise click.UsageError("Give either FILES, or --shipped for the examples that come with PCN Hub.")
    is_protocol = what == "protocol"
    sources = [(file.name, file.read_bytes()) for file in files] or [
        (each.name, each.source)
        for each in examples.shipped()
        if (each.read.kind is DefinitionKind.PROTOCOL) == is_protocol
    ]
    actor, now = _actor(ods_code), timezone.now()
    take = import_protocol if is_protocol else import_template
    with unit_of_work(actor):  # all of them, or none
        taken, problems = [], []
        for name, source in sources:
            try:
                taken.append(take(actor=actor, now=now, source=source))
            except InvalidInput as refusal:
                problems += [replace(each, field=f"{name}: {each.field}") for each in refusal.problems]
        if problems:
            raise InvalidInput(problems)
        for view in taken:
            if publishes:
                put_into_use(actor=actor, now=now, definition_id=view.id)
            if requires:
                need(actor=actor, now=now, definition_id=view.id)
    for view in taken:
        click.echo(_line(view, publishes=publishes))


def _line(view: DefinitionView, *, publishes: bool) -> str:
    state = "in use" if publishes or view.is_published else view.state.value
    return f"{view.title} ({view.key}): version {view.number}, {state}"


def _actor(ods_code: str) -> Actor:
    from pcnhub.care.organisations.queries import organisation, system_actor_for

    return system_actor_for(organisation_id=organisation(ods_code=ods_code).id, name="command")


def _told(found: DryRun) -> str:
    lines = [
        f"{found.protocol.read.title}: concerns {len(found.rows)} of {found.looked_at} consultations of the last "
        f"{found.days} days; {found.held_up} could not have been finished as they were."
    ]
    lines += [f"{count} times: {sentence}" for sentence, count in found.open_by_ask() if count]
    for row in found.rows:
        lacking = "; ".join(each.ask.name for each in row.lacking) or "nothing lacking"
        lines.append(f"consultation {row.consultation_id}: {lacking}")
    return "\n".join(lines)


def _document(found: DryRun) -> dict[str, object]:
    return {
        "protocol": found.protocol.read.key,
        "days": found.days,
        "looked_at": found.looked_at,
        "held_up": found.held_up,
        "consultations": [
            {
                "id": row.consultation_id,
                "finished_at": row.finished_at.isoformat(),
                "asked": [each.ask.name for each in row.asked],
                "lacking": [each.ask.name for each in row.lacking],
            }
            for row in found.rows
        ],
    }
