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

    steps = check(ods_code=ods_code, nhs_number=nhs_number, way=way)
    if as_json:
        click.echo(json.dumps([step.as_data() for step in steps], indent=2))
    else:
        for step in steps:
            click.echo(_line(step))
    return 0 if all(step.is_well for step in steps) else 1


def _line(step: Any) -> str:
    took = "" if step.milliseconds is None else f"{step.milliseconds:.0f} ms"
    return f"{step.result:<7} {took:>8}  {step.name:<34} {step.said}"
