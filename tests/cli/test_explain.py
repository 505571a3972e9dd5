"""`pcnhub explain` as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import world
from tests.conftest import FreshDatabase
from tests.rooms.appointments.book import session, slots

pytestmark = pytest.mark.slow


def test_explain_at_the_command_line(fresh_database: FreshDatabase) -> None:
    w, now = world(), timezone.now()
    first = slots(session(w, day=london_date(now) + timedelta(days=1), now=now))[0]

    def explain(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("pcnhub")), "explain", *arguments]
        return subprocess.run(command, env=fresh_database.environment, capture_output=True, text=True, timeout=60)

    seen = explain("--slot", str(first.id), "--as", "A81001", "--route", "staff")
    assert (seen.returncode, "A81001 (gp-practice) sees it by staff" in seen.stdout) == (0, True), (
        seen.stdout + seen.stderr
    )
    nurse = explain("--slot", str(first.id), "--as", "A81001", "--route", "staff", "--user", "charlie")
    assert (nurse.returncode, "charlie has no position at this organisation" in nurse.stdout) == (1, True), nurse.stdout
    data = explain("--slot", str(first.id), "--as", "C83003", "--type", "gp-practice", "--json")
    told = json.loads(data.stdout)
    assert (data.returncode, told["is_visible"]) == (1, False)
    assert [reason["code"] for reason in told["reasons"]] == ["hub-endpoint-off", "not-in-group"]
    wrong = explain("--slot", str(first.id), "--as", "?!")
    assert (wrong.returncode, "'?!' is not an ODS code" in wrong.stderr) == (2, True)
    odd = explain("--slot", str(first.id), "--as", "C83003", "--type", "nonsense", "--json")
    assert ("nonsense is not an organisation type" in odd.stderr, json.loads(odd.stdout)["slot"]) == (True, first.id)
    unknown = explain("--slot", "999999", "--as", "A81001")
    assert (unknown.returncode, "There is no slot 999999" in unknown.stderr) == (1, True)
