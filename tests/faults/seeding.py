"""Breaking the network in one way, and asking the readiness engine what is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from pcnhub.insight.readiness import checking, queries
from pcnhub.insight.readiness.rules import ByProbe, Cell
from tests.faults.ready import NOW, Ready

Key = tuple[str, str]
"""A check's id and an organisation's ODS code."""

Red = dict[Key, str]
"""What the engine must turn red, all of it, each with (part of) whose move it must say it is."""

Breaks = Callable[..., Red]


@dataclass(frozen=True)
class Fault:
    """One way to break the network. Faults of one kind differ only in where they are made."""

    kind: str
    breaks: Breaks
    where: tuple[Any, ...]
    at_once: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind}: {', '.join(map(str, self.where))}" if self.where else self.kind


FAULTS: list[Fault] = []


def fault(kind: str, *, over: Iterable[Any] = ((),), at_once: bool = False) -> Callable[[Breaks], Breaks]:
    """`breaks(ready, *where)` breaks it, and answers all that must turn red for it. `over`: where, one fault for each.

    `at_once`: the first is made alone; of the others, those of different practices together, as each has cells of its own.
    """

    def declare(breaks: Breaks) -> Breaks:
        wheres = (each if isinstance(each, tuple) else (each,) for each in over)
        FAULTS.extend(Fault(kind, breaks, where, at_once) for where in wheres)
        return breaks

    return declare


Trial = tuple[Fault, ...]
"""Faults that are made together, for one run of the engine; most are alone."""


def trials(*modules: str) -> list[Trial]:
    """The faults that these modules of tests/faults declare."""
    made: dict[tuple[Any, ...], list[Fault]] = {}
    rounds: Counter[tuple[str, Any]] = Counter()
    for number, each in enumerate(FAULTS):
        if each.breaks.__module__.rpartition(".")[2] not in modules:
            continue
        is_first = not any(other.kind == each.kind for other in FAULTS[:number])
        if each.at_once and not is_first:
            rounds[each.kind, each.where[0]] += 1
            made.setdefault((each.kind, rounds[each.kind, each.where[0]]), []).append(each)
        else:
            made[(number,)] = [each]
    return [tuple(together) for together in made.values()]


@contextmanager
def broken(ready: Ready, trial: Trial) -> Iterator[Red]:
    """The network with these faults, for as long as the block lasts."""
    with transaction.atomic():
        try:
            reds = [each.breaks(ready, *each.where) for each in trial]
            assert sum(map(len, reds)) == len({key for red in reds for key in red}), (
                "two faults of one run share a cell"
            )
            yield {key: who for red in reds for key, who in red.items()}
        finally:
            transaction.set_rollback(True)


def judge(ready: Ready, trial: Trial) -> None:
    """Exactly what is broken is red, and each red cell says who mends it."""
    with broken(ready, trial) as red:
        found = red_cells(ready)
    said = {key: (cell.whose_move, cell.evidence) for key, cell in found.items()}
    missed, blamed = set(red) - set(found), set(found) - set(red)
    faulty = f"missed {missed}; blamed {[(key, said[key]) for key in blamed]}"
    assert not missed | blamed, faulty
    assert not {key: said[key] for key, who in red.items() if who not in found[key].whose_move}


def name_of(trial: Trial) -> str:
    return trial[0].name + (f" and {len(trial) - 1} more" if len(trial) > 1 else "")


def red_cells(ready: Ready) -> dict[Key, Cell]:
    """What the whole engine says is not met or not known. No calls are made here, so what only a call proves is left out."""
    checking.check(now=NOW, hub_id=ready.hub_id, probes=False)
    grid = queries.grid(actor=ready.system(), now=NOW, hub_id=ready.hub_id)
    return {
        (cell.requirement.id, cell.organisation.ods_code): cell
        for cell in grid.cells
        if cell.state.is_open
        and not (isinstance(cell.requirement.proof, ByProbe) and cell.requirement.attestation is None)
    }
