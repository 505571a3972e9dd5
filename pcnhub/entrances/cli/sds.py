"""`pcnhub sds`: what the national directory has of an organisation."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from pcnhub.entrances.cli.hub import HubCommand

USUAL = (
    "rest:read:metadata-1", "rest:search:patient-1", "operation:gpc.registerpatient-1", "rest:search:slot-1",
    "rest:create:appointment-1", "rest:cancel:appointment-1",
)  # fmt: skip


@click.group("sds")
def command() -> None:
    """The Spine Directory Service: where organisations answer, and as whom."""


@command.command("lookup", cls=HubCommand)
@click.option(
    "--interaction",
    "interactions",
    metavar="ID",
    multiple=True,
    help="Such as rest:search:slot-1, or in full. May be repeated. Default: those that booking needs.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.argument("ods_code", metavar="ODS")
def lookup(ods_code: str, interactions: tuple[str, ...], *, as_json: bool) -> int:
    """Look up where organisation ODS answers each interaction, under which party key and ASID. Each look-up is put on record.

    Exits with 1 when one is not registered as it should be, or the directory gave no answer.
    """
    from django.utils import timezone

    from pcnhub.care.organisations.queries import installation_actor
    from pcnhub.connections.sds.configuration import configuration
    from pcnhub.connections.sds.directory import Run
    from pcnhub.connections.sds.refusals import NoAnswer, NotConfigured, SaidNo, Unclear

    run = Run(configuration(), now=timezone.now())
    if not run.is_set:
        raise NotConfigured("No national directory is set.")
    found, said = [], ""
    for interaction in interactions or USUAL:
        try:
            found.append(run.listing(ods_code=ods_code, interaction=interaction))
        except (NoAnswer, SaidNo, Unclear) as refusal:
            said = refusal.sentence()
            break
    run.write_down(actor=installation_actor(name="command"))
    if as_json:
        rows = [asdict(listing) for listing in found]
        click.echo(json.dumps({"listings": rows, "refusal": said or None}, indent=2))
    else:
        for listing in found:
            click.echo(f"{listing.sentence()}.")
        if said:
            click.echo(said, err=True)
    return 0 if not said and all(listing.fault is None for listing in found) else 1
