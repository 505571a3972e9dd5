"""The grid as a table for a spreadsheet."""

from __future__ import annotations

from django.http import HttpResponse

from pcnhub.care.organisations.rules import Permission
from pcnhub.entrances.staff.door import StaffRequest, page
from pcnhub.entrances.staff.readiness import pages
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.tables import csv_of
from pcnhub.insight.readiness import queries
from pcnhub.insight.readiness.rules import CellState

HEADS = (
    "Check", "Item", "Title", "Organisation", "State", "Proved by", "Milliseconds", "Holds up", "What was found", "Whose move",
    "What to do", "As of", "Since",
)  # fmt: skip


@page(Permission.VIEW_READINESS, purpose=Purpose.ADMINISTRATION, methods=("GET",), opens_work=False)
def grid_csv(request: StaffRequest) -> HttpResponse:
    """Every cell that is asked of somebody, as last checked."""
    hub = queries.hub_seen_by(actor=request.actor, now=request.now)
    whole = queries.grid(actor=request.actor, now=request.now, hub_id=hub.id)
    rows = (
        (
            cell.requirement.id, cell.requirement.item, cell.requirement.title, cell.organisation.name,
            pages.STATE_WORDS[cell.state][0], pages.PROOF_WORDS[cell.proved_by], cell.took_ms, pages.GATE_WORDS[cell.gate],
            cell.evidence, cell.whose_move, cell.fix.what if cell.fix else "", cell.as_of and cell.as_of.isoformat(),
            cell.since and cell.since.isoformat(),
        )
        for cell in whole.cells
        if cell.state is not CellState.NOT_APPLICABLE
    )  # fmt: skip
    response = HttpResponse(csv_of(HEADS, rows).encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="readiness.csv"'
    return response
