"""Packs and keys as files: no database, no Django, no server."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pcnhub.foundations.kernel.refusals import InvalidInput
from pcnhub.insight.continuity.contents import Clinic, Contents, Person, Row, encode
from pcnhub.insight.continuity.folder import UNFINISHED, Folder
from pcnhub.insight.continuity.keys import KeyPair, KeyRefused, make_key_file, open_key_file, public_key
from pcnhub.insight.continuity.places import name_of
from pcnhub.insight.continuity.printing import as_html, as_pdf, as_text
from pcnhub.insight.continuity.reading import read
from pcnhub.insight.continuity.sealing import PackRefused, open_pack, seal

AT = datetime(2026, 11, 23, 18, 15, tzinfo=UTC)
PASSPHRASE = "river walk at noon"
CHEAP = 2**10


@pytest.fixture
def key(tmp_path: Path) -> KeyPair:
    made = make_key_file(tmp_path / "riverside.key", passphrase=PASSPHRASE, cost=CHEAP)
    opened = open_key_file(tmp_path / "riverside.key", passphrase=PASSPHRASE)
    assert opened.public == made == public_key(made.text)
    return opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "packs").mkdir()
    return tmp_path / "packs"


def contents(at: datetime = AT, name: str = "Jane <Smith>") -> Contents:
    jane = Person(
        name=name,
        born=date(1980, 4, 12),
        nhs_number="900 000 0009",
        phones=("07700 900001",),
        practice="Ash",
    )
    slot = {"starts_at": at, "ends_at": at + timedelta(minutes=15), "slot_type": "GP"}
    rows = (
        Row(**slot, words="Booked", person=jane, reason="Cough"),  # type: ignore[arg-type]
        Row(**slot, words="Booked", is_protected=True),  # type: ignore[arg-type]
        Row(**slot, words="Free", is_free=True),  # type: ignore[arg-type]
    )
    clinic = Clinic(
        id=1, name="EA GP", starts_at=at, ends_at=at + timedelta(hours=1), holders=("Bilal Cast",), practitioner="GP",
        channel="In-person", site="Riverside Health Centre", site_address="1 River Walk", site_phone="", rows=rows,
    )  # fmt: skip
    return Contents(
        hub="Riverside", hub_ods="Y07108", hub_phone="01724 1", made_at=at, until=at, call=("On call 0777",), practices=(),
        managers=(), clinics=(clinic,),
    )  # fmt: skip


def put(folder: Path, key: KeyPair, at: datetime) -> Path:
    sealed = seal(encode(contents(at)), to=key.public, hub="Y07108", made_at=at)
    with Folder(folder).put_aside(name_of(hub="Y07108", made_at=at), sealed) as aside:
        aside.stand()
    return aside.final


def test_a_byte_that_was_altered_anywhere_is_refused_by_the_files_name(key: KeyPair) -> None:
    sealed = seal(b"evening", to=key.public, hub="Y07108", made_at=AT)
    assert open_pack(sealed, key=key, name="a.pcnpack")[1] == b"evening"  # negative control
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(PackRefused, match=r"a\.pcnpack"):
            open_pack(bytes(altered), key=key, name="a.pcnpack")
    for cut in (0, 10, 60, len(sealed) - 1):
        with pytest.raises(PackRefused, match=r"a\.pcnpack"):
            open_pack(sealed[:cut], key=key, name="a.pcnpack")


def test_no_pack_looks_like_another_and_none_opens_with_another_key(key: KeyPair, tmp_path: Path) -> None:
    one, two = (seal(b"evening", to=key.public, hub="Y07108", made_at=AT) for _ in range(2))
    assert one != two
    make_key_file(tmp_path / "other.key", passphrase=PASSPHRASE, cost=CHEAP)
    other = open_key_file(tmp_path / "other.key", passphrase=PASSPHRASE)
    with pytest.raises(PackRefused, match="sealed to another key") as refused:
        open_pack(one, key=other, name="a.pcnpack")
    assert refused.value.code == "continuity-pack-of-another-key"


def test_the_private_half_takes_the_passphrase_and_is_never_written_over(key: KeyPair, tmp_path: Path) -> None:
    file = tmp_path / "riverside.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert key.private.private_bytes_raw().hex() not in file.read_text()
    with pytest.raises(KeyRefused) as wrong:
        open_key_file(file, passphrase=PASSPHRASE + " ")
    assert wrong.value.code == "continuity-passphrase-wrong"
    with pytest.raises(KeyRefused, match="there already"):
        make_key_file(file, passphrase=PASSPHRASE, cost=CHEAP)
    with pytest.raises(InvalidInput, match="needs 12"):
        make_key_file(tmp_path / "short.key", passphrase="short", cost=CHEAP)
    file.write_text(
        file.read_text().replace('"n": 1024', f'"n": {2**40}')
    )  # no file may ask for all the memory there is
    with pytest.raises(KeyRefused, match="parts missing or altered"):
        open_key_file(file, passphrase=PASSPHRASE)
    with pytest.raises(KeyRefused):
        public_key("pcnpack1short")


def test_of_a_folder_the_newest_that_opens_is_read_and_one_that_was_altered_is_named(
    key: KeyPair, folder: Path
) -> None:
    earlier, newest = put(folder, key, AT - timedelta(minutes=5)), put(folder, key, AT)
    asked = {"key": key, "by": "Carys", "why": "Drill", "now": AT + timedelta(minutes=2)}
    assert read(folder, **asked).file_name == newest.name  # type: ignore[arg-type]
    whole = newest.read_bytes()
    place = whole.index(
        key.public.fingerprint.encode()
    )  # in the header: it looks like another hub's, or an older key's
    for altered in (whole[:place] + b"0000" + whole[place + 4 :], None):
        newest.unlink()
        newest.mkdir() if altered is None else newest.write_bytes(altered)
        found = read(folder, **asked)  # type: ignore[arg-type]
        assert found.file_name == earlier.name
        assert newest.name in found.warnings[0]
    newest.rmdir()
    newest.write_bytes(whole[:-1] + b"x")
    found = read(folder, **asked)  # type: ignore[arg-type]
    assert found.file_name == earlier.name
    assert newest.name in found.warnings[0]
    with pytest.raises(PackRefused, match="altered") as refused:
        read(newest, **asked)  # type: ignore[arg-type]
    assert refused.value.code == "continuity-pack-altered"


def test_a_page_says_as_of_when_it_is_who_opened_it_and_shows_words_as_words(key: KeyPair, folder: Path) -> None:
    put(folder, key, AT)
    found = read(folder, key=key, by="Carys", why="Server away", now=AT + timedelta(minutes=45))
    assert found.contents == contents()
    text, page = as_text(found), as_html(found)
    for shown in (text, page):
        assert "18:15 on Monday 23 November 2026" in shown
        assert "Opened by Carys at 19:00" in shown
        assert "45 minutes old" in shown
        assert "details are protected" in shown
        assert found.sha256 in shown
        assert "On call 0777" in shown
    assert "<Smith>" not in page
    assert "Jane &lt;Smith&gt;" in page
    assert as_pdf(found).startswith(b"%PDF-")


def test_whoever_dies_before_the_name_is_given_leaves_the_last_good_pack(key: KeyPair, folder: Path) -> None:
    good = put(folder, key, AT)
    name = name_of(hub="Y07108", made_at=AT + timedelta(minutes=5))
    with pytest.raises(SystemExit), Folder(folder).put_aside(name, b"half"):
        raise SystemExit
    killed = folder / f".{name}.77{UNFINISHED}"  # what `kill -9` leaves
    killed.write_bytes(b"half")
    assert [each.name for each in Folder(folder).packs()] == [good.name]
    assert Folder(folder).remove_old(hub="Y07108", now=datetime.now(tz=UTC), after=timedelta(days=3650)) == 0
    assert killed.exists()  # perhaps somebody is writing it
    later = datetime.now(tz=UTC) + timedelta(hours=2)
    Folder(folder).remove_old(hub="Y07108", now=later, after=timedelta(days=3650))
    assert [each.name for each in folder.iterdir()] == [good.name]


def test_old_packs_go_the_newest_stays_however_old_and_other_hubs_are_left_alone(key: KeyPair, folder: Path) -> None:
    old, newest = put(folder, key, AT - timedelta(hours=60)), put(folder, key, AT - timedelta(hours=59))
    other = folder / name_of(hub="Y99999", made_at=AT - timedelta(hours=90))
    other.write_bytes(b"another hub's")
    assert Folder(folder).remove_old(hub="Y07108", now=AT, after=timedelta(hours=48)) == 1
    assert not old.exists()
    assert newest.exists()
    assert other.exists()
