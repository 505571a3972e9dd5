"""`pcnhub evidence` as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cast import world
from tests.cli.running import within
from tests.insight.evidence.made import KEY, pack


@pytest.mark.django_db
def test_made_verified_altered_and_pinned(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pcnhub.insight.readiness import checking, standing
    from pcnhub.insight.readiness.catalogue import CATALOGUE

    lines = CATALOGUE[:2]  # as good as all of them, for what the command does
    monkeypatch.setattr(checking, "CATALOGUE", lines)
    monkeypatch.setattr(standing, "CATALOGUE", lines)
    settings.EVIDENCE_KEY = tmp_path / "key.pem"
    world()
    folder = tmp_path / "pack"
    made = within("evidence", "make", folder, "--hub", "Y07108")
    assert made.returncode == 0, made.stderr
    key = within("evidence", "key").stdout.strip()
    assert key in made.stdout
    (tmp_path / "hub.pem").write_text(within("evidence", "key", "--pem").stdout)
    for given in (key, tmp_path / "hub.pem"):
        assert within("evidence", "verify", folder, "--key", given).returncode == 0
    again = within("evidence", "make", folder)
    assert (again.returncode, "not empty" in again.stderr) == (2, True)
    data = folder / "evidence.json"
    data.write_text(data.read_text("utf-8").replace('"state":"unmet"', '"state":"met"', 1), "utf-8")
    altered = within("evidence", "verify", folder, "--key", key, "--json")
    found = json.loads(altered.stdout)
    assert (altered.returncode, found["holds"], [each["where"][:5] for each in found["faults"]]) == (
        1, False, ["evide", "item "],
    )  # fmt: skip


def test_a_receiver_needs_neither_hub_nor_database(tmp_path: Path) -> None:
    """A process of its own, without a single setting of a hub."""
    packed = tmp_path / "pack.zip"
    packed.write_bytes(pack().as_zip())
    command = [str(Path(sys.executable).with_name("pcnhub")), "evidence", "verify", str(packed)]
    environment = {"PATH": os.environ["PATH"], "PCNHUB_DATABASE_URL": "nonsense"}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "3 items" in shown.stdout
    assert "Nobody has said whose key that is" in shown.stderr
    assert list(tmp_path.iterdir()) == [packed]


def test_what_it_refuses(tmp_path: Path) -> None:
    packed = tmp_path / "pack.zip"
    packed.write_bytes(pack().as_zip()[:-200])
    cut = within("evidence", "verify", packed)
    assert (cut.returncode, "can’t be read as a zip" in cut.stderr) == (1, True)
    packed.write_bytes(pack(key=KEY).as_zip())
    wrong = within("evidence", "verify", packed, "--key", "abc")
    assert (wrong.returncode, "pcnhub evidence key" in wrong.stderr) == (1, True)
    assert within("evidence", "verify", tmp_path / "nowhere").returncode == 2
    for name, said in (("evidence.pdf", "holds a file twice"), ("../evidence.pdf", "is no part of a pack")):
        packed.write_bytes(pack(key=KEY).as_zip())
        with zipfile.ZipFile(packed, "a") as more, warnings.catch_warnings(action="ignore"):
            more.writestr(name, b"%PDF other pages")
        put_in = within("evidence", "verify", packed)
        assert (put_in.returncode, said in put_in.stdout + put_in.stderr) == (1, True)
    beside = tmp_path / "pack"
    beside.mkdir()
    for name, content in pack(key=KEY).files().items():
        (beside / name).write_bytes(content)
    assert within("evidence", "verify", beside).returncode == 0
    (beside / "evidence (final).pdf").write_bytes(b"%PDF other pages")
    assert within("evidence", "verify", beside).returncode == 1
