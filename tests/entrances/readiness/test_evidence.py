"""The page of evidence packs: make one, see who made which, take it along."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from pcnhub.insight.evidence.verifying import verify
from tests.cast import World, world
from tests.entrances.client import signed_in_as
from tests.entrances.readiness.test_pages import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def riverside(settings: Any, tmp_path: Path, few_lines: None) -> World:
    settings.EVIDENCE_KEY = tmp_path / "evidence-key.pem"
    return world()


def test_a_pack_is_made_listed_and_taken_along(riverside: World) -> None:
    carys = signed_in_as(riverside.carys)
    assert "No pack has been made yet" in page(carys, "/readiness/evidence")
    assert carys.post("/readiness/evidence").status_code == 302
    shown = page(carys, "/readiness/evidence")
    assert "Carys Cast" in shown
    address = shown.partition('href="/readiness/evidence/')[2].partition('"')[0]
    answer = carys.get(f"/readiness/evidence/{address}")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        verdict = verify({name: packed.read(name) for name in packed.namelist()})
        assert packed.read("evidence.pdf").startswith(b"%PDF-")
    assert verdict.holds
    assert verdict.signed_by in shown
    assert verdict.items > 5
    for stranger, status in ((riverside.dilys, 403), (riverside.bilal, 403), (riverside.charlie, 404)):
        client = signed_in_as(stranger)
        assert client.get("/readiness/evidence").status_code == status
        assert client.post("/readiness/evidence").status_code == status
        assert client.get(f"/readiness/evidence/{address}").status_code == status
    page(carys, "/readiness/evidence/0.zip", 404)
