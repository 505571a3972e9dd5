"""`pcnhub watch`: what will go wrong tonight, in order."""

import json
from datetime import datetime
from typing import Any

import click

from pcnhub.entrances.cli.hub import HubCommand


@click.command("watch", cls=HubCommand)
@click.option("--hub", "ods_code", metavar="ODS", help="The hub. May be left out when there is only one.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Another day than today.")
@click.option("--json", "as_json", is_flag=True, help="For machines: every line, and no patient's name.")
def command(ods_code: str | None, day: datetime | None, *, as_json: bool) -> int:
    """Say what will go wrong tonight, the worst first: what, whose move it is, and when it bites.

    Exit code 1 when a session will not take place as it stands, 0 when every session can.
    """
    from django.utils import timezone

    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.entrances.cli.readiness import hub_named
    from pcnhub.insight.watch import queries

    hub_id = hub_named(ods_code)
    actor = system_actor_for(organisation_id=hub_id, name="command")
    found = queries.watch(actor=actor, now=timezone.now(), hub_id=hub_id, day=day.date() if day else None)
    if as_json:
        click.echo(json.dumps(_as_data(found), indent=2, ensure_ascii=False))
    else:
        _print(found)
    return 1 if found.stops else 0


def _as_data(found: Any) -> dict[str, Any]:
    from pcnhub.foundations.kernel.local_time import in_london

    return {
        "hub": found.hub.ods_code,
        "network": found.network,
        "day": found.day.isoformat(),
        "as_of": found.as_of.isoformat(),
        "sessions": found.sessions,
        "stops": found.stops,
        "lines": [
            {
                "severity": line.severity.value,
                "code": line.code,
                "what": line.what,
                "what_to_do": line.do,
                "whose_move": line.who,
                "bites_at": in_london(line.bites_at).isoformat(),
                "session": line.session_id,
                "appointments": list(line.booking_ids),
            }
            for line in found.lines
        ],
    }


def _print(found: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    from pcnhub.foundations.kernel.local_time import in_london

    console = Console(soft_wrap=False)
    if found.lines:
        table = Table("How bad", "What", "Whose move", "When it bites", show_lines=True)
        for line in found.lines:
            who = f"{line.who}: {line.do[:1].lower()}{line.do[1:]}"
            table.add_row(line.severity.value, line.what, who, f"{in_london(line.bites_at):%a %-d %b %H:%M}")
        console.print(table)
    console.print(
        f"{found.network}, {found.day:%A %-d %B %Y}: sessions to come: {found.sessions}. "
        + ("Nothing is foreseen to go wrong." if not found.lines else f"{len(found.lines)} to mend.")
    )
