"""Templates and protocols from the command line: all files or none, and a dry run that changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone

from pcnhub.care.consultations import operations
from pcnhub.care.consultations.operations import load_concepts, save_outcome
from pcnhub.care.consultations.queries.definitions import definitions, required_set
from pcnhub.care.consultations.queries.shipped import DATA
from pcnhub.entrances.cli import definitions as commands
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, World, world
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db
TEMPLATE = {"ods_code": "Y07108", "shipped": False, "publishes": False, "requires": False}


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    load_concepts(now=NOW)
    save_outcome(actor=made.carys, now=NOW, code="two-week-wait", name="Urgent suspected cancer referral")
    return made


def run(command: object, **given: object) -> None:
    command.callback(**given)  # type: ignore[attr-defined]


def test_every_example_is_taken_in_published_and_required(cast: World, capsys: pytest.CaptureFixture[str]) -> None:
    whole = TEMPLATE | {"shipped": True, "publishes": True, "requires": True, "files": ()}
    run(commands.template, **whole)
    run(commands.protocol, **whole)
    assert "Observations (observations): version 1, in use" in capsys.readouterr().out
    needed = required_set(hub_id=cast.hub.pk)
    assert len(needed) == 8
    assert all(each.is_met for each in needed)
    run(commands.template, **whole)  # again: nothing changes
    assert len(definitions(hub_id=cast.hub.pk)) == 8


def test_one_wrong_file_keeps_all_of_them_out(cast: World, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_bytes((DATA / "templates" / "observations.toml").read_bytes() + b"\ncolour = 'blue'\n")
    worse = tmp_path / "worse.toml"
    worse.write_bytes(b"kind = 'recipe'")
    with pytest.raises(InvalidInput, match=r"wrong.toml: .*colour.*worse.toml: kind"):  # every file by its name
        run(commands.template, **TEMPLATE, files=(DATA / "templates" / "referral-letter.toml", wrong, worse))
    assert definitions(hub_id=cast.hub.pk) == ()


def test_a_dry_run_of_a_file_names_consultations_by_number(cast: World, capsys: pytest.CaptureFixture[str]) -> None:
    now = timezone.now()
    booking_id = waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), at=now)
    begun = operations.start(actor=cast.bilal, now=now, booking_id=booking_id)
    written = notes(outcome="two-week-wait")
    operations.save_draft(actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=written)
    operations.finish(actor=cast.bilal, now=now, consultation_id=begun, revision=1)
    file = DATA / "protocols" / "two-week-wait.toml"
    run(commands.dry_run, ods_code="Y07108", days=7, as_json=True, file=file)
    found = json.loads(capsys.readouterr().out)
    assert found["held_up"] == 1
    assert found["consultations"][0]["id"] == begun
    assert found["consultations"][0]["lacking"] == ["refer", "notice", "safety-net"]
    run(commands.dry_run, ods_code="Y07108", days=7, as_json=False, file=file)
    assert f"consultation {begun}: refer; notice; safety-net" in capsys.readouterr().out
    assert definitions(hub_id=cast.hub.pk) == ()
