"""`pcnhub mesh`: the exchange of documents with practices elsewhere."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pcnhub.entrances.cli.hub import HubCommand

if TYPE_CHECKING:
    from pcnhub.connections.mesh.looking import Look


@click.group("mesh")
def command() -> None:
    """The exchange of documents with practices elsewhere (GP Connect Send Document)."""


@command.command("check", cls=HubCommand)
@click.option("--organisation", "ods_code", metavar="ODS_CODE", help="This mailbox alone. Default: all that are set.")
@click.option(
    "--practice",
    "practices",
    metavar="ODS_CODE",
    multiple=True,
    help="Also look up where its reports go. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="The answers as JSON.")
def check(ods_code: str | None, practices: tuple[str, ...], as_json: bool) -> None:
    """Ask the exchange whether it knows this hub's mailboxes, and how many messages wait. Nothing is sent or fetched.

    Exits with 1 when no mailbox is set, one does not answer, or a practice has not exactly one mailbox for reports.
    """
    from django.utils import timezone

    from pcnhub.care.organisations.queries import organisation, system_actor_for
    from pcnhub.connections.mesh.configuration import configuration
    from pcnhub.connections.mesh.looking import look
    from pcnhub.connections.mesh.refusals import NoMailbox

    settings = configuration()
    owners = [ods_code.upper()] if ods_code else [each.ods_code for each in settings.boxes]
    if not settings.address or not owners:
        raise NoMailbox("No mailbox is set: reports to practices elsewhere wait.")
    found: list[Look] = []
    for owner in owners:
        actor = system_actor_for(organisation_id=organisation(ods_code=owner).id, name="command")
        found.append(look(actor=actor, now=timezone.now(), practices=tuple(each.upper() for each in practices)))
    if as_json:
        click.echo(json.dumps([{**asdict(each), "is_good": each.is_good} for each in found], indent=2))
    else:
        for each in found:
            click.echo(_sentence(each))
            for route in each.routes:
                shown = ", ".join(route.mailboxes) or "no mailbox takes its reports"
                click.echo(f"  {route.ods_code}: {shown}{'' if route.is_good else '  <- one is needed'}")
    click.get_current_context().exit(0 if all(each.is_good for each in found) else 1)


def _sentence(found: Look) -> str:
    if not found.answered:
        return f"{found.ods_code} {found.mailbox}: {found.said} {found.remedy}"
    return f"{found.ods_code} {found.mailbox}: answered in {found.milliseconds} ms, {found.waiting} messages wait."
