"""A hub's pack in an object store: written by the worker, told by the store, read without the server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from pcnhub.care.organisations.models import Network
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients.models import Patient
from pcnhub.connections.s3.address import Address
from pcnhub.connections.s3.client import Bucket, Held
from pcnhub.connections.s3.words import StoreUnreachable
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.findings import State
from pcnhub.insight.continuity.jobs import write_packs
from pcnhub.insight.continuity.keys import make_key_file
from pcnhub.insight.continuity.models import PackState
from tests.cast import NOW, World, organisation, system_for, world
from tests.counterparts.objects import BUCKET, READER, Objects, away, objects
from tests.insight.test_continuity import FIVE, PASSPHRASE, answer, events
from tests.rooms.appointments.book import put_in, session, slots

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running() -> Iterator[Objects]:
    with objects() as made:
        yield made


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "riverside.key"


@pytest.fixture
def store(running: Objects, tmp_path: Path, key_file: Path) -> Iterator[Address]:
    address = running.address(prefix=tmp_path.name.strip("_"))
    public = make_key_file(key_file, passphrase=PASSPHRASE, cost=2**10)
    with override_settings(
        CONTINUITY_FOLDER=None, CONTINUITY_STORE=address, CONTINUITY_KEYS={"Y07108": public.text}, CONTINUITY_CALL=()
    ):
        yield address


def names(running: Objects, store: Address) -> list[str]:
    return [name for name in running.names() if name.startswith(f"{store.prefix}/")]


def test_what_lies_in_the_store_is_sealed_and_read_without_server_database_or_settings(
    w: World, running: Objects, store: Address, key_file: Path
) -> None:
    put_in(w, slots(session(w))[0].id)
    with unit_of_work(system_for(w.hub)):
        [jane] = Patient.objects.filter(organisation=w.hub)
    write_packs(NOW)
    [name] = names(running, store)
    assert name == f"{store.prefix}/Y07108-20261123T090000Z.pcnpack"
    sealed = running.bytes_of(name)
    assert b"Jane" not in sealed
    assert jane.number.encode() not in sealed
    [written] = events(w, "continuity.pack-written")
    assert '"place": "object store"' in written.detail
    assert f'"bytes": {len(sealed)}' in written.detail
    assert answer(w).state is State.MET

    reader = running.address(rights=READER)
    code = (
        "import sys\nfrom pcnhub.entrances.cli.main import pcnhub\npcnhub(sys.argv[1:], standalone_mode=False)\n"
        "assert not {'django', 'psycopg'} & set(sys.modules)"
    )
    asked = [
        "continuity",
        "read",
        f"s3://{BUCKET}/{store.prefix}",
        "--endpoint",
        store.endpoint,
        "--key-id",
        reader.key_id,
    ]
    done = subprocess.run(
        [sys.executable, "-c", code, *asked, "--key", str(key_file), "--by", "Carys", "--why", "Drill"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PCNHUB_CONTINUITY_STORE_SECRET": reader.secret,
        },
        input=f"{PASSPHRASE}\n",
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,  # else the passphrase is asked for at the terminal of whoever runs the tests
    )
    assert done.returncode == 0, done.stderr
    assert "Jane Smith" in done.stdout


def test_a_store_that_is_away_is_said_and_the_folder_has_its_own_all_the_same(
    w: World, running: Objects, store: Address, tmp_path: Path
) -> None:
    folder = tmp_path / "packs"
    folder.mkdir()
    with override_settings(CONTINUITY_FOLDER=folder):
        write_packs(NOW)
        good = names(running, store)
        with override_settings(CONTINUITY_STORE=away(store)):
            write_packs(NOW + FIVE)
            write_packs(NOW + 2 * FIVE)
            found = answer(w, NOW + 2 * FIVE)
        assert names(running, store) == good
        assert len(list(folder.iterdir())) == 3
        assert found.state is State.UNMET
        assert "nothing answers at its address since 09:05" in found.evidence
        assert "The last pack is of 09:10" in found.evidence
        written = ["object store" in event.detail for event in events(w, "continuity.pack-written")]
        assert (len(written), sum(written)) == (4, 1)  # what is not there is not on record
        assert len(events(w, "continuity.pack-failed")) == 1
        folder.rename(tmp_path / "away")  # and the other way round
        write_packs(NOW + 3 * FIVE)
        assert len(names(running, store)) == 2
        assert "network share away" in answer(w, NOW + 3 * FIVE).evidence


def test_a_store_that_does_not_answer_is_waited_for_once_not_for_each_hub(
    w: World, store: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = organisation("Y09001", "Hillside Hub", OrganisationKind.HUB)
    Network.objects.create(ods_code="U90001", name="Hillside PCN", hub=second, adjusted_population=9_000)
    waited: list[str] = []

    def dead(_: Bucket, name: str, content: bytes) -> Held:
        waited.append(name)
        raise StoreUnreachable("The object store did not answer in time")

    monkeypatch.setattr(Bucket, "put", dead)
    with override_settings(CONTINUITY_KEYS={"": next(iter(settings.CONTINUITY_KEYS.values()))}):
        write_packs(NOW)
        assert len(waited) == 1
        write_packs(NOW + FIVE)
    assert len(waited) == 2, "and it is tried again the next time"
    said = dict(PackState.objects.values_list("hub_id", "problem"))
    assert said == dict.fromkeys((w.hub.pk, second.pk), "The object store did not answer in time")


def test_silence_is_unknown_until_the_last_that_is_known_of_is_too_old(
    w: World, running: Objects, store: Address
) -> None:
    write_packs(NOW)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = replace(store, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=0.1)
        with override_settings(CONTINUITY_STORE=mute):
            write_packs(NOW + FIVE)
    found = answer(w, NOW + FIVE)
    assert (found.state, "did not answer in time since 09:05" in found.evidence) == (State.UNKNOWN, True)
    assert answer(w, NOW + 4 * FIVE).state is State.UNMET
    write_packs(NOW + 2 * FIVE)
    assert answer(w, NOW + 2 * FIVE).state is State.MET


def test_old_packs_go_and_a_key_without_the_right_to_is_said(w: World, running: Objects, store: Address) -> None:
    write_packs(NOW)
    write_packs(NOW + timedelta(hours=1))
    may_not = replace(running.address(rights=("s3:PutObject", *READER)), prefix=store.prefix)
    with override_settings(CONTINUITY_STORE=may_not):
        write_packs(NOW + timedelta(hours=48, minutes=30))
    assert len(names(running, store)) == 3
    assert (
        "Old packs can’t be removed: The object store refuses"
        in answer(w, NOW + timedelta(hours=48, minutes=30)).evidence
    )
    write_packs(NOW + timedelta(hours=48, minutes=35))
    assert len(names(running, store)) == 3  # the first went
