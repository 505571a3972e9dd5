"""The machine's own probes: clock, certificates, worker."""

from __future__ import annotations

import email.utils
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.connections.gpconnect import directory
from pcnhub.foundations.jobs.models import Heartbeat
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.insight.readiness import machine, queries
from pcnhub.insight.readiness.checking import check
from pcnhub.insight.readiness.rules import CellState
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


def found(w: World, check_id: str) -> tuple[Finding, ...]:
    network = network_of_hub(hub_id=w.hub.pk, day=NOW.date())
    findings = machine.PROBES[check_id](actor=system_for(w.hub), hub=network, now=NOW)
    assert all(bool(each.fix) is (each.state in (State.UNMET, State.UNKNOWN)) for each in findings)
    return findings


@contextmanager
def telling(seconds_off: float) -> Iterator[str]:
    """A server that refuses, and whose clock is that much off."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(401)
            at = machine._clock() + timedelta(seconds=seconds_off)
            self.send_header("Date", email.utils.format_datetime(at, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_clock_is_held_beside_the_databases_and_another_servers(w: World, settings: Any) -> None:
    (alone,) = found(w, "CHK-D8")
    assert alone.state in (State.MET, State.NOT_APPLICABLE)
    for seconds_off, state in ((0, State.MET), (-60, State.UNMET), (90, State.UNMET)):
        with telling(seconds_off) as address:
            settings.HUB = settings.HUB.model_copy(update={"sds_url": address})
            (finding,) = found(w, "CHK-D8")
            assert (finding.state, "127.0.0.1’s is" in finding.evidence) == (state, True)
    (finding,) = found(w, "CHK-D8")  # that server is gone
    assert (finding.state, "no other server" in finding.evidence) == (State.UNKNOWN, True)


def test_a_clock_that_is_not_the_databases_is_wrong(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    right = machine._clock
    monkeypatch.setattr(machine, "_clock", lambda: right() - timedelta(minutes=3))
    (finding,) = found(w, "CHK-D8")
    assert (finding.state, "seconds apart" in finding.evidence) == (State.UNMET, True)


@contextmanager
def showing(leaf: trustme.LeafCert) -> Iterator[str]:
    """A server that shows this certificate to whoever begins to talk to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # who looked hangs up
                line, _ = server.accept()
                with context.wrap_socket(line, server_side=True) as spoken:
                    spoken.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_certificates_in_files_and_at_servers_are_looked_at(w: World, settings: Any, tmp_path: Path) -> None:
    assert [each.state for each in found(w, "CHK-D9")] == [State.NOT_APPLICABLE]
    authority, mine = trustme.CA(), tmp_path / "mine.pem"

    def shows(days: int) -> None:
        leaf = authority.issue_cert("hub.example", not_after=NOW + timedelta(days=days))
        mine.write_bytes(leaf.cert_chain_pems[0].bytes())
        settings.HUB = settings.HUB.model_copy(update={"mesh_certificate": mine})

    shows(31)
    assert [each.state for each in found(w, "CHK-D9")] == [State.MET]
    shows(29)
    soon = found(w, "CHK-D9")[0]
    assert (soon.state, "message exchange ends on 22 December 2026" in soon.evidence) == (State.UNMET, True)

    shows(300)
    theirs = authority.issue_cert("127.0.0.1", not_after=NOW - timedelta(days=1))
    with showing(theirs) as place:
        facts = directory.EndpointFacts(
            ods_code="F86001",
            name="Far Practice",
            service_root=f"https://{place}/F86001/STU3/1/gpconnect",
            asid="200000000777",
        )
        directory.save_endpoint(actor=w.carys, now=NOW, facts=facts)
        ended = found(w, "CHK-D9")[0]
        assert (ended.state, "Far Practice" in ended.evidence, "ended on" in ended.evidence) == (
            State.UNMET,
            True,
            True,
        )
    gone = found(w, "CHK-D9")[0]
    assert (gone.state, "could not be looked at" in gone.evidence) == (State.UNKNOWN, True)


def test_a_worker_is_alive_while_it_says_so(w: World) -> None:
    (finding,) = found(w, "CHK-D10")
    assert finding.state is State.UNMET
    Heartbeat.objects.create(worker="one", beat_at=NOW - timedelta(seconds=30))
    (finding,) = found(w, "CHK-D10")
    assert (finding.state, "1 at work" in finding.evidence) == (State.MET, True)


def test_a_worker_that_died_is_missed_by_whoever_looks(w: World) -> None:
    """Real calls are made by the worker: of itself it would never say more than that it lives."""

    def state() -> CellState:
        check(
            now=NOW, hub_id=w.hub.pk, only={"CHK-D10"}, probes=False
        )  # as each page of readiness does, and going live
        whole = queries.grid(actor=w.carys, now=NOW, hub_id=w.hub.pk)
        return next(
            cell.state for cell in whole.cells if cell.requirement.id == "CHK-D10" and cell.organisation == whole.hub
        )

    Heartbeat.objects.create(worker="one", beat_at=NOW - timedelta(seconds=30))
    assert state() is CellState.MET
    Heartbeat.objects.update(beat_at=NOW - timedelta(minutes=2))
    assert state() is CellState.UNMET
