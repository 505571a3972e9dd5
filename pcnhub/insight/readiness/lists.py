"""Reading to-do lists: of the network as it is, and of practices that are to join or to leave (`domain.md` A23, A24)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pcnhub.care.organisations.queries import (
    NetworkView,
    joining_later,
    memberships_of,
    network_of_hub,
    organisation,
    positions_at,
)
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound
from pcnhub.insight.readiness import checking, planning, queries, rules
from pcnhub.insight.readiness.keeping import sentence
from pcnhub.insight.readiness.queries import CellHistory, aimed_at, hub_seen_by, requirement, with_history
from pcnhub.insight.readiness.rules import Answer, Cell, Grid, ProofKind, Row
from pcnhub.insight.readiness.standing import attestations_of, grid_of
from pcnhub.insight.readiness.todo import ToDo, Turn, missing_steps, speaking_of, to_do, turns

LOOKS_AHEAD = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask at an organisation: its own telephone and address, and who looks after readiness there."""

    organisation: OrganisationRef
    phone: str
    email: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """What an organisation still needs. `turn` and `by_then`: the day on which its membership changes, and what has to be done
    for that; `stale`: lines that still name it though it has left."""

    organisation: OrganisationRef
    list: ToDo | None
    turn: Turn | None
    by_then: planning.Plan | None
    left_on: date | None
    stale: tuple[Cell, ...]
    contacts: tuple[Contact, ...]


def network_turns(*, actor: Actor, now: datetime, hub_id: int) -> tuple[Turn, ...]:
    """The days of the coming year on which practices join or leave, for the hub's own people; () for others."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        hub = hub_seen_by(actor=actor, now=now, hub_id=hub_id)
        if actor.organisation != hub:
            return ()
        network = network_of_hub(hub_id=hub.id, day=london_date(now))
        return _turns(network, london_date(now))


def needs_of(*, actor: Actor, now: datetime, hub_id: int, organisation_id: int) -> Needs:
    """What is missing at an organisation that is, will be or was of the network: the hub asks for any, a practice for itself.

    Reads what the checks last answered; of a network that will change it asks anew what the hub's tables say, as the hub, and so
    can't run inside another unit of work. Raises NotPermitted, NotFound.
    """
    today = london_date(now)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        hub = hub_seen_by(actor=actor, now=now, hub_id=hub_id, or_joined_later=True)
        network = network_of_hub(hub_id=hub.id, day=today)
        grid = grid_of(network, (hub, *network.members), now)
        known = {row.organisation.id: row.organisation for row in memberships_of(network_id=network.id)} | {hub.id: hub}
        asked = known.get(organisation_id)
        if asked is None or actor.organisation.id not in (hub.id, organisation_id):
            raise NotFound(
                "There is no such organisation in this network.", remedy="Choose one from the way to go-live."
            )
        turn = next((each for each in _turns(network, today) if asked in (*each.joining, *each.leaving)), None)
        is_member = organisation_id in network.organisation_ids
        target = None if hub.is_live else _target(aimed_at(hub_id=hub.id), asked, today)
        current = None
        if is_member:
            made = planning.plan(grid=grid, today=today, target=target or today)
            current = to_do(made, asked, target=target)
        left_on = None if is_member or turn else _left_on(network, asked, today)
        contacts = tuple(_contact(each, today) for each in dict.fromkeys((asked, hub)))
    by_then = None
    if turn:
        made = plan_of_turn(now=now, network=network, today_grid=grid, turn=turn)
        others = {each for each in turn.joining if each != asked}  # who else joins that day has a list of their own
        if actor.organisation != hub:  # what others lack is theirs and the hub's to see
            others = set(network.members) - {asked} | others
        by_then = replace(made, steps=tuple(step for step in made.steps if step.cell.organisation not in others))
    stale = speaking_of(grid, asked) if left_on else ()
    return Needs(asked, current, turn, by_then, left_on, stale, contacts)


def cell_of(*, actor: Actor, now: datetime, hub_id: int, check_id: str, organisation_id: int) -> CellHistory:
    """One cell with its history, as `queries.cell`; of a practice that is to join, as the network of its first day has it now.

    Not inside another unit of work. Raises NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        hub = hub_seen_by(actor=actor, now=now, hub_id=hub_id, or_joined_later=True)
        network = network_of_hub(hub_id=hub.id, day=london_date(now))
        joins_on = joining_later(network=network, day=london_date(now)).get(organisation_id)
        grid = grid_of(network, (hub, *network.members), now)
    if joins_on is None or actor.organisation.id not in (hub.id, organisation_id):
        return queries.cell(actor=actor, now=now, hub_id=hub_id, check_id=check_id, organisation_id=organisation_id)
    whole = _grid_then(network_of_hub(hub_id=hub.id, day=joins_on), grid, now)
    requirement(check_id)
    found = next(
        each for each in whole.cells if (each.requirement.id, each.organisation.id) == (check_id, organisation_id)
    )
    with unit_of_work(actor):  # nothing is accepted before there is anything to hold up
        return with_history(found, actor=actor, hub_id=hub.id, may_waive=False)


def plan_of_turn(*, now: datetime, network: NetworkView, today_grid: Grid, turn: Turn) -> planning.Plan:
    """Exactly the steps that the network of that day lacks, to be done by it. Asks the hub's tables, in a unit of its own."""
    then = network_of_hub(hub_id=network.hub.id, day=turn.day)
    grid = missing_steps(today_grid, _grid_then(then, today_grid, now), turn)
    return planning.plan(grid=grid, today=london_date(now), target=turn.day)


def _grid_then(then: NetworkView, today: Grid, now: datetime) -> Grid:
    """The network of another day: what the tables answer about it now; the rest as it stands, and of a practice that is new to
    it, as its people have stated it, or as not answered yet."""
    answers = {
        (target, given.line.id): Answer(
            finding.state, sentence(finding.evidence), finding.fix, now, now, given.has_failed, ProofKind.STATE
        )
        for given in checking.answers_for(network=then, now=now)
        for target, finding in given.by_target.items()
    }
    standing = {(cell.organisation.id, cell.requirement.id): cell for cell in today.cells}
    stated = attestations_of(then.hub.id)

    def cell(line: rules.Requirement, each: OrganisationRef) -> Cell:
        key = (each.id, line.id)
        held = standing.get(key)
        if held is not None and key not in answers:
            return held
        if held is not None and held.state in (rules.CellState.WAIVED, rules.CellState.ATTESTED):
            return held  # what people said of it holds
        return rules.cell(
            requirement=line,
            organisation=each,
            hub_id=then.hub.id,
            answer=answers.get(key),
            attestation=stated.get(key),
            waiver=None,
            day=today.day,
        )

    rows = tuple(
        Row(each, tuple(cell(line, each) for line in today.requirements)) for each in (then.hub, *then.members)
    )
    return replace(today, rows=rows)


def _turns(network: NetworkView, today: date) -> tuple[Turn, ...]:
    rows = [(row.organisation, row.joined_on, row.left_on) for row in memberships_of(network_id=network.id)]
    return turns(rows, after=today, until=today + LOOKS_AHEAD)


def _target(aim: date | None, asked: OrganisationRef, today: date) -> date | None:
    """The day to count back from, of a hub that is not live: none for who is open already, and none that is over."""
    return aim if aim is not None and aim >= today and not asked.is_live else None


def _left_on(network: NetworkView, asked: OrganisationRef, today: date) -> date | None:
    rows = [row.left_on for row in memberships_of(network_id=network.id) if row.organisation == asked and row.left_on]
    return max((day for day in rows if day <= today), default=None)


def _contact(each: OrganisationRef, today: date) -> Contact:
    view = organisation(id=each.id)
    people = dict.fromkeys(
        position.name
        for position in positions_at(organisation_id=each.id, day=today)
        if Permission.MANAGE_READINESS in position.permissions
    )
    return Contact(each, view.phone, view.email, tuple(people))
