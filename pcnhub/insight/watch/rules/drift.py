"""What was right on the last working day and is not, or will not be soon: a member who left, an agreement about to lapse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.insight.readiness.rules import Cell, Gate
from pcnhub.insight.watch.rules.evening import Evening
from pcnhub.insight.watch.rules.lines import Line, Place, Severity

SOON = timedelta(days=14)  # what it takes to have an agreement signed again, with some days of grace


def drifting(evening: Evening, said: Sequence[Line]) -> Iterator[Line]:
    """What none of the lines before has said already."""
    told = {(check, line.practice_id or evening.hub.id) for line in said for check in line.answers}
    # a fault with a practice turns the hub's own cell of some checks red: the same fault, said once
    told |= {(check, evening.hub.id) for check, _ in tuple(told)}
    for change in evening.changes:
        cell = change.cell
        if (cell.requirement.id, cell.organisation.id) not in told:
            yield _changed(evening, cell)
    for agreement in evening.agreements.agreements:
        if agreement.holds and agreement.ends_on is not None and agreement.ends_on <= evening.day + SOON:
            yield Line(
                code="agreement-ends",
                severity=Severity.DRIFTS,
                what=f"{agreement.name} ends: {agreement.ends_on:%A %-d %B %Y} is the first day without it.",
                do="Renew the agreement",
                who="the hub’s agreement manager",
                mover_id=evening.hub.id,
                bites_at=day_bounds(agreement.ends_on)[0],
                place=Place("agreement", (agreement.id,)),
            )


def _changed(evening: Evening, cell: Cell) -> Line:
    organisation, fix = cell.organisation, cell.fix
    at_hub = organisation.id == evening.hub.id
    return Line(
        code=f"changed-{cell.requirement.id.lower()}",
        severity=Severity.DRIFTS,
        what=f"{cell.requirement.title}, {organisation.name}: no longer. {cell.evidence}",
        do=(fix.what if fix else "Look at the check").rstrip("."),
        who=cell.whose_move,
        mover_id=evening.hub.id if at_hub or organisation.name not in cell.whose_move else organisation.id,
        bites_at=day_bounds(evening.day)[1] if cell.gate is Gate.WARNING else evening.first_at,
        place=Place("readiness-check", (cell.requirement.id, organisation.id)),
        practice_id=None if at_hub else organisation.id,
    )
