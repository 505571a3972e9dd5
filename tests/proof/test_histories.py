"""`make proof`, small: recorded histories of several processes on one book, and a round in which everything is killed.

What is kept of them lies in var/proof, as of every run. How to read it, and how to play more: docs/proof.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def proof(*options: str) -> Path:
    """A run of the command, as a person plays it: the folder in which it is kept."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.proof.histories", "--no-controls", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    kept = said.rpartition("holds: ")[2].split(" (without")[0].strip()
    return (ROOT / kept).parent


@pytest.mark.timeout(600)
def test_twenty_thousand_attempts_of_several_processes_leave_one_booking_a_seat() -> None:
    run = proof("--attempts", "20000", "--no-kills")
    report = json.loads((run / "report.json").read_text())
    assert report["holds"]
    assert report["attempts"] >= 20_000
    assert {"statement", "operation", "patient", "patient-door", "gp-connect", "gp-connect-http"} <= {*report["layers"]}
    assert report["layers"]["patient"] >= 100
    assert report["layers"]["patient-door"] >= 30
    assert report["outcomes"]["book granted"] >= 20, "over HTTP nothing was booked: a hub that fails proves nothing"
    assert report["layers"]["gp-connect-http"] >= 200
    assert {"book done", "book taken", "book full", "cancel done", "move done", "hold done"} <= {*report["outcomes"]}


@pytest.mark.timeout(600)
def test_whoever_is_killed_in_the_middle_nothing_is_lost_nor_sold_twice() -> None:
    run = proof("--attempts", "0", "--kill-attempts", "200")
    report = json.loads((run / "report.json").read_text())
    assert report["holds"]
    assert {"lines cut", "web process killed", "worker killed", "caller killed", "PostgreSQL killed"} <= {
        *report["events"]
    }
    assert {"door", "gp-connect-http"} <= {*report["layers"]}
    assert report["in_doubt"], "nobody was struck in the middle of a call"
