"""`pcnhub probe`: everything that readiness asks other machines, asked now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pcnhub.entrances.cli.hub import HubCommand

if TYPE_CHECKING:
    from pcnhub.foundations.kernel.findings import Finding

WORDS = {"met": "yes", "unmet": "no", "unknown": "unknown", "not-applicable": "not asked"}


@click.command("probe", cls=HubCommand)
@click.option("--hub", "ods_code", metavar="ODS", help="The hub. May be left out when there is only one.")
@click.option("--check", "only", metavar="ID", multiple=True, help="This one alone, as in CHK-15. May be repeated.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(ods_code: str | None, only: tuple[str, ...], *, as_json: bool) -> int:
    """Call what the hub depends on: its own and its partners' endpoints, the national directory and demographics service, the
    message exchange, the mail system; look at the clock, the certificates and the worker. Nothing is booked, sent or changed.

    All are asked side by side, within ten seconds; what gives no answer by then is unknown. Exits with 1 when one says no.
    """
    from django.utils import timezone

    from pcnhub.care.organisations.queries import network_of_hub, organisation_refs, system_actor_for
    from pcnhub.connections.probing import run
    from pcnhub.entrances.cli.readiness import hub_named
    from pcnhub.foundations.kernel.local_time import london_date
    from pcnhub.insight.readiness.catalogue import PROBES

    unknown = [check_id for check_id in only if check_id not in PROBES]
    if unknown:
        raise click.UsageError(f"There is no probe {', '.join(unknown)}. There are: {', '.join(PROBES)}.")
    now = timezone.now()
    hub_id = hub_named(ods_code)
    network = network_of_hub(hub_id=hub_id, day=london_date(now))
    actor = system_actor_for(organisation_id=hub_id, name="command")
    wanted = {check_id: probe for check_id, probe in PROBES.items() if not only or check_id in only}
    told = run(wanted, actor=actor, hub=network, now=now)
    names = {ref.id: ref.ods_code for ref in organisation_refs(ids=sorted(network.organisation_ids))}
    rows = [(check_id, finding) for check_id in sorted(told, key=_by_number) for finding in told[check_id].findings]
    failures = {check_id: each.failure for check_id, each in told.items() if each.failure is not None}
    if as_json:
        click.echo(json.dumps(_as_data(rows, failures, names, now.isoformat()), indent=2, ensure_ascii=False))
    else:
        for check_id, finding in rows:
            click.echo(_line(check_id, finding, names))
        for check_id, failure in failures.items():
            click.echo(f"{check_id:<8} broke down: {type(failure).__name__}: report it.", err=True)
    return 1 if failures or any(finding.state.value == "unmet" for _, finding in rows) else 0


def _by_number(check_id: str) -> tuple[bool, int]:
    """CHK-D9 before CHK-D10, and both after CHK-23."""
    _, _, rest = check_id.partition("-")
    return rest.startswith("D"), int(rest.removeprefix("D"))


def _line(check_id: str, finding: Finding, names: dict[int, str]) -> str:
    took = "" if finding.took_ms is None else f"{finding.took_ms} ms"
    fix = f" {finding.fix.what} ({finding.fix.who})" if finding.fix is not None else ""
    end = "" if finding.evidence.endswith((".", ")")) else "."
    state = WORDS[finding.state.value]
    return f"{check_id:<8} {names.get(finding.target, ''):<7} {state:<9} {took:>8}  {finding.evidence}{end}{fix}"


def _as_data(
    rows: list[tuple[str, Finding]], failures: dict[str, Exception], names: dict[int, str], at: str
) -> dict[str, Any]:
    return {
        "at": at,
        "probes": [
            {
                "check": check_id,
                "organisation": names.get(finding.target, ""),
                "state": finding.state.value,
                "took_ms": finding.took_ms,
                "evidence": finding.evidence,
                "what_to_do": finding.fix.what if finding.fix else "",
                "who": finding.fix.who if finding.fix else "",
            }
            for check_id, finding in rows
        ],
        "broken": {check_id: type(failure).__name__ for check_id, failure in failures.items()},
    }
