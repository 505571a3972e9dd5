"""A pack verifies as it was signed; whatever is altered is named, and another key does not do."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pcnhub.foundations.audit.chain import Kept, kept_from
from pcnhub.insight.evidence.keys import KeyUnusable, pem_of, public_key, text_of
from pcnhub.insight.evidence.sealing import DATA, MANIFEST, NAMES, PAGES, SIGNATURE, canonical, seal
from pcnhub.insight.evidence.verifying import verify
from tests.insight.evidence.made import KEY, facts, pack

OURS = KEY.public_key()
THEIRS = Ed25519PrivateKey.from_private_bytes(bytes(32))
Files = dict[str, bytes]


def where(files: Files) -> list[str]:
    return [each.where for each in verify(files, pinned=OURS).faults]


def with_item(files: Files, change: Callable[[dict[str, object]], None]) -> Files:
    """The files with one item of the JSON changed, and nothing else."""
    document = json.loads(files[DATA])
    change(next(item for item in document["items"] if item["id"] == "CHK-05 A81001"))
    return {**files, DATA: canonical(document)}


def test_it_verifies_and_says_by_which_key() -> None:
    pinned, open_to_all = verify(pack().files(), pinned=OURS), verify(pack().files())
    assert (pinned.holds, pinned.is_pinned, pinned.items) == (True, True, 3)
    assert (open_to_all.holds, open_to_all.is_pinned) == (True, False)
    assert pinned.signed_by == open_to_all.signed_by == text_of(OURS)


@pytest.mark.parametrize("name", NAMES)
def test_any_altered_byte_is_found_in_any_file(name: str) -> None:
    whole = pack().files()
    for place in {0, len(whole[name]) // 2, len(whole[name]) - 1}:
        altered = bytearray(whole[name])
        altered[place] ^= 1
        assert not verify({**whole, name: bytes(altered)}, pinned=OURS).holds, (name, place)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(name: str) -> None:
    files = pack().files()
    del files[name]
    assert name in where(files)


def test_an_altered_item_is_named_and_no_other() -> None:
    files = with_item(pack().files(), lambda item: item.update(state="met"))
    assert where(files) == [DATA, "item CHK-05 A81001"]


def test_items_and_parts_that_were_taken_out_or_put_in_are_named() -> None:
    whole = pack().files()
    renamed = with_item(whole, lambda item: item.update(id="CHK-99 A81001"))
    assert where(renamed) == [DATA, "item CHK-05 A81001", "item CHK-99 A81001"]
    document = json.loads(whole[DATA])
    document["contract"]["weeks"] = []
    document["more"] = 1
    assert where({**whole, DATA: canonical(document)}) == [DATA, "part contract", "part more"]
    document = json.loads(whole[DATA])
    document["items"].append(document["items"][0])
    assert where({**whole, DATA: canonical(document)}) == [DATA, DATA]


def test_what_lies_beside_the_four_files_is_named() -> None:
    assert where({**pack().files(), "evidence (final).pdf": b""}) == ["evidence (final).pdf"]


def test_the_pages_of_another_pack_are_named() -> None:
    other = pack(pages=b"%PDF other pages").files()
    assert where({**pack().files(), PAGES: other[PAGES]}) == [PAGES]


def test_what_somebody_else_signed_is_refused_by_the_pinned_key_alone() -> None:
    """Whoever alters a pack can sign it anew with a key of their own: without a pinned key that looks whole."""
    forged = pack(replace(facts(), made_by="Somebody"), key=THEIRS).files()
    assert verify(forged).holds
    refused = verify(forged, pinned=OURS)
    assert [each.where for each in refused.faults] == [MANIFEST]
    assert refused.signed_by == ""
    # Negative control of the signature: the digests alone are no proof.
    unsigned = {**forged, SIGNATURE: pack().files()[SIGNATURE]}
    assert not verify(unsigned).holds


def test_rubbish_is_refused_and_never_raises() -> None:
    whole = pack().files()
    for rubbish in (b"", b"[]", b"{", b'{"items": 3}', b"\xff", b'{"format":"pcnhub-evidence-manifest/1","files":{}}'):
        for name in (DATA, MANIFEST):
            assert not verify({**whole, name: rubbish}, pinned=OURS).holds
    signed_rubbish = seal({"items": []}, b"", key=KEY).files()
    assert verify({**signed_rubbish, DATA: b"{}"}, pinned=OURS).faults
    assert not verify({}).holds


def test_the_same_facts_are_the_same_bytes_also_as_a_zip() -> None:
    assert pack() == pack()
    assert pack().as_zip() == pack().as_zip()
    with zipfile.ZipFile(BytesIO(pack().as_zip())) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == pack().files()


def test_a_real_number_is_taken_out_and_one_for_tests_stays() -> None:
    data = pack().data.decode()
    assert "943 476 5919" not in data
    assert "Ring 999 000 0018 or [NHS number withheld]" in data
    for written in ("NHSno9434765919x", "943.476.5919", "943\u00a0476\u00a05919", "943 – 476 – 5919", "(943)4765919"):
        data = pack(replace(facts(), made_by=written)).data.decode()
        assert "[NHS number withheld]" in json.loads(data)["made"]["by"], written
    digests = pack(replace(facts(), versions={"checklist": "sha256:" + "9434765919" + "a" * 54})).data.decode()
    assert "9434765919aaa" in digests


def test_it_is_an_anchor_for_the_audit() -> None:
    assert kept_from(json.loads(pack().data)["chains"]) == {1: Kept(17, "ab" * 32), 2: Kept(0, "")}


def test_a_public_key_is_read_from_its_line_or_from_pem() -> None:
    assert text_of(public_key(text_of(OURS))) == text_of(public_key(pem_of(OURS))) == text_of(OURS)
    for wrong in ("", "abc", "-----BEGIN PUBLIC KEY-----", text_of(OURS)[:-4]):
        with pytest.raises(KeyUnusable):
            public_key(wrong)
