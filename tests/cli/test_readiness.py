"""`pcnhub readiness` as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cast import world
from tests.conftest import FreshDatabase

pytestmark = pytest.mark.slow


def readiness(database: FreshDatabase, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("pcnhub")), "readiness", *arguments],
        env=database.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_hub_that_is_not_ready_says_why_and_exits_with_1(fresh_database: FreshDatabase) -> None:
    world()
    shown = readiness(fresh_database)
    assert shown.returncode == 1, shown.stderr
    assert "CHK-D1" in shown.stdout
    assert "Not ready:" in shown.stdout
    data = readiness(fresh_database, "--hub", "Y07108", "--json")
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


def test_what_it_refuses(fresh_database: FreshDatabase) -> None:
    nothing = readiness(fresh_database)
    assert (nothing.returncode, "pcnhub onboard" in nothing.stderr) == (1, True)
    world()
    unknown = readiness(fresh_database, "--hub", "Y99999")
    assert (unknown.returncode, "Y99999" in unknown.stderr) == (1, True)
    no_hub = readiness(fresh_database, "--hub", "A81001")
    assert (no_hub.returncode, "not the hub" in no_hub.stderr) == (1, True)
    assert "Traceback" not in nothing.stderr + unknown.stderr + no_hub.stderr
    assert readiness(fresh_database, "--wrong").returncode == 2
