"""What holds wherever packs lie: the same tests for a folder and for an object store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pcnhub.insight.continuity.contents import encode
from pcnhub.insight.continuity.folder import Folder
from pcnhub.insight.continuity.keys import KeyPair, make_key_file, open_key_file
from pcnhub.insight.continuity.places import Place, PlaceAway, name_of
from pcnhub.insight.continuity.reading import read
from pcnhub.insight.continuity.sealing import PackRefused, seal
from pcnhub.insight.continuity.store import ObjectStore
from tests.counterparts.objects import READER, Objects, away, objects
from tests.rules.continuity.test_sealing import AT, CHEAP, PASSPHRASE, contents

ASKED = {"by": "Carys", "why": "Drill", "now": AT + timedelta(minutes=2)}


@pytest.fixture(scope="module")
def running() -> Iterator[Objects]:
    with objects() as made:
        yield made


@pytest.fixture(params=["folder", "object store"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        (tmp_path / "packs").mkdir()
        return Folder(tmp_path / "packs")
    store: Objects = request.getfixturevalue("running")
    return ObjectStore(store.address(prefix=tmp_path.name.strip("_")))


@pytest.fixture
def key(tmp_path: Path) -> KeyPair:
    make_key_file(tmp_path / "riverside.key", passphrase=PASSPHRASE, cost=CHEAP)
    return open_key_file(tmp_path / "riverside.key", passphrase=PASSPHRASE)


def put(place: Place, content: bytes, at: datetime, hub: str = "Y07108") -> str:
    name = name_of(hub=hub, made_at=at)
    with place.put_aside(name, content) as aside:
        aside.stand()
    return name


def test_what_stands_is_told_by_the_place_itself_the_newest_first(place: Place) -> None:
    older, newest = put(place, b"older", AT - timedelta(minutes=5)), put(place, b"sealed", AT)
    found = place.packs()
    assert [(each.name, each.size) for each in found] == [(newest, 6), (older, 5)]
    assert all(
        abs(datetime.now(tz=UTC) - each.at) < timedelta(minutes=1) for each in found
    )  # its clock, not the name's
    assert [place.read(each.name) for each in found] == [b"sealed", b"older"]
    assert place.packs(hub="Y99999") == []


def test_what_can_not_be_put_on_record_is_not_there(place: Place) -> None:
    def lost(*, stands: bool) -> None:
        with place.put_aside(name_of(hub="Y07108", made_at=AT), b"lost") as aside:
            if stands:
                aside.stand()
            raise RuntimeError

    good = put(place, b"good", AT - timedelta(minutes=5))
    for stands in (False, True):
        with pytest.raises(RuntimeError):
            lost(stands=stands)
        assert [each.name for each in place.packs()] == [good]


def test_old_packs_go_the_newest_stays_however_old_and_other_hubs_are_left_alone(place: Place) -> None:
    put(place, b"old", AT - timedelta(hours=60))
    newest = put(place, b"newest", AT - timedelta(hours=59))
    other = put(place, b"another hub's", AT - timedelta(hours=90), hub="Y99999")
    assert place.remove_old(hub="Y07108", now=AT, after=timedelta(hours=48)) == 1
    assert [each.name for each in place.packs()] == [newest, other]


def test_the_newest_that_opens_is_read_and_one_that_was_altered_is_named(place: Place, key: KeyPair) -> None:
    with pytest.raises(PackRefused, match="has no continuity pack"):
        read(place, key=key, **ASKED)  # type: ignore[arg-type]
    sealed = [
        seal(encode(contents(at)), to=key.public, hub="Y07108", made_at=at) for at in (AT - timedelta(minutes=5), AT)
    ]
    earlier = put(place, sealed[0], AT - timedelta(minutes=5))
    newest = put(place, sealed[1], AT)
    assert read(place, key=key, **ASKED).file_name == newest  # type: ignore[arg-type]
    with place.put_aside(newest, sealed[1][:-1] + b"x") as aside:
        aside.stand()
    found = read(place, key=key, **ASKED)  # type: ignore[arg-type]
    assert found.file_name == earlier
    assert newest in found.warnings[0]


def test_a_reader_of_the_store_may_write_and_remove_nothing(running: Objects) -> None:
    address = running.address(prefix="reader")
    name = put(ObjectStore(address), b"sealed", AT)
    reader = ObjectStore(replace(running.address(rights=READER), prefix="reader"))
    assert reader.read(name) == b"sealed"
    with pytest.raises(PlaceAway, match="may not do that"):
        put(reader, b"mine", AT)
    put(ObjectStore(address), b"newer", AT + timedelta(minutes=5))
    with pytest.raises(PlaceAway, match="may not do that"):
        reader.remove_old(hub="Y07108", now=AT + timedelta(days=9), after=timedelta(hours=48))
    assert len(reader.packs()) == 2


def test_a_store_that_is_away_says_so_to_the_reader(running: Objects, key: KeyPair) -> None:
    with pytest.raises(PackRefused, match=r"The object store can’t be read\. .*nothing answers"):
        read(ObjectStore(away(running.address())), key=key, **ASKED)  # type: ignore[arg-type]
