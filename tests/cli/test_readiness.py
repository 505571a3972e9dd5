"""`pcnhub readiness` as a person runs it."""

from __future__ import annotations

import json

import pytest

from tests.cast import world
from tests.cli.running import process, within
from tests.conftest import FreshDatabase

pytestmark = pytest.mark.slow


def test_a_hub_that_is_not_ready_says_why_and_exits_with_1(fresh_database: FreshDatabase) -> None:
    world()
    shown = process(fresh_database, "readiness")
    assert shown.returncode == 1, shown.stderr
    assert "CHK-D1" in shown.stdout
    assert "Not ready:" in shown.stdout
    data = within("readiness", "--hub", "Y07108", "--json")
    assert data.returncode == 1
    grid = json.loads(data.stdout)
    assert (grid["hub"], grid["ready"], grid["may_go_live"]) == ("Y07108", False, False)
    cell = next(each for each in grid["cells"] if each["check"] == "CHK-D1")
    assert (cell["organisation"], cell["state"], cell["gate"], cell["whose_move"]) == (
        "Y07108",
        "unmet",
        "hub",
        "the hub",
    )
    assert "C83003" not in {each["organisation"] for each in grid["cells"]}


@pytest.mark.usefixtures("fresh_database")
def test_what_it_refuses() -> None:
    nothing = within("readiness")
    assert (nothing.returncode, "pcnhub onboard" in nothing.stderr) == (1, True)
    world()
    unknown = within("readiness", "--hub", "Y99999")
    assert (unknown.returncode, "Y99999" in unknown.stderr) == (1, True)
    no_hub = within("readiness", "--hub", "A81001")
    assert (no_hub.returncode, "not the hub" in no_hub.stderr) == (1, True)
    assert within("readiness", "--wrong").returncode == 2
