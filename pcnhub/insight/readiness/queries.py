"""Reading the grid: what the checks last answered, what people stated and accepted, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pcnhub.care.organisations.queries import hubs_of, hubs_to_join, network_of_hub
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound
from pcnhub.insight.readiness import changing, planning, rules, standing
from pcnhub.insight.readiness.catalogue import BY_ID
from pcnhub.insight.readiness.changing import ChangeView, Day
from pcnhub.insight.readiness.models import Aim, Attestation, Change, Run, Waiver
from pcnhub.insight.readiness.proofs import lines_at
from pcnhub.insight.readiness.rules import AttestationView, Cell, Grid, Requirement, WaiverView
from pcnhub.insight.readiness.standing import grid_of


@dataclass(frozen=True, slots=True)
class CellHistory:
    """One cell with everything that people said about it, newest first."""

    cell: Cell
    attestations: tuple[AttestationView, ...]
    waivers: tuple[WaiverView, ...]
    may_attest: bool
    may_waive: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The grid in four numbers and its first open lines, for a start page or a terminal."""

    hub: OrganisationRef
    settled: int
    asked: int
    blocking: tuple[Cell, ...]
    other: tuple[Cell, ...]
    as_of: datetime | None

    @property
    def is_ready(self) -> bool:
        return not self.blocking

    def sentence(self) -> str:
        state = "Ready to go live" if self.is_ready else f"Not ready: {len(self.blocking)} blocking"
        return f"{state}; {self.settled} of {self.asked} settled, {len(self.other)} more to look at."


@dataclass(frozen=True, slots=True)
class RunView:
    """Somebody asked for everything to be checked: how far it is, and what is asked now."""

    id: int
    asked_by: str
    asked_at: datetime
    done: int
    total: int
    doing: str
    ended_at: datetime | None


def hub_seen_by(
    *, actor: Actor, now: datetime, hub_id: int | None = None, or_joined_later: bool = False
) -> OrganisationRef:
    """The hub whose grid the actor reads: their own, or one that works for their practice; with `or_joined_later` also one
    whose network it is to join, for what it has to do before that. Raises NotFound."""
    day = london_date(now)
    hubs = hubs_of(organisation_id=actor.organisation.id, day=day)
    found = next((hub for hub in hubs if hub_id in (None, hub.id)), None)
    if found is None and or_joined_later:
        later = hubs_to_join(organisation_id=actor.organisation.id, day=day)
        found = next((hub for hub in later if hub_id in (None, hub.id)), None)
    if found is None:
        raise NotFound(
            f"{actor.organisation.name} belongs to no such network.",
            remedy="The grid shows a hub and its practices. Sign in at one of them.",
            who_can="the hub’s manager can add the practice to the network",
        )
    return found


def grid(*, actor: Actor, now: datetime, hub_id: int) -> Grid:
    """Every requirement at the hub and its practices, as last checked; a practice sees its own row alone.

    Reads; `checking.check` asks anew. Raises NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        hub = hub_seen_by(actor=actor, now=now, hub_id=hub_id)
        network = network_of_hub(hub_id=hub.id, day=london_date(now))
        rows = [each for each in (hub, *network.members) if actor.organisation.id in (hub.id, each.id)]
        return grid_of(network, rows, now)


def cell(*, actor: Actor, now: datetime, hub_id: int, check_id: str, organisation_id: int) -> CellHistory:
    """One cell with its history. Raises NotPermitted, NotFound."""
    whole = grid(actor=actor, now=now, hub_id=hub_id)
    for found in whole.cells:
        if (found.requirement.id, found.organisation.id) == (check_id, organisation_id):
            may_waive = found.requirement.may_be_waived and actor.organisation.id == hub_id
            return with_history(found, actor=actor, hub_id=hub_id, may_waive=may_waive)
    raise NotFound(
        f"There is no check {check_id} for this organisation in the grid.",
        remedy="Choose one from the readiness page.",
        who_can="anyone who may see the grid",
    )


def with_history(cell: Cell, *, actor: Actor, hub_id: int, may_waive: bool) -> CellHistory:
    """A cell that the actor may see, with what people said of it. `may_waive`: whether it is anything to be accepted at all."""
    key = {"hub_id": hub_id, "check_id": cell.requirement.id, "organisation_id": cell.organisation.id}
    manages = actor.may(Permission.MANAGE_READINESS)
    is_asked = cell.state is not rules.CellState.NOT_APPLICABLE
    return CellHistory(
        cell=cell,
        attestations=tuple(standing.attestation(row) for row in Attestation.objects.filter(**key).order_by("-pk")),
        waivers=tuple(standing.waiver(row) for row in Waiver.objects.filter(**key).order_by("-pk")),
        may_attest=manages and is_asked and cell.requirement.attestation is not None,
        may_waive=manages and may_waive
        and cell.state in (rules.CellState.UNMET, rules.CellState.UNKNOWN, rules.CellState.WAIVED),
    )  # fmt: skip


def summary(*, actor: Actor, now: datetime, hub_id: int) -> Summary:
    """The grid in short. Raises as `grid`."""
    whole = grid(actor=actor, now=now, hub_id=hub_id)
    blocking = tuple(each for each in whole.open_cells if each.blocks)
    other = tuple(each for each in whole.open_cells if not each.blocks)
    return Summary(whole.hub, whole.settled, whole.asked, blocking, other, whole.as_of)


def changes(
    *,
    actor: Actor,
    now: datetime,
    hub_id: int,
    check_id: str | None = None,
    organisation_id: int | None = None,
    days: int = 30,
) -> tuple[ChangeView, ...]:
    """What changed in the grid within the last `days` days, newest first; a practice is told of its own row. Raises as `grid`."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        hub = hub_seen_by(actor=actor, now=now, hub_id=hub_id, or_joined_later=True)
        found = Change.objects.filter(hub_id=hub.id, at__gt=now - timedelta(days=days))
        if actor.organisation.id != hub.id:
            found = found.filter(organisation_id=actor.organisation.id)
        if organisation_id is not None:
            found = found.filter(organisation_id=organisation_id)
        if check_id is not None:
            found = found.filter(check_id=check_id)
        return tuple(map(changing.view, found.order_by("-pk")))


def trend(*, actor: Actor, now: datetime, hub_id: int, days: int = 30) -> tuple[Day, ...]:
    """How many cells were open, and blocking, at the end of each of the last days, oldest first. Raises as `grid`."""
    whole = grid(actor=actor, now=now, hub_id=hub_id)
    since = changes(actor=actor, now=now, hub_id=hub_id, days=days)
    return changing.trend(whole.cells, since, today=london_date(now), days=days)


def run(*, actor: Actor, now: datetime, run_id: int) -> RunView:
    """How far a run is that somebody asked for. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        row = Run.objects.filter(pk=run_id).first()
        if row is None:
            raise NotFound("There is no such run.", remedy="Choose Check now on the readiness page.")
        hub_seen_by(actor=actor, now=now, hub_id=row.hub_id)
        return RunView(row.pk, row.asked_by_name, row.asked_at, row.done, row.total, row.doing, row.ended_at)


def aimed_at(*, hub_id: int) -> date | None:
    """The day on which the hub means to go live, if it has said so."""
    return Aim.objects.filter(hub_id=hub_id).order_by("-pk").values_list("go_live_on", flat=True).first()


def way_to_go_live(
    *, actor: Actor, now: datetime, hub_id: int, assumed: Mapping[planning.Key, date] | None = None
) -> planning.Plan | None:
    """What must begin when, for the hub to go live on its day; None while it has not named one. A practice sees its own steps,
    planned with what it waits for at the hub. Raises as `grid`."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        hub = hub_seen_by(actor=actor, now=now, hub_id=hub_id)
        target = aimed_at(hub_id=hub.id)
        if target is None:
            return None
        network = network_of_hub(hub_id=hub.id, day=london_date(now))
        whole = grid_of(network, (hub, *network.members), now)
        made = planning.plan(grid=whole, today=london_date(now), target=target, assumed=assumed)
        if actor.organisation.id == hub.id:
            return made
        mine = replace(whole, rows=tuple(row for row in whole.rows if row.organisation.id == actor.organisation.id))
        return replace(made, grid=mine, steps=made.of(actor.organisation.id))


def requirement(check_id: str, *, hub_id: int | None = None) -> Requirement:
    """The catalogue's line with this id; with a hub's id, as it is proved there. Raises NotFound."""
    found = BY_ID.get(check_id)
    if found is None:
        raise NotFound(f"There is no check {check_id}.", remedy="Choose one from the readiness page.")
    return found if hub_id is None else lines_at((found,), hub_id=hub_id)[0]
