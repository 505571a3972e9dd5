"""`pcnhub rehearse` as a person runs it."""

from __future__ import annotations

import json

import pytest

from tests.cast import world
from tests.cli.running import within


@pytest.mark.usefixtures("fresh_database")
def test_a_hub_that_does_not_answer_has_a_failed_step_and_a_clean_end() -> None:
    world()
    said = within("rehearse", "--practice", "A81001", "--url", "http://127.0.0.1:1", "--json")
    assert said.returncode == 1
    told = json.loads(said.stdout)
    assert (told["hub"], told["passed"], told["clean"], told["left"]) == ("Y07108", False, True, [])
    first = told["rows"][0]["steps"][0]
    assert (first["step"], first["state"]) == ("search", "failed")
    shown = within("rehearse", "--practice", "A81001", "--url", "http://127.0.0.1:1")
    assert "Not passed." in shown.stdout
