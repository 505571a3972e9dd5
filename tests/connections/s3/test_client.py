"""The client against a real object store: what it holds is what the store says, and each refusal has its words."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import obstore
import pytest
from obstore.exceptions import GenericError
from obstore.store import S3Store

from pcnhub.connections.s3.address import bucket_and_prefix, endpoint
from pcnhub.connections.s3.client import Bucket
from pcnhub.connections.s3.words import NotThere, StoreRefused, StoreUnreachable, meaning
from tests.counterparts.objects import READER, Objects, away, objects


@pytest.fixture(scope="module")
def running() -> Iterator[Objects]:
    with objects() as made:
        yield made


def test_what_was_put_is_what_the_store_tells_of_and_aws_variables_decide_nothing(
    running: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9", "AWS_SKIP_SIGNATURE": "true", "AWS_SESSION_TOKEN": "x",
        "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    bucket = Bucket(running.address())
    held = bucket.put("one", b"sealed")
    assert (held.name, held.size) == ("one", 6)
    assert abs(datetime.now(tz=UTC) - held.at) < timedelta(minutes=1)
    assert "packs/hub/one" in running.names()
    assert Bucket(running.address(prefix="packs")).listed() == []  # what lies deeper is not its own
    assert bucket.listed() == [bucket.head("one")] == [held]
    assert Bucket(running.address(prefix="packs")).listed(beginning="hub") == []
    for name in ("aaa", "on", "onf", "zzz"):
        bucket.put(name, b"")
    assert [each.name for each in bucket.listed(beginning="on")] == ["one", "onf"]  # what begins so, and goes on
    for name in ("aaa", "on", "onf", "zzz"):
        bucket.delete(name)
    assert bucket.get("one") == b"sealed"
    bucket.delete("one")
    bucket.delete("one")
    with pytest.raises(NotThere):
        bucket.get("one")


def test_each_refusal_says_what_is_wrong_and_no_secret(running: Objects) -> None:
    good = running.address()
    for wrong, words in (
        (replace(good, secret="another"), "the secret does not belong to the key id"),
        (replace(good, key_id="AKIAUNKNOWN"), "does not know the key id"),
        (replace(good, bucket="another"), "may not do that there"),
        (running.address(rights=READER), "may not do that there"),
    ):
        with pytest.raises(StoreRefused, match=words) as refused:
            Bucket(wrong).put("one", b"sealed")
        assert wrong.secret not in refused.value.message + repr(wrong)
        assert wrong.key_id not in refused.value.message
    assert not running.names()


def test_a_store_that_is_away_is_known_not_to_have_it_and_one_that_is_silent_is_not(running: Objects) -> None:
    with pytest.raises(StoreUnreachable, match="nothing answers") as gone:
        Bucket(away(running.address())).put("one", b"sealed")
    assert not gone.value.is_unsure
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = replace(running.address(seconds=0.2), endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(StoreUnreachable, match="in time") as unsure:
            Bucket(address).put("one", b"sealed")
        assert unsure.value.is_unsure


def test_where_the_writing_got_no_answer_the_asking_decides(running: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket, put = Bucket(running.address()), obstore.put

    def then_silent(store: S3Store, name: str, content: bytes, *, use_multipart: bool) -> None:
        if name == "arrived":
            put(store, name, content, use_multipart=use_multipart)
        raise GenericError("kind: Timeout")

    monkeypatch.setattr(obstore, "put", then_silent)
    assert bucket.put("arrived", b"sealed").size == 6
    with pytest.raises(StoreUnreachable) as known:
        bucket.put("lost", b"sealed")
    assert not known.value.is_unsure
    with pytest.raises(StoreRefused, match="6 bytes of 7"):  # what lies there is not what was sent
        bucket._confirmed(bucket.head("arrived"), b"sealed!")
    assert bucket.listed() == []


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("status code: 503 Service Unavailable", StoreUnreachable, "fault of its own"),
        ("status code: 429", StoreUnreachable, "fault of its own"),
        ("status code: 400: <Error><Code>AuthorizationHeaderMalformed</Code>", StoreRefused, "another region"),
        ("status code: 404: <Error><Code>NoSuchBucket</Code>", StoreRefused, "no bucket of this name"),
        ("status code: 403: <Error><Code>QuotaExceeded</Code>", StoreRefused, "space is used up"),
        ("status code: 403: <Error><Code>RequestTimeTooSkewed</Code>", StoreRefused, "clock is wrong"),
        ("status code: 418", StoreRefused, "status 418"),
        ("kind: Connect ... InvalidCertificate(UnknownIssuer)", StoreRefused, "certificate"),
        ("kind: Connect ... dns error", StoreUnreachable, "not known to this network"),
        ("kind: Request ... connection closed", StoreUnreachable, "broke"),
    ],
)
def test_what_the_store_says_has_plain_words(text: str, kind: type[Exception], words: str) -> None:
    found = meaning(text)
    assert isinstance(found, kind)
    assert words in found.message


def test_addresses_are_checked() -> None:
    assert bucket_and_prefix("s3://continuity/packs/hub/") == ("continuity", "packs/hub")
    assert bucket_and_prefix("s3://continuity") == ("continuity", "")
    for wrong in ("s3://", "https://x/y", "s3://Bucket", "s3://continuity/a//b", "s3://continuity/../b", "s3://c@d/e"):
        with pytest.raises(ValueError, match="must be s3://"):
            bucket_and_prefix(wrong)
    assert endpoint("http://127.0.0.1:9000") == "http://127.0.0.1:9000"
    for wrong in ("http://objects.example.nhs.uk", "https://objects.example.nhs.uk/", "https://key@x", "objects"):
        with pytest.raises(ValueError, match="https"):
            endpoint(wrong)
