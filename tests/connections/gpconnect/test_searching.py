"""Several providers at once, over real sockets: what answers is shown, what doesn't is named."""

from __future__ import annotations

import json
import queue
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from gzip import compress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from pcnhub.connections.gpconnect import client, searching
from pcnhub.connections.gpconnect.client import Link, Place, Question
from pcnhub.connections.gpconnect.configuration import Configuration
from pcnhub.connections.gpconnect.refusals import NoAnswer, Unclear
from pcnhub.connections.gpconnect.token import READ_ORGANISATION, Caller
from tests.cast import NOW, World

DAY = date(2026, 11, 24)
CALLER = Caller(
    "C83003", "Outside Surgery", "gp-practice", "200000000359", "01", "account-1", "C", "C", "UNK", "UNK", "t"
)
EMPTY = json.dumps({"resourceType": "Bundle", "type": "searchset"}).encode()


@dataclass
class Provider:
    """A system that answers as it is told: late, drop by drop, packed, or not at all."""

    status: int = 200
    body: bytes = EMPTY
    headers: dict[str, str] = field(default_factory=dict)
    waits: threading.Event | None = None
    drops: float = 0.0
    tls: ssl.SSLContext | None = None
    heard: list[dict[str, str]] = field(default_factory=list)

    @contextmanager
    def running(self, endpoint_id: int = 1, name: str = "Far Hub") -> Iterator[Place]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if self.tls:
            server.socket = self.tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            root = f"{'https' if self.tls else 'http'}://127.0.0.1:{server.server_port}/X99999/STU3/1/gpconnect"
            yield Place(endpoint_id, f"X{endpoint_id}", name, root, "918999198739", "0113 1")
        finally:
            if self.waits:
                self.waits.set()
            server.shutdown()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.heard.append(dict(self.headers.items()))
                if provider.waits:
                    provider.waits.wait(10)
                try:
                    self.send_response(provider.status)
                    for name, value in {"Content-Type": "application/fhir+json", **provider.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(provider.body)))
                    self.end_headers()
                    for byte in provider.body if provider.drops else ():
                        self.wfile.write(bytes([byte]))
                        time.sleep(provider.drops)
                    if not provider.drops:
                        self.wfile.write(provider.body)
                except OSError:
                    return  # whoever asked has gone

            def log_message(self, *_: Any) -> None:
                return

        return Handler


@pytest.fixture(autouse=True)
def _new_client() -> None:
    client._http.cache_clear()


def link() -> Link:
    return Link(CALLER, Configuration(), NOW)


def question() -> Question:
    return Question("rest:search:slot-1", READ_ORGANISATION, "Slot")


def test_a_slow_and_a_failing_provider_are_named_and_hold_up_nobody(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.cast import world

    w: World = world()
    monkeypatch.setattr(searching, "link_for", lambda **_: link())
    never = threading.Event()
    with (
        Provider(body=slots()).running(1, "Quick Hub") as quick,
        Provider(waits=never).running(2, "Slow Hub") as slow,
        Provider(status=500, body=b"oh").running(3, "Broken Hub") as broken,
    ):
        begun = time.monotonic()
        found = searching.search(
            actor=w.ada, now=NOW, places=[slow, broken, quick], from_on=DAY, to_on=DAY, seconds=0.6
        )
        assert time.monotonic() - begun < 1.5
    assert [each.place.name for each in found] == ["Slow Hub", "Broken Hub", "Quick Hub"]
    assert "has not answered" in found[0].problem
    assert found[0].remedy
    assert "HTTP 500" in found[1].problem
    assert [slot.slot_id for slot in found[2].slots] == ["s1"]
    assert not found[2].problem


def slots() -> bytes:
    starts, ends = datetime(2026, 11, 24, 18, 30), datetime(2026, 11, 24, 18, 40)  # noqa: DTZ001 - written with Z
    return json.dumps(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [
                {
                    "resource": {
                        "resourceType": "Slot", "id": "s1", "schedule": {"reference": "Schedule/c1"}, "status": "free",
                        "start": f"{starts.isoformat()}Z", "end": f"{ends.isoformat()}Z", "newElement": True,
                    }
                },
                {"resource": {"resourceType": "Schedule", "id": "c1", "actor": [{"reference": "Location/l1"}]}},
                {"resource": {"resourceType": "Location", "id": "l1", "address": [{"line": "1 High Street"}]}},
            ],
        }
    ).encode()  # fmt: skip


def test_who_is_slow_for_many_is_not_waited_for(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.cast import world

    w: World = world()
    monkeypatch.setattr(searching, "link_for", lambda **_: link())
    never = threading.Event()
    with Provider(waits=never).running(4, "Slow Hub") as slow:
        for _ in range(searching.AT_ONCE):
            searching._start(link(), slow, DAY, DAY, 10, queue.SimpleQueue())
        (found,) = searching.search(actor=w.ada, now=NOW, places=[slow], from_on=DAY, to_on=DAY, seconds=5)
    assert "others wait for it already" in found.problem


def test_an_answer_that_drips_is_cut_off() -> None:
    with Provider(drops=0.05).running() as place, pytest.raises(NoAnswer, match="has not answered within"):
        link().ask(place, question(), seconds=0.2)


def test_packed_answers_are_read_and_a_bomb_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with Provider(body=compress(EMPTY), headers={"Content-Encoding": "gzip"}).running() as place:
        assert link().ask(place, question()).resource is not None
    monkeypatch.setattr(client, "LARGEST", 100_000)
    bomb = Provider(body=compress(b" " * 5_000_000), headers={"Content-Encoding": "gzip"})
    with bomb.running() as place, pytest.raises(Unclear, match="more than can be read"):
        link().ask(place, question())


def test_a_redirect_is_not_followed() -> None:
    provider = Provider(status=302, headers={"Location": "/elsewhere"})
    with provider.running() as place, pytest.raises(Unclear):
        link().ask(place, question())
    assert len(provider.heard) == 1


def test_nobody_listening_is_said_to_be_so() -> None:
    with Provider().running() as place:
        pass
    with pytest.raises(NoAnswer) as silence:
        link().ask(place, question())
    assert not silence.value.was_sent
    assert "Nothing was sent" in silence.value.message


def test_both_sides_show_a_certificate(tmp_path: Path) -> None:
    """Mutual TLS: without our certificate they refuse us, without theirs we refuse them."""
    ours, theirs, stranger = trustme.CA(), trustme.CA(), trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.issue_cert("127.0.0.1").configure_cert(context)
    ours.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    certificate = ours.issue_cert("consumer.example")
    names = {name: tmp_path / f"{name}.pem" for name in ("certificate", "key", "theirs", "stranger")}
    names["certificate"].write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
    names["key"].write_bytes(certificate.private_key_pem.bytes())
    theirs.cert_pem.write_to_path(names["theirs"])
    stranger.cert_pem.write_to_path(names["stranger"])
    with Provider(tls=context).running() as place:
        good = Configuration(certificate=names["certificate"], key=names["key"], authorities=names["theirs"])
        assert Link(CALLER, good, NOW).ask(place, question()).resource is not None
        for bad in (replace(good, certificate=None, key=None), replace(good, authorities=names["stranger"])):
            with pytest.raises(NoAnswer):
                Link(CALLER, bad, NOW).ask(place, question(), seconds=5)
