"""`pcnhub import national-categories` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import process, within
from tests.conftest import FreshDatabase

pytestmark = pytest.mark.slow
HEADER = "number,name,context_type,exception_reason_allowed,counts_to_acc08,withdrawn_on\n"


def test_a_list_is_refused_whole_then_taken_once(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    file = tmp_path / "categories.csv"
    file.write_text(HEADER + "18,Results review,Elsewhere,no,maybe,\n5,Walk-in,Care related encounter,no,yes,1 May\n")
    refused = process(fresh_database, "import", "national-categories", file)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert [line.split(":")[0] for line in refused.stderr.splitlines()] == [
        "line 2, context_type",
        "line 2, counts_to_acc08",
        "line 3, withdrawn_on",
    ]
    file.write_text(
        HEADER + "18,Results review,Care related activity,no,no,\n5,Walk-in,Care related encounter,no,yes,2027-05-01\n"
    )
    dry = within("import", "national-categories", "--dry-run", file)
    assert (dry.returncode, dry.stdout.splitlines()[0]) == (
        0,
        "Would be: 1 new, 1 changed, 0 unchanged; 1 of them withdrawn.",
    )
    first = json.loads(within("import", "national-categories", file, "--json").stdout)
    assert (first["added"], first["changed"], first["withdrawn"]) == (["Results review"], ["Walk-in"], ["Walk-in"])
    assert len(first["absent"]) == 16
