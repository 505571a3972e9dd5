"""What only a call shows is named where it is, nobody else is blamed, and it is said who mends it; silence is no "no"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pcnhub.insight.readiness import checking, queries
from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.models import Result
from pcnhub.insight.readiness.rules import ByProbe, Cell, CellState
from tests.faults import calls
from tests.faults.ready import NOW, Ready
from tests.faults.seeding import Key, Trial, name_of, trials
from tests.faults.services import Services, all_well

CALLS = frozenset(line.id for line in CATALOGUE if isinstance(line.proof, ByProbe))
ENDPOINTS = frozenset({"CHK-03", "CHK-15", "CHK-23", "CHK-D7"})


def red_cells(ready: Ready) -> dict[Key, Cell]:
    grid = queries.grid(actor=ready.system(), now=NOW, hub_id=ready.hub_id)
    return {(cell.requirement.id, cell.organisation.ods_code): cell for cell in grid.open_cells}


@contextmanager
def as_it_was(ready: Ready) -> Iterator[None]:
    """The answers that were kept before stand again afterwards. No transaction: the calls are made as in earnest, side by side,
    each in a thread that reads what is committed."""
    kept = list(Result.objects.filter(hub_id=ready.hub_id))
    try:
        yield
    finally:
        Result.objects.filter(hub_id=ready.hub_id).delete()
        Result.objects.bulk_create(kept)


def asked_after(red: set[str]) -> frozenset[str]:
    """The lines that ask the same servers; what the others last answered stands."""
    if red == {"CHK-D7"}:
        return frozenset(red)
    return ENDPOINTS if red & ENDPOINTS else CALLS - ENDPOINTS


@pytest.fixture(scope="module")
def services(network: Ready, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    checking.check(now=NOW, hub_id=network.hub_id, probes=False)
    with all_well(network, tmp_path_factory.mktemp("shown")) as made:
        checking.check(now=NOW, hub_id=network.hub_id, only=CALLS)
        calls.run_with(made)
        yield made


def test_where_every_service_is_well_all_is_green(network: Ready, services: Services) -> None:
    assert {key: cell.evidence for key, cell in red_cells(network).items()} == {}
    grid = queries.grid(actor=network.system(), now=NOW, hub_id=network.hub_id)
    asked = {cell.requirement.id for cell in grid.cells if cell.took_ms is not None}
    assert asked == CALLS - {"CHK-D9"}  # of a certificate in a file nobody is asked


@pytest.mark.parametrize("trial", trials("calls"), ids=name_of)
def test_what_is_broken_is_named_and_nothing_else(network: Ready, services: Services, trial: Trial) -> None:
    (fault,) = trial
    with services.for_one_fault(), as_it_was(network):
        red = fault.breaks(network, *fault.where)
        asked = asked_after({check for check, _ in red})
        checking.check(now=NOW, hub_id=network.hub_id, only=asked)
        found = red_cells(network)
    said: dict[Key, Any] = {key: (cell.whose_move, cell.state, cell.evidence) for key, cell in found.items()}
    assert set(found) == set(red), said
    assert not {key: said[key] for key, who in red.items() if who not in found[key].whose_move}
    states = {cell.state for cell in found.values()}
    assert (CellState.UNMET in states) is (fault.kind not in calls.UNKNOWN), said
