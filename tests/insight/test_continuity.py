"""A hub's pack from the book to the paper: written by the worker, read without the server; readiness knows its age."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from pcnhub.care.appointments.models import Slot
from pcnhub.care.appointments.queries import lists_ahead
from pcnhub.care.organisations.queries import network_of_hub, system_actor_for
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs import chores
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.foundations.kernel.refusals import NotPermitted
from pcnhub.insight.continuity.checks import CHECKS
from pcnhub.insight.continuity.contents import encode
from pcnhub.insight.continuity.folder import Aside, Folder
from pcnhub.insight.continuity.gathering import gather
from pcnhub.insight.continuity.jobs import write_packs
from pcnhub.insight.continuity.keys import make_key_file
from pcnhub.insight.readiness import checking, queries
from pcnhub.insight.readiness.rules import CellState
from tests.cast import NOW, World, system_for, world
from tests.rooms.appointments.book import put_in, session, slots

pytestmark = pytest.mark.django_db
PASSPHRASE = "river walk at noon"
FIVE = timedelta(minutes=5)


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "riverside.key"


@pytest.fixture
def folder(tmp_path: Path, key_file: Path) -> Iterator[Path]:
    made = tmp_path / "packs"
    made.mkdir()
    public = make_key_file(key_file, passphrase=PASSPHRASE, cost=2**10)
    with override_settings(
        CONTINUITY_FOLDER=made, CONTINUITY_KEYS={"Y07108": public.text}, CONTINUITY_CALL=("On call 1",)
    ):
        yield made


def packs_in(folder: Path) -> list[Path]:
    return [folder / each.name for each in Folder(folder).packs()]


def answer(w: World, now: Any = NOW) -> Finding:
    hub = network_of_hub(hub_id=w.hub.pk, day=NOW.date())
    [found] = CHECKS["CHK-D12"](actor=system_for(w.hub), hub=hub, now=now)
    return found


def events(w: World, action: str) -> list[AuditEvent]:
    with unit_of_work(system_for(w.hub)):
        return list(AuditEvent.objects.filter(action=action))


def test_a_pack_is_read_without_server_database_or_settings(w: World, folder: Path, key_file: Path) -> None:
    free = slots(session(w))
    put_in(w, free[0].id)
    put_in(w, free[1].id)
    with unit_of_work(system_for(w.hub)):
        [jane] = Patient.objects.filter(organisation=w.hub)
    write_packs(NOW)
    code = (
        "import sys\nfrom pcnhub.entrances.cli.main import pcnhub\npcnhub(sys.argv[1:], standalone_mode=False)\n"
        "assert not {'django', 'psycopg'} & set(sys.modules)"
    )
    command = ["continuity", "read", folder, "--key", key_file, "--by", "Carys", "--why", "Drill"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, command)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
        input=f"{PASSPHRASE}\n",
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,  # else the passphrase is asked for at the terminal of whoever runs the tests
    )
    assert done.returncode == 0, done.stderr
    for words in (
        "Riverside Enhanced Access Hub",
        "Bilal Cast",
        "900 000 0009",
        "Cough",
        "On call 1",
        "Ash Lane Surgery",
    ):
        assert words in done.stdout
    assert done.stdout.count("Jane Smith") == 2
    assert done.stdout.count("| Free") == len(free) - 2
    [pack] = packs_in(folder)
    sealed = pack.read_bytes()
    assert b"Jane" not in sealed
    assert jane.number.encode() not in sealed


def test_a_protected_patient_is_withheld_as_on_the_clinic_list(w: World, folder: Path) -> None:
    seat, beside, *_ = slots(session(w))
    put_in(w, seat.id)
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(organisation=w.hub).update(is_sensitive=True)
        Slot.objects.filter(pk=seat.id).update(extra_seat_of=beside.id, override_reason="For Jane Smith, in hiding")
    found = gather(actor=system_actor_for(organisation_id=w.hub.pk), now=NOW, call=())
    assert b"Jane" not in encode(found)
    [row] = [row for clinic in found.clinics for row in clinic.rows if not row.is_free]
    assert (row.is_protected, row.person, row.reason) == (True, None, "")


def test_people_have_no_lists_of_several_days(w: World) -> None:
    for person in (w.carys, w.charlie):
        with pytest.raises(NotPermitted):
            lists_ahead(actor=person, now=NOW, until=NOW + timedelta(days=2))
    assert not lists_ahead(actor=system_for(w.outside), now=NOW, until=NOW + timedelta(days=2)).clinics


def test_of_two_workers_one_writes_and_one_line_without_patients_is_on_record(w: World, folder: Path) -> None:
    put_in(w, slots(session(w))[0].id)
    before = len(events(w, "appointments.list-opened"))
    [chore] = [each for each in chores.wired() if each.name == "continuity.write"]
    assert chore.every == FIVE
    chore.do(NOW)
    chore.do(NOW + timedelta(seconds=20))
    assert len(packs_in(folder)) == 1
    [written] = events(w, "continuity.pack-written")
    assert '"appointments": 1' in written.detail
    assert packs_in(folder)[0].name in written.detail
    assert (written.nhs_numbers, written.patient_id, written.nhs_number) == ([], None, "")
    assert len(events(w, "appointments.list-opened")) == before
    write_packs(NOW + FIVE)
    assert len(packs_in(folder)) == 2


def test_a_full_disk_is_said_and_the_last_good_pack_stays(
    w: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_packs(NOW)
    good = packs_in(folder)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        write_packs(NOW + FIVE)
        write_packs(NOW + 2 * FIVE)
    assert packs_in(folder) == good
    assert [each.name for each in folder.iterdir()] == [each.name for each in good]
    found = answer(w, NOW + 2 * FIVE)
    assert found.state is State.UNMET
    assert "The disk is full since 09:05" in found.evidence
    assert "The last pack is of 09:00" in found.evidence
    assert len(events(w, "continuity.pack-failed")) == 1
    write_packs(NOW + 3 * FIVE)
    assert answer(w, NOW + 3 * FIVE).state is State.MET
    assert Job.objects.filter(fact="continuity.changed").count() == 2  # readiness asks anew: it failed, it is back


def test_a_folder_that_is_away_is_said_and_never_made(w: World, folder: Path) -> None:
    folder.rmdir()
    write_packs(NOW)
    assert not folder.exists()
    assert "is its disk or network share away?" in answer(w).evidence
    assert not events(w, "continuity.pack-written")


def test_what_can_not_be_put_on_record_is_not_there(w: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_packs(NOW)
    good = packs_in(folder)
    stand = Aside.stand

    def then_lost(aside: Aside) -> None:
        stand(aside)
        raise ConnectionError("the database went away before it could commit")

    monkeypatch.setattr(Aside, "stand", then_lost)
    write_packs(NOW + FIVE)
    assert packs_in(folder) == good
    assert len(events(w, "continuity.pack-written")) == 1


def test_readiness_knows_how_old_it_is(w: World, folder: Path) -> None:
    assert answer(w).state is State.UNMET
    write_packs(NOW)
    assert answer(w, NOW + timedelta(minutes=15)).state is State.MET
    old = answer(w, NOW + timedelta(minutes=40))
    assert (old.state, old.evidence) == (State.UNMET, "The last pack is 40 minutes old, of 09:00 on 23 November 2026")
    assert old.fix is not None
    assert "pcnhub worker" in old.fix.what
    ahead = answer(w, NOW - timedelta(hours=2))  # a clock was wrong: nothing is fresh until it is written anew
    assert (ahead.state, "still to come" in ahead.evidence) == (State.UNMET, True)
    write_packs(NOW - timedelta(hours=2))
    assert answer(w, NOW - timedelta(hours=2)).state is State.MET
    write_packs(NOW)
    checking.check(now=NOW + FIVE, hub_id=w.hub.pk, only=["CHK-D12"])
    grid = queries.grid(actor=w.carys, now=NOW + FIVE, hub_id=w.hub.pk)
    [cell] = [each for each in grid.rows[0].cells if each.requirement.id == "CHK-D12"]
    assert (cell.state, "at 09:00 on 23 November 2026" in cell.evidence) == (CellState.MET, True)


def test_without_folder_or_key_nothing_is_green(w: World) -> None:
    write_packs(NOW)
    found = answer(w)
    assert found.state is State.UNMET
    assert found.fix is not None
    assert "PCNHUB_CONTINUITY_FOLDER" in found.fix.what
    with override_settings(CONTINUITY_FOLDER=Path("/elsewhere"), CONTINUITY_KEYS={"Y00001": "pcnpack1"}):
        write_packs(NOW)
        assert "no key for Y07108" in answer(w).evidence
