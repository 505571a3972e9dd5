"""What changed in the grid: a row for every cell whose state is another than before, whoever or whatever moved it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness.models import Change
from pcnhub.insight.readiness.rules import Cell, CellState, is_move_of
from pcnhub.insight.readiness.standing import grid_of

UNASKED = (CellState.NOT_APPLICABLE, CellState.NOT_YET)
GONE = "Not asked of this organisation any more."


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One cell went from a state (None: it was not asked before) to another."""

    id: int
    check_id: str
    organisation_id: int
    was: CellState | None
    became: CellState
    evidence: str
    at: datetime

    @property
    def opened(self) -> bool:
        """It asks somebody to act, and did not before."""
        return self.became.is_open and not (self.was is not None and self.was.is_open)


@dataclass(frozen=True, slots=True)
class Day:
    """How many cells were open at the end of a day (of today: are), and how many of them block."""

    day: date
    open: int
    blocking: int


def note(*, actor: Actor, now: datetime, network: NetworkView, is_urgent: bool = False) -> None:
    """Compare the grid with the last state noted of each cell; write down and publish what is new. In the running unit."""
    hub_id = network.hub.id
    one_at_a_time(hub_id)
    grid = grid_of(network, (network.hub, *network.members), now)
    newest = Change.objects.filter(hub_id=hub_id).order_by("organisation_id", "check_id", "-pk")
    last = {
        (organisation_id, check_id): became
        for organisation_id, check_id, became in newest.distinct("organisation_id", "check_id").values_list(
            "organisation_id", "check_id", "became"
        )
    }
    found = {(cell.organisation.id, cell.requirement.id): (cell.state, cell.evidence) for cell in grid.cells}
    for key in last.keys() - found.keys():  # the practice left, or the line is no more
        found[key] = (CellState.NOT_APPLICABLE, GONE)
    rows = [
        Change(
            hub_id=hub_id,
            organisation_id=organisation_id,
            check_id=check_id,
            was=last.get((organisation_id, check_id), ""),
            became=state,
            evidence=evidence,
            at=now,
        )
        for (organisation_id, check_id), (state, evidence) in found.items()
        if state != last.get((organisation_id, check_id), state if state in UNASKED else "")
    ]
    if not rows:
        return
    ids = [row.pk for row in Change.objects.bulk_create(rows)]
    publish(
        actor=actor,
        now=now,
        fact="readiness.changed",
        key=f"{hub_id}:{ids[0]}",
        payload={"hub_id": hub_id, "first_change": ids[0], "last_change": ids[-1], "is_urgent": is_urgent},
        organisation_id=hub_id,
    )


def one_at_a_time(hub_id: int) -> None:
    """Two runs for one hub must not both find that a cell changed. Until commit."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"readiness:{hub_id}"])


def moves(*, network: NetworkView, now: datetime, first: int, last: int) -> dict[int, list[int]]:
    """Of the changes with ids from `first` to `last`, those that turned open and still are, by whose move they are: ids by
    organisation."""
    hub_id = network.hub.id
    rows = Change.objects.filter(hub_id=hub_id, pk__gte=first, pk__lte=last).order_by("pk")
    opened = {(row.organisation_id, row.check_id): row.pk for row in rows if view(row).opened}
    organisations = (network.hub, *network.members)
    found: dict[int, list[int]] = {}
    for cell in grid_of(network, organisations, now).open_cells:
        change_id = opened.get((cell.organisation.id, cell.requirement.id))
        if change_id is None:
            continue
        for each in organisations:
            if is_move_of(cell, each, hub_id=hub_id):
                found.setdefault(each.id, []).append(change_id)
    return found


def view(row: Change) -> ChangeView:
    was = CellState(row.was) if row.was else None
    return ChangeView(row.pk, row.check_id, row.organisation_id, was, CellState(row.became), row.evidence, row.at)


def trend(cells: Sequence[Cell], changes: Iterable[ChangeView], *, today: date, days: int) -> tuple[Day, ...]:
    """Each of the last `days` days, the oldest first: from how the cells stand, backwards through what changed since."""
    could_block = {(cell.organisation.id, cell.requirement.id) for cell in cells if cell.could_block}
    opened = sum(cell.state.is_open for cell in cells)
    blocking = sum(cell.blocks for cell in cells)
    by_day: dict[date, list[ChangeView]] = {}
    for change in changes:
        by_day.setdefault(london_date(change.at), []).append(change)
    found = []
    for number in range(days):
        day = today - timedelta(days=number)
        found.append(Day(day, opened, blocking))
        for change in by_day.get(day, ()):
            step = int(change.was is not None and change.was.is_open) - int(change.became.is_open)
            opened += step
            # of what the grid no longer shows, nobody knows whether it blocked
            blocking += step if (change.organisation_id, change.check_id) in could_block else 0
    return tuple(reversed(found))
