"""How many faults of how many kinds there are, as the README says; and that every check has one."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from pcnhub.insight.readiness.catalogue import CATALOGUE
from pcnhub.insight.readiness.rules import ByProbe, ByState
from tests.faults import (
    appointments,
    calls,
    machine,
    organisations,
    patients,
    people,
    sharing,
    statements,
    tasks,
    test_calls,
    test_network,
    test_working,
    writeback,
)
from tests.faults.seeding import FAULTS, trials

ROOT = Path(__file__).parents[2]
DECLARING = (appointments, calls, machine, organisations, patients, people, sharing, statements, tasks, writeback)


def test_every_fault_is_tried() -> None:
    names = [module.__name__.rpartition(".")[2] for module in DECLARING]
    assert sum(map(len, trials(*names))) == len(FAULTS)
    tried = {name for module in (test_calls, test_network, test_working) for name in names if hasattr(module, name)}
    assert tried == set(names)


def test_every_check_that_something_answers_is_turned_red_by_a_fault() -> None:
    declared = {found for each in DECLARING for found in re.findall(r'"(CHK-D?\d+)"', inspect.getsource(each))}
    asked = {line.id for line in CATALOGUE if isinstance(line.proof, ByState | ByProbe)}
    assert asked - declared == set()


def test_the_readme_gives_the_figures() -> None:
    kinds = len({each.kind for each in FAULTS})
    assert (len(FAULTS) >= 100, kinds >= 60) == (True, True)
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"{len(FAULTS)} seeded faults of {kinds} kinds: all found, nobody else blamed" in readme
