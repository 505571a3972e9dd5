"""What is broken in the work (books, patients, copies, tests, papers, the machine) is named where it is broken, nobody else is
blamed, and it is said who mends it."""

from __future__ import annotations

import pytest

from tests.faults import appointments, machine, patients, statements, writeback  # noqa: F401 - each declares its faults
from tests.faults.ready import Ready
from tests.faults.seeding import Trial, judge, name_of, trials


@pytest.mark.parametrize("trial", trials("appointments", "machine", "patients", "statements", "writeback"), ids=name_of)
def test_what_is_broken_is_named_and_nothing_else(network: Ready, trial: Trial) -> None:
    judge(network, trial)
