"""`pcnhub import formulary` as a person runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cast import world
from tests.cli.running import process, within
from tests.conftest import FreshDatabase

pytestmark = pytest.mark.slow


def test_a_list_is_refused_whole_then_taken(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    world()
    file = tmp_path / "formulary.csv"
    named = ("import", "formulary", "--practice", "A81001", "--name", "Ash Lane formulary", file)
    file.write_text("code,name\nabc,Nothing\n372687004,Amoxicillin\n372687004,Again\n")
    refused = process(fresh_database, *named)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert [line.split(":")[0] for line in refused.stderr.splitlines()] == ["line 2", "line 4"]
    file.write_text("code,name\n372687004,Amoxicillin\n")
    assert "has 1 drugs now: 1 new" in within(*named).stdout
    assert within("import", "formulary", "--practice", "Y07108", "--name", "x", file).returncode == 1
