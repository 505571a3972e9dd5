"""`pcnhub gpconnect structured`: how things stand with a practice's record, and its switch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pcnhub.care.organisations.models import GpConnectSwitch, Organisation
from pcnhub.care.organisations.rules import GpConnectCapability
from pcnhub.care.records.operations import NothingToGive
from pcnhub.entrances.cli.gpconnect import structured
from tests.cast import NOW, World, world
from tests.entrances.gpconnect import records

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


def run(capsys: pytest.CaptureFixture[str], *, is_on: bool | None = None, as_json: bool = True) -> tuple[int, Any]:
    assert structured.callback is not None
    code = structured.callback(ods_code="A81001", is_on=is_on, as_json=as_json)
    said = capsys.readouterr().out
    return code, json.loads(said) if as_json else said


def test_it_goes_on_once_there_is_a_record_and_says_what_is_still_off(
    w: World, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = run(capsys)
    assert (code, said["access_structured"], said["patients"], said["allergies"]) == (1, False, 1, 0)
    with pytest.raises(NothingToGive):
        run(capsys, is_on=True)
    Organisation.objects.filter(pk=w.ash.pk).update(asid="918999198993")
    records.bring_in(w.ash, records.source(w, records.an_allergy()))
    code, said = run(capsys, is_on=True)
    assert (code, said["access_structured"], said["gp_connect"], said["allergies"]) == (1, True, False, 1)
    GpConnectSwitch.objects.create(
        organisation=w.ash, capability=GpConnectCapability.GP_CONNECT, is_on=True, changed_at=NOW, changed_by="test"
    )
    code, words = run(capsys, as_json=False)
    assert code == 0
    assert "Access Record Structured: on." in words
    assert "Allergies are here of 1, medication of 0." in words
    assert run(capsys, is_on=False)[0] == 1
