"""Going live: refused while a blocking check is open, with all of them; else the hub and its ready practices open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.appointments.rules.capacity import ContractWeek
from pcnhub.care.organisations import operations as organisations
from pcnhub.care.organisations.queries import network_of_hub, organisation
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict
from pcnhub.insight.readiness import checking, queries
from pcnhub.insight.readiness.contract import weeks_of
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
    """Who is open now and who still waits, and what that leaves owed to the contract.

    `opened` are the ready practices, `new` those of them that were not open before; `waiting` are closed and not ready,
    `slipped` open already though something of theirs has come open since. `weeks`: minutes required and offered.
    """

    hub: OrganisationRef
    opened: tuple[OrganisationRef, ...]
    new: tuple[OrganisationRef, ...]
    waiting: tuple[OrganisationRef, ...]
    slipped: tuple[OrganisationRef, ...]
    patients_waiting: int
    weeks: tuple[ContractWeek, ...]

    def access(self) -> str:
        """All of a network's practices must have access (Network Contract DES, `domain.md` D3, D12)."""
        if not self.waiting:
            return "Every practice of the network has access."
        names = ", ".join(practice.name for practice in self.waiting)
        return (
            f"Without access: {names} ({self.patients_waiting:,} patients). "
            "The contract asks for access for all of them."
        )

    def minutes(self) -> str:
        """60 minutes a week for each 1,000 weighted patients (`domain.md` D2), in the coming whole weeks."""
        if not self.weeks:
            return "The minutes offered are counted in the hub’s own system: CHK-21 says what is known of them."
        short = [week for week in self.weeks if week.short]
        if not short:
            return "The minutes offered in the coming weeks cover what the contract requires."
        weeks = ", ".join(
            f"{week.short:,} of {week.required:,} minutes in the week of {week.begins_on:%-d %B}" for week in short
        )
        return f"Short of the contract: {weeks}."

    def shortfall(self) -> str:
        """What is still owed, in sentences."""
        return f"{self.access()} {self.minutes()}"


def go_live(*, actor: Actor, now: datetime, hub_id: int) -> WentLive:
    """Open the hub and those of its practices that are ready; said again later, it opens those that became ready since.

    Asks every check anew first, as the hub, so it can't run inside another unit of work. Raises NotReady with every
    blocking check, NotPermitted, NotFound.
    """
    _ask_anew(actor, now, hub_id, probes=True)
    with unit_of_work(actor):
        whole = queries.grid(actor=actor, now=now, hub_id=hub_id)
        if whole.standing_in_the_way or not whole.ready_practices:
            raise NotReady(whole.hub, whole.standing_in_the_way)
        result = _outcome(whole, now)
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
                "opened_now": [each.ods_code for each in result.new],
                "waiting": [each.ods_code for each in result.waiting],
                "patients_waiting": result.patients_waiting,
                "minutes": [f"{week.begins_on}: {week.offered} of {week.required}" for week in result.weeks],
                "waived": [
                    f"{c.requirement.id} {c.organisation.ods_code}" for c in whole.cells if c.state is CellState.WAIVED
                ],
            },
        )
        return result


def prospect(*, actor: Actor, now: datetime, hub_id: int) -> tuple[Grid, WentLive]:
    """The grid, asked anew but for real calls, and what going live would open and leave waiting. Raises NotPermitted,
    NotFound."""
    _ask_anew(actor, now, hub_id, probes=False)
    with unit_of_work(actor):
        whole = queries.grid(actor=actor, now=now, hub_id=hub_id)
        return whole, _outcome(whole, now)


def _ask_anew(actor: Actor, now: datetime, hub_id: int, *, probes: bool) -> None:
    with unit_of_work(actor):
        permit_line(actor, now, hub_id, hub_id)
        refuse_outside_hub(actor, hub_id)
    checking.check(now=now, hub_id=hub_id, probes=probes)


def _outcome(whole: Grid, now: datetime) -> WentLive:
    closed = {row.organisation.id for row in whole.rows if not row.organisation.is_live}
    waiting = tuple(each for each in whole.waiting_practices if each.id in closed)
    network = network_of_hub(hub_id=whole.hub.id, day=london_date(now))
    sizes = [organisation(id=practice.id) for practice in waiting]
    return WentLive(
        hub=whole.hub,
        opened=whole.ready_practices,
        new=tuple(each for each in whole.ready_practices if each.id in closed),
        waiting=waiting,
        slipped=tuple(each for each in whole.waiting_practices if each.id not in closed),
        patients_waiting=sum(each.adjusted_population or each.list_size or 0 for each in sizes),
        weeks=weeks_of(network=network, now=now),
    )
