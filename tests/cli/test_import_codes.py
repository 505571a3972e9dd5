"""`pcnhub import codes` as a person runs it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import click
import pytest

from pcnhub.entrances.cli.codes import snapshots
from tests.cli.running import process
from tests.conftest import FreshDatabase
from tests.releases import release

pytestmark = pytest.mark.slow
NAMES = (
    "Snapshot/Terminology/sct2_Concept_UKCLSnapshot_GB1000000_20260401.txt",
    "Snapshot/Terminology/sct2_Description_UKCLSnapshot-en_GB1000000_20260401.txt",
    "Snapshot/Refset/Language/xder2_cRefset_LanguageUKCLSnapshot-en_GB1000000_20260401.txt",
)


def zipped(folder: Path, *, more: tuple[str, ...] = ()) -> Path:
    file = folder / "uk.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in zip(NAMES, release(), strict=True):
            archive.writestr(f"SnomedCT_UK/{name}", part.content)
        for name in more:
            archive.writestr(f"SnomedCT_UK/{name}", "not read")
    return file


def test_a_published_zip_becomes_the_code_list(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    done = process(fresh_database, "import", "codes", zipped(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["name"], told["effective_on"], told["concepts"], told["descriptions"]) == (
        "uk.zip",
        "2026-04-01",
        3,
        5,
    )
    assert told["retired"] == 1


def test_only_snapshots_are_taken_out_of_a_zip(tmp_path: Path) -> None:
    others = (
        "Full/Terminology/sct2_Concept_UKCLFull_GB1000000_20260401.txt",
        "Snapshot/Terminology/sct2_TextDefinition_UKCLSnapshot-en_GB1000000_20260401.txt",
        "Snapshot/Refset/Content/der2_Refset_SimpleUKCLSnapshot_GB1000000_20260401.txt",
    )
    taken = {file.name for file in snapshots(zipped(tmp_path, more=others))}
    assert taken == {name.rpartition("/")[2] for name in NAMES}


def test_what_is_no_snapshot_is_refused_by_name(tmp_path: Path) -> None:
    delta = tmp_path / "sct2_Concept_UKCLDelta_GB1000000_20260401.txt"
    delta.write_text("x")
    empty = tmp_path / "other.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme.txt", "x")
    for file, words in ((delta, "is no snapshot"), (empty, "has no RF2 snapshot")):
        with pytest.raises(click.ClickException, match=words):
            snapshots(file)
