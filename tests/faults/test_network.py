"""What is broken in the network itself (agreements, organisations, groups, people, teams) is named where it is broken, nobody
else is blamed, and it is said who mends it."""

from __future__ import annotations

import pytest

from tests.faults import organisations, people, sharing, tasks  # noqa: F401 - each declares its faults
from tests.faults.ready import Ready
from tests.faults.seeding import Trial, judge, name_of, red_cells, trials


def test_a_ready_network_is_all_green(network: Ready) -> None:
    assert {key: cell.evidence for key, cell in red_cells(network).items()} == {}


@pytest.mark.parametrize("trial", trials("organisations", "people", "sharing", "tasks"), ids=name_of)
def test_what_is_broken_is_named_and_nothing_else(network: Ready, trial: Trial) -> None:
    judge(network, trial)
