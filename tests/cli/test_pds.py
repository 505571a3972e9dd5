"""`pcnhub pds` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import process, within
from tests.conftest import FreshDatabase
from tests.connections.pds.extracts import ALIVE, ROWS, extract, whole

pytestmark = pytest.mark.slow


def test_tried_loaded_and_loaded_again(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(whole())
    dry = within("pds", "load", file, "--dry-run")
    assert (dry.returncode, dry.stdout) == (
        0,
        "Would be: 6 lines: 6 new, 0 changed, 0 unchanged, 0 not taken.\n",
    ), dry.stderr
    assert within("pds", "load", file).stdout.startswith("Done: 6 lines: 6 new")
    file.write_bytes(extract(*ROWS, "943476591,x,,,,,,,,,,,,,"))
    again = process(fresh_database, "pds", "load", file)
    assert again.returncode == 1
    assert "0 new, 0 changed, 4 unchanged, 1 not taken" in again.stdout
    for column in ("NHS_NUMBER", "DATE_OF_BIRTH", "FAMILY_NAME", "GIVEN_NAME"):
        assert f"line 6, {column}: " in again.stdout
    assert "943476591" not in again.stdout  # people's data goes where it was asked to go
    told = json.loads(within("pds", "load", file, "--json", "--dry-run").stdout)
    assert (told["rows"], told["unchanged"], told["refused"]) == (5, 4, 1)
    assert told["problems"][0]["value"] == "943476591"


def test_whether_the_service_answers_is_told_and_never_whose_the_number_is(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    from pcnhub.care.organisations.rules import OrganisationKind
    from tests.cast import organisation

    organisation("Y07108", "Riverside Hub", OrganisationKind.HUB)
    file = tmp_path / "extract.csv"
    file.write_bytes(whole())
    within("pds", "load", file)
    told = process(fresh_database, "pds", "check", "--organisation", "y07108", ALIVE)
    assert told.returncode == 0, told.stderr
    assert "known. On the word of what is held here, which verifies nobody." in told.stdout
    assert "DAWES" not in told.stdout + told.stderr
    wrong = within("pds", "check", "--organisation", "Y07108", "9476719930")
    assert wrong.returncode == 2


@pytest.mark.usefixtures("fresh_database")
def test_a_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text("NAME\n")
    refused = within("pds", "load", file)
    assert refused.returncode == 1
    assert "NHS_NUMBER" in refused.stderr
