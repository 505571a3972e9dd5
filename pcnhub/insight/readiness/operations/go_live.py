"""Going live: refused while a blocking check is open, with all of them; else the hub and its ready practices open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations import operations as organisations
from pcnhub.care.organisations.queries import organisation
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import Conflict
from pcnhub.insight.readiness import checking, queries
from pcnhub.insight.readiness.operations.statements import permit_line, refuse_outside_hub
from pcnhub.insight.readiness.rules import Cell, CellState, Grid


class NotReady(Conflict):
    """Going live is refused; `blocking` lists every reason."""

    code = "not-ready"

    def __init__(self, hub: OrganisationRef, blocking: tuple[Cell, ...]) -> None:
        self.blocking = blocking
        lines = "; ".join(
            f"{cell.requirement.id} {cell.requirement.title} ({cell.organisation.name})" for cell in blocking
        )
        super().__init__(
            f"{hub.name} can’t go live. Open: {lines or 'the network has no practice'}.",
            remedy="Mend each on its page, or waive it with a reason where that is allowed.",
            who_can=", ".join(dict.fromkeys(cell.whose_move for cell in blocking)),
        )


@dataclass(frozen=True, slots=True)
class WentLive:
    """Who is open now, who still waits, and how many weighted patients that leaves without access."""

    hub: OrganisationRef
    opened: tuple[OrganisationRef, ...]
    waiting: tuple[OrganisationRef, ...]
    patients_waiting: int

    def shortfall(self) -> str:
        """What is still owed: all of a network's practices must have access (Network Contract DES, `domain.md` D3, D12)."""
        if not self.waiting:
            return "Every practice of the network has access."
        names = ", ".join(practice.name for practice in self.waiting)
        return (
            f"Without access: {names} ({self.patients_waiting:,} patients). "
            "The contract asks for access for all of them."
        )


def go_live(*, actor: Actor, now: datetime, hub_id: int) -> WentLive:
    """Open the hub and those of its practices that are ready; said again later, it opens those that became ready since.

    Asks every check anew first, as the hub, so it can't run inside another unit of work. Raises NotReady with every
    blocking check, NotPermitted, NotFound.
    """
    _ask_anew(actor, now, hub_id)
    with unit_of_work(actor):
        whole = queries.grid(actor=actor, now=now, hub_id=hub_id)
        if whole.standing_in_the_way or not whole.ready_practices:
            raise NotReady(whole.hub, whole.standing_in_the_way)
        result = _outcome(whole)
        organisations.open_hub(
            actor=actor, now=now, hub_id=hub_id, practice_ids=tuple(each.id for each in result.opened)
        )
        record(
            actor=actor,
            now=now,
            action="readiness.went-live",
            subject=Subject("organisation", hub_id),
            detail={
                "opened": [each.ods_code for each in result.opened],
                "waiting": [each.ods_code for each in result.waiting],
                "waived": [
                    f"{c.requirement.id} {c.organisation.ods_code}" for c in whole.cells if c.state is CellState.WAIVED
                ],
            },
        )
        return result


def prospect(*, actor: Actor, now: datetime, hub_id: int) -> tuple[Grid, WentLive]:
    """The grid, asked anew, and what going live would open and leave waiting. Raises NotPermitted, NotFound."""
    _ask_anew(actor, now, hub_id)
    whole = queries.grid(actor=actor, now=now, hub_id=hub_id)
    return whole, _outcome(whole)


def _ask_anew(actor: Actor, now: datetime, hub_id: int) -> None:
    with unit_of_work(actor):
        permit_line(actor, now, hub_id, hub_id)
        refuse_outside_hub(actor, hub_id)
    checking.check(now=now, hub_id=hub_id)


def _outcome(whole: Grid) -> WentLive:
    waiting = whole.waiting_practices
    sizes = [organisation(id=practice.id) for practice in waiting]
    patients = sum(each.adjusted_population or each.list_size or 0 for each in sizes)
    return WentLive(whole.hub, whole.ready_practices, waiting, patients)
