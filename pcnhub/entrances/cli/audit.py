"""`pcnhub audit`: is the record of who did what still the one that was written?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcnhub.entrances.cli.hub import HubCommand
from pcnhub.entrances.cli.progress import shown

if TYPE_CHECKING:
    from pcnhub.foundations.audit.chain import Kept, Verdict
    from pcnhub.foundations.kernel.actors import OrganisationRef


@click.group("audit")
def command() -> None:
    """The record of every change and of every opening of a patient."""


@command.command("verify", cls=HubCommand)
@click.option("--organisation", metavar="ODS", help="Only the chain of this organisation.")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An earlier answer of --json, kept where nobody who can write to the database can reach it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def verify(organisation: str | None, against: Path | None, as_json: bool) -> None:
    """Find every altered, deleted, reordered or cut row, and name it. Exit 1 when there is one.

    Each organisation's chain is read as that organisation, by the role that serves: no other rights are needed. A chain that
    was written anew to its very end looks whole; --against finds that too.
    """
    from pcnhub.foundations.audit import chain
    from pcnhub.foundations.kernel.actors import Purpose, system_actor

    kept = _kept(against) if against else {}
    answers = []
    references = _organisations(organisation, chain.chains() | set(kept))
    with shown("Reading the audit") as say:
        for number, reference in enumerate(references, 1):
            say(f"Reading the chain of {reference.name}, {number:,} of {len(references):,}")
            actor = system_actor(name="command", organisation=reference).for_purpose(Purpose.AUDIT)
            verdict = chain.verify(actor=actor, kept=kept.get(reference.id))
            answers.append((reference, verdict))
            if not as_json:
                _say(reference, verdict)
    holds = all(verdict.holds for _, verdict in answers)
    if as_json:
        chains = [_document(reference, verdict) for reference, verdict in answers]
        click.echo(json.dumps({"holds": holds, "chains": chains}, indent=2, ensure_ascii=False))
    else:
        click.echo("The audit holds." if holds else "The audit is broken.", err=not holds)
    click.get_current_context().exit(0 if holds else 1)


def _organisations(ods_code: str | None, with_chain: frozenset[int]) -> list[OrganisationRef]:
    """The one asked for, or all that exist or have, or once had, a chain."""
    from pcnhub.care.organisations.queries import INSTALLATION, organisation, organisation_refs
    from pcnhub.foundations.kernel.actors import OrganisationRef

    if ods_code:
        return [organisation(ods_code=ods_code).ref]
    known = {reference.id: reference for reference in (INSTALLATION, *organisation_refs())}
    return [
        known.get(number) or OrganisationRef(number, "", f"Organisation {number}, which is not there any more", "other")
        for number in sorted(known.keys() | with_chain)
    ]


def _say(reference: OrganisationRef, verdict: Verdict) -> None:
    name = reference.ods_code or reference.name
    if verdict.holds:
        click.echo(f"{name}: {verdict.events} events, whole")
    for each in verdict.breaks:
        click.echo(f"{name}: row {each.sequence} {each.fault}: {each.explanation}")


def _document(reference: OrganisationRef, verdict: Verdict) -> dict[str, object]:
    return {
        "organisation_id": reference.id,
        "organisation": reference.ods_code,
        "name": reference.name,
        "events": verdict.events,
        "sequence": verdict.head.sequence,
        "hash": verdict.head.hash,
        "breaks": [
            {"sequence": each.sequence, "fault": each.fault, "explanation": each.explanation} for each in verdict.breaks
        ],
    }


def _kept(file: Path) -> dict[int, Kept]:
    from pcnhub.foundations.audit.chain import kept_from

    try:
        return kept_from(json.loads(file.read_text(encoding="utf-8"))["chains"])
    except (ValueError, KeyError, TypeError):
        raise click.ClickException(
            f"{file.name} is not an answer of `pcnhub audit verify --json`. Give one that was kept whole."
        ) from None
