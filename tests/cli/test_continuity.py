"""`pcnhub continuity`: making a key, reading a pack, refusing what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pcnhub.config.environment import SettingsRefused, load
from pcnhub.entrances.cli.main import pcnhub
from pcnhub.insight.continuity import keys
from pcnhub.insight.continuity.keys import PublicKey
from tests.rules.continuity.test_sealing import AT, PASSPHRASE, put


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys.make_key_file, "__kwdefaults__", {"cost": 2**10})


def test_a_key_is_made_a_pack_written_to_it_and_read(cheap: None, tmp_path: Path) -> None:
    file, out = tmp_path / "hub.key", tmp_path / "tonight.pdf"
    made = CliRunner().invoke(pcnhub, ["continuity", "key", str(file)], input=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert made.exit_code == 0
    public = next(line for line in made.output.splitlines() if line.startswith("pcnpack1"))
    assert load({"PCNHUB_CONTINUITY_FOLDER": "/elsewhere", "PCNHUB_CONTINUITY_KEYS": f"Y07108={public}"})
    (tmp_path / "packs").mkdir()
    put(tmp_path / "packs", keys.open_key_file(file, passphrase=PASSPHRASE), AT)
    out.write_text("an older list")
    out.chmod(0o644)
    asked = ["continuity", "read", str(tmp_path / "packs"), "--key", str(file)]
    done = CliRunner().invoke(pcnhub, [*asked, "--pdf", str(out)], input=f"Carys\nDrill\n{PASSPHRASE}\n")
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(b"%PDF-")
    assert out.stat().st_mode & 0o777 == 0o600
    wrong = CliRunner().invoke(pcnhub, [*asked, "--by", "x", "--why", "y"], input="no\n")
    assert isinstance(wrong.exception, keys.KeyRefused)


def test_settings_that_would_write_nothing_or_lose_it_with_the_hub_are_refused() -> None:
    for given, said in (
        ({"PCNHUB_CONTINUITY_FOLDER": "/elsewhere"}, "belong together"),
        ({"PCNHUB_CONTINUITY_STORE": "s3://continuity/hub"}, "belong together"),
        ({"PCNHUB_CONTINUITY_STORE": "continuity"}, "must be s3://"),
        ({"PCNHUB_CONTINUITY_STORE_ENDPOINT": "http://objects.example.nhs.uk"}, "must be an https address"),
        ({"PCNHUB_CONTINUITY_STORE_KEY_ID": "AKIA"}, "PCNHUB_CONTINUITY_STORE is missing"),
        ({"PCNHUB_CONTINUITY_KEYS": "pcnpack1short"}, "no public key"),
        ({"PCNHUB_DATA": "/srv/hub", "PCNHUB_CONTINUITY_FOLDER": "/srv/hub/packs"}, "inside PCNHUB_DATA"),
    ):
        with pytest.raises(SettingsRefused, match=said):
            load(given)


def test_everything_that_a_store_lacks_is_said_at_once() -> None:
    with pytest.raises(SettingsRefused) as refused:
        load({"PCNHUB_CONTINUITY_STORE": "s3://continuity/hub"})
    said = "\n".join(refused.value.reasons)
    for words in ("CONTINUITY_KEYS and", "STORE_KEY_ID is missing", "STORE_SECRET is missing"):
        assert words in said
    public = PublicKey(bytes(32)).text
    whole = {
        "PCNHUB_CONTINUITY_STORE": "s3://continuity/hub",
        "PCNHUB_CONTINUITY_STORE_KEY_ID": "AKIA",
        "PCNHUB_CONTINUITY_STORE_SECRET": "very secret",
        "PCNHUB_CONTINUITY_KEYS": public,
    }
    address = load(whole).store_address()
    assert address is not None
    assert (address.bucket, address.prefix, address.secret) == ("continuity", "hub", "very secret")
    assert "very secret" not in repr(address) + repr(load(whole))


def test_a_store_is_asked_for_by_its_address_and_never_in_the_clear(cheap: None, tmp_path: Path) -> None:
    file = tmp_path / "hub.key"
    keys.make_key_file(file, passphrase=PASSPHRASE)
    for given, said in (
        (["s3://UPPER"], "must be s3://"),
        (["s3://continuity", "--endpoint", "http://objects.example.nhs.uk"], "https address"),
        ([str(tmp_path / "nowhere")], "no file or folder"),
    ):
        done = CliRunner().invoke(pcnhub, ["continuity", "read", *given, "--key", str(file), "--by", "x", "--why", "y"])
        assert done.exit_code == 2
        assert said in done.output
