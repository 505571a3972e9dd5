"""`pcnhub import export` as a person runs it, from the example files on: a hub on EMIS in a fresh installation."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from pcnhub.care.organisations.queries import network_of_hub, organisation
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.elsewhere import queries
from pcnhub.insight.elsewhere.rules import ExportKind
from tests.cli.running import within

pytestmark = pytest.mark.django_db


def test_a_hub_elsewhere_in_a_few_commands(tmp_path: Path) -> None:
    written = within("import", "export-examples", tmp_path).stdout.split()
    assert len(written) == 6
    assert within("onboard", tmp_path / "elsewhere.toml").returncode == 0
    network = network_of_hub(hub_id=organisation(ods_code="Y54321").id, day=london_date(timezone.now()))
    assert not network.hub.runs_here
    assert organisation(ods_code="B81002").system == "TPP"  # the file says SystmOne

    users = tmp_path / "users.csv"
    named = ("import", "export", "users", users, "--hub", "Y54321")
    kept = within(*named)
    assert (kept.returncode, kept.stdout.startswith("Kept: 5 of 5 lines of users")) == (0, True)

    users.write_text("Benutzer;Active;NHS number\nAda;perhaps;9434765919\nEve;Y;9434765919\n")
    refused = within(*named, "--dry-run")
    assert refused.returncode == 1
    assert "No column of the file means Name or Given name" in refused.stderr.replace("Family name", "Given name")
    mapping, faults = tmp_path / "mapping.toml", tmp_path / "faults.csv"
    mapping.write_text('[columns]\n"Benutzer" = "name"\n')
    told = within(*named, "--dry-run", "--mapping", mapping, "--faults", faults)
    assert told.stdout.startswith("Would be kept: 1 of 2 lines")
    assert "line 2, Active: flag-unknown" in told.stdout
    assert "may name patients: NHS number" in told.stdout
    assert "perhaps" not in told.stdout  # values go where they were asked for
    assert "perhaps" in faults.read_text()
    yesterday = london_date(timezone.now()) - timedelta(days=1)
    report = json.loads(
        within(*named, "--mapping", mapping, "--taken-at", f"{yesterday}T23:59", "--json", "--dry-run").stdout
    )
    assert (report["kept"], report["faults"][0]["code"], report["snapshot_id"]) == (1, "flag-unknown", None)
    assert within("import", "export", "users", users, "--hub", "B81001").returncode == 1  # no hub

    snapshot = queries.newest(hub_id=network.hub.id, kind=ExportKind.USERS)
    assert snapshot is not None
    assert (snapshot.snapshot.file_name, len(snapshot.rows)) == ("users.csv", 5)
