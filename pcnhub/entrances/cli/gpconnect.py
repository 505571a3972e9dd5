"""`pcnhub gpconnect`: what an operator asks of the GP Connect endpoint."""

import json
from typing import Any

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.group("gpconnect")
def command() -> None:
    """The GP Connect endpoint of this hub."""


@command.command("serve-check", cls=HubCommand)
@click.option("--ods", "ods_code", metavar="ODS", required=True, help="The organisation whose endpoint is called.")
@click.option("--base-url", metavar="URL", help="Its service root. Default: this machine's `pcnhub serve`.")
@click.option("--book", "nhs_number", metavar="NHS_NUMBER", help="Also book for this DUMMY patient, then cancel.")
@click.option("--certificate", type=click.Path(exists=True, dir_okay=False), help="PEM client certificate to show.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False), help="PEM key of it.")
@click.option("--authorities", type=click.Path(exists=True, dir_okay=False), help="PEM authorities to trust.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def serve_check(ods_code: str, *, nhs_number: str | None, as_json: bool, **way: str | None) -> int:
    """Call the endpoint as a consumer would, and say of each interaction how it went and how long it took.

    Reads only, unless --book names a dummy patient whom the organisation holds. Exit code 0 when all went as it should,
    1 when something did not.
    """
    from pcnhub.entrances.cli.serve_check import check

    if not way["base_url"] and any(way[name] for name in ("certificate", "key", "authorities")):
        raise click.UsageError(
            "--certificate, --key and --authorities go with --base-url: this machine is called as it is set."
        )
    steps = check(ods_code=ods_code, nhs_number=nhs_number, way=way)
    if as_json:
        click.echo(json.dumps([step.as_data() for step in steps], indent=2))
    else:
        for step in steps:
            click.echo(_line(step))
    return 0 if all(step.is_well for step in steps) else 1


@command.command("structured", cls=HubCommand)
@click.option("--ods", "ods_code", metavar="ODS", required=True, help="The practice whose record others may ask for.")
@click.option("--on/--off", "is_on", default=None, help="Turn the switch. Default: say how things stand.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def structured(ods_code: str, *, is_on: bool | None, as_json: bool) -> int:
    """Say whether others may ask for a practice's record over GP Connect, and of how many patients it is here; turn it on or
    off.

    On only with an ASID and with somebody's record brought in (`pcnhub import records`). The master switch GP Connect must be
    on, too: it is turned on the practice's page. Exit code 1 while a question would be refused.
    """
    from dataclasses import asdict

    from django.utils import timezone

    from pcnhub.care.organisations.queries import gp_connect_switches, organisation, system_actor_for
    from pcnhub.care.organisations.rules import GpConnectCapability
    from pcnhub.care.records.operations import offer_record
    from pcnhub.care.records.queries import held

    view = organisation(ods_code=ods_code)
    actor = system_actor_for(organisation_id=view.id, name="command")
    if is_on is not None:
        offer_record(actor=actor, now=timezone.now(), organisation_id=view.id, is_on=is_on)
    switches, numbers = gp_connect_switches(organisation_id=view.id), held(actor=actor)
    master = switches[GpConnectCapability.GP_CONNECT]
    offered = switches[GpConnectCapability.ACCESS_STRUCTURED]
    if as_json:
        found = {"gp_connect": master, "access_structured": offered, "asid": view.asid, **asdict(numbers)}
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo(f"GP Connect: {'on' if master else 'off'}. Access Record Structured: {'on' if offered else 'off'}.")
        click.echo(f"ASID: {view.asid or 'not entered'}.")
        click.echo(
            f"Active patients: {numbers.patients:,}. Allergies are here of {numbers.allergies:,}, medication of "
            f"{numbers.medication:,}. Of the others every answer says that it may be incomplete."
        )
    return 0 if master and offered else 1


def _line(step: Any) -> str:
    took = "" if step.milliseconds is None else f"{step.milliseconds:.0f} ms"
    return f"{step.result:<7} {took:>8}  {step.name:<34} {step.said}"
