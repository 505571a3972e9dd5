"""How the grid stands: what the checks last answered, with what people stated and accepted, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.findings import Fix, State
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness import rules
from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.models import Attestation, Result, Waiver
from pcnhub.insight.readiness.proofs import lines_at
from pcnhub.insight.readiness.rules import Answer, AttestationView, ByProbe, Grid, Requirement, Row, WaiverView

STALE_AFTER = timedelta(hours=24)
"""An answer older than this is no answer, but for a "no", which stays; a real call that is made once a week may be that much
older."""


def grid_of(network: NetworkView, organisations: Iterable[OrganisationRef], now: datetime) -> Grid:
    """The rows of these organisations, as last checked. Reads; asks nobody for leave."""
    hub_id, day = network.hub.id, london_date(now)
    lines = lines_at(CATALOGUE, hub_id=hub_id)
    by_id = {line.id: line for line in lines}
    answers = {
        (row.organisation_id, row.check_id): _answer(row, by_id[row.check_id], now)
        for row in Result.objects.filter(hub_id=hub_id)
        if row.check_id in by_id
    }
    attestations = attestations_of(hub_id)
    waivers = {
        (row.organisation_id, row.check_id): waiver(row) for row in Waiver.objects.filter(hub_id=hub_id).order_by("pk")
    }
    rows = tuple(
        Row(
            organisation=each,
            cells=tuple(
                rules.cell(
                    requirement=line,
                    organisation=each,
                    hub_id=hub_id,
                    answer=answers.get((each.id, line.id)),
                    attestation=attestations.get((each.id, line.id)),
                    waiver=waivers.get((each.id, line.id)),
                    day=day,
                )
                for line in lines
            ),
        )
        for each in organisations
    )
    return Grid(hub=network.hub, network_name=network.name, day=day, requirements=lines, rows=rows)


def attestations_of(hub_id: int) -> dict[tuple[int, str], AttestationView]:
    """What people last stated, by organisation and check: also of practices that are to join, or have left."""
    rows = Attestation.objects.filter(hub_id=hub_id).order_by("pk")  # the newest comes last, and stays
    return {(row.organisation_id, row.check_id): attestation(row) for row in rows}


def stale_after(line: Requirement) -> timedelta:
    if not isinstance(line.proof, ByProbe):
        return STALE_AFTER
    turns = [often.every for often in line.often if often.every is not None]
    return STALE_AFTER + min(turns, default=timedelta(days=1))


def attestation(row: Attestation) -> AttestationView:
    return AttestationView(
        name=row.name,
        stated_on=row.stated_on,
        document=row.document,
        expires_on=row.expires_on,
        recorded_by=row.by_name,
        at=row.at,
        was_withdrawn=row.was_withdrawn,
        reason=row.reason,
    )


def waiver(row: Waiver) -> WaiverView:
    return WaiverView(
        reason=row.reason, ends_on=row.ends_on, by_name=row.by_name, at=row.at, was_withdrawn=row.was_withdrawn
    )


def _answer(row: Result, line: Requirement, now: datetime) -> Answer:
    fix = None
    if row.fix_what:
        fix = Fix(row.fix_what, row.fix_who, row.fix_page, tuple(row.fix_page_args), row.fix_field)
    answer = Answer(
        state=State(row.state),
        evidence=row.evidence,
        fix=fix,
        checked_at=row.checked_at,
        since=row.since,
        has_failed=row.has_failed,
        proved_by=rules.ProofKind(row.proved_by),
        took_ms=row.took_ms,
    )
    limit = stale_after(line)
    if now - row.checked_at <= limit:
        return answer
    old = f"Not checked for more than {limit.total_seconds() / 3600:.0f} hours. Last: {row.evidence}"
    # a "no" does not become open to statements by growing old
    return replace(answer, state=answer.state if answer.state is State.UNMET else State.UNKNOWN, evidence=old)
