"""The servers that the hub calls, on loopback: its own door, a partner's endpoint, the national directory, the demographics
service, the exchange and the mail system. All are well, and each can be made to misbehave."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import trustme
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from pydantic import SecretStr

from pcnhub.care.organisations.queries import gp_connect_switches
from pcnhub.connections import probing
from pcnhub.connections.gpconnect import directory
from pcnhub.connections.gpconnect.chain import BOOK, METADATA, SEARCH
from pcnhub.connections.gpconnect.own import own_place
from pcnhub.connections.gpconnect.targets import LICENSED
from pcnhub.insight.readiness import machine, patients_door
from tests.connections.mail.post_office import post_office
from tests.connections.sds import counterpart, spine
from tests.counterparts.pds import Counterpart
from tests.counterparts.pds_people import number, person
from tests.faults.ready import HUB, NOW, Ready, say_of

ASID, PARTNER, PARTNER_ASID = "200000000360", "F86001", "200000000777"
MAILBOX = "X26HUB1"
DUMMY = number(7)
STATEMENT = {
    "resourceType": "CapabilityStatement",
    "rest": [{"resource": [{"type": "Slot", "interaction": [{"code": "search-type"}]}]}],
}
SHOWN = (
    {
        "resourceType": "Slot", "id": "1", "status": "free", "schedule": {"reference": "Schedule/1"},
        "start": "2026-11-24T18:30:00+00:00", "end": "2026-11-24T18:45:00+00:00",
    },
    {"resourceType": "Schedule", "id": "1", "actor": [{"reference": "Location/1"}]},
    {"resourceType": "Location", "id": "1", "name": "Elsewhere"},
)  # fmt: skip
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Front:
    """What answers at an address: `app`, until `instead` says otherwise. `is_silent`: it listens, and says nothing."""

    app: App
    port: int = 0
    instead: tuple[int, str, bytes] | None = None
    only: str = ""  # `instead` is said to this interaction alone
    is_silent: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.is_silent:
            self.over.wait(20)
        if self.instead is not None and environ.get("HTTP_SSP_INTERACTIONID", "").endswith(self.only):
            status, kind, body = self.instead
            start_response(f"{status} x", [("Content-Type", kind), ("Content-Length", str(len(body)))])
            return [body]
        return self.app(environ, start_response)

    def says(self, status: int, content: object, kind: str = "application/fhir+json") -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.instead = status, kind, body


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked may have gone."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def listening(app: App) -> Iterator[Front]:
    front = Front(app)
    server = make_server("127.0.0.1", 0, front, server_class=_Server, handler_class=_Quiet)
    front.port = server.server_port
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield front
    finally:
        front.over.set()
        server.shutdown()
        server.server_close()


def answering(content: object) -> App:
    body = json.dumps(content).encode()

    def app(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 x", [("Content-Type", "application/fhir+json"), ("Content-Length", str(len(body)))])
        return [body]

    return app


def own_door() -> App:
    """The hub's real door; what a thread of the server read the database by, ends with its request."""
    handler = WSGIHandler()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            answer = handler(environ, start_response)
            body = b"".join(answer)
            answer.close()
            return [body]
        finally:
            connections.close_all()

    return app


@dataclass
class Services:
    """Every server, and `patch`: what a fault changes besides is undone after it."""

    own: Front
    pages: Front  # what stands in front of the same, at the address that patients have
    partner: Front
    sds: counterpart.Directory
    pds: Counterpart
    exchange: Front
    silent_port: int
    taken: socket.socket  # a port at which nobody listens
    folder: Path
    authority: trustme.CA
    patch: pytest.MonkeyPatch

    def use(self, **values: Any) -> None:
        """Other settings of the deployment."""
        self.patch.setattr(settings, "HUB", settings.HUB.model_copy(update=values))

    @contextmanager
    def for_one_fault(self) -> Iterator[None]:
        records, people = self.sds.records, dict(self.pds.people)
        with pytest.MonkeyPatch.context() as self.patch:
            yield
        for front in (self.own, self.pages, self.partner, self.exchange):
            front.over.set()
            front.instead, front.only, front.is_silent, front.over = None, "", False, threading.Event()
        self.sds.records, self.sds.instead, self.pds.people, self.pds.faults = records, [], people, []

    def certificate(self, days: int) -> Path:
        """One that ends after so many days."""
        path = self.folder / f"shown-{days}.pem"
        leaf = self.authority.issue_cert("hub.example", not_after=NOW + timedelta(days=days))
        path.write_bytes(leaf.cert_chain_pems[0].bytes())
        return path


@contextmanager
def all_well(ready: Ready, folder: Path) -> Iterator[Services]:
    """The servers, and the hub told where they stand."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr("django.utils.timezone.now", lambda: NOW)
        # what is well answers, however busy the machine is: only what a fault makes silent is given up
        patch.setitem(probing.run.__kwdefaults__ or {}, "seconds", 60.0)
        for module in (machine, patients_door):
            patch.setattr(module, "SECONDS", 30.0)
        own, pages = stack.enter_context(listening(own_door())), stack.enter_context(listening(own_door()))
        partner = stack.enter_context(listening(answering(STATEMENT)))
        exchange = stack.enter_context(listening(answering({})))
        pds = stack.enter_context(Counterpart())
        pds.has(person(DUMMY, "Test", "Terry", date(1980, 1, 1)))
        office = stack.enter_context(post_office())
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        taken = stack.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        here = {"host": "127.0.0.1", "port": own.port, "public_address": f"http://127.0.0.1:{pages.port}"}
        patch.setattr(settings, "HUB", settings.HUB.model_copy(update=here))
        sds = stack.enter_context(counterpart.serving(_registered(ready, partner)))
        made = Services(
            own, pages, partner, sds, pds, exchange, silent.getsockname()[1], taken, folder, trustme.CA(),
            pytest.MonkeyPatch(),
        )  # fmt: skip
        patch.setattr(settings, "PDS_DRIVER", "pds-fhir")
        patch.setattr(settings, "HUB", settings.HUB.model_copy(update={
            "gp_connect_search_seconds": 60,
            "sds_url": sds.address, "sds_key": SecretStr(counterpart.KEY), "sds_seconds": 30,
            "pds_environment": "int", "pds_address": pds.address, "pds_rate": 1000, "pds_seconds": 30, "pds_test_number": DUMMY,
            "mesh_url": f"http://127.0.0.1:{exchange.port}", "mesh_mailbox": (f"{HUB}={MAILBOX}",), "mesh_seconds": 30,
            "mesh_password": SecretStr(f"{MAILBOX}=word"), "mesh_shared_key": SecretStr("key"),
            "sds_ldap_certificate": made.certificate(300),
            "smtp_host": "127.0.0.1", "smtp_port": office.port, "smtp_tls": "none", "smtp_seconds": 30,
            "smtp_from": "pcn-hub@example.nhs.uk",
        }))  # fmt: skip
        yield made


def _registered(ready: Ready, partner: Front) -> Iterable[spine.Record]:
    """The hub and its partner, in the national directory as here."""
    say_of(ready, HUB, asid=ASID)
    root = f"http://127.0.0.1:{partner.port}/{PARTNER}/STU3/1/gpconnect"
    facts = directory.EndpointFacts(ods_code=PARTNER, name="Far Practice", service_root=root, asid=PARTNER_ASID)
    directory.save_endpoint(actor=ready.manager(HUB), now=NOW, facts=facts)
    switches = gp_connect_switches(organisation_id=ready.hub_id)
    mine = (METADATA, *(name for switch, names in LICENSED.items() if switches[switch] for name in names))
    own_root = own_place(ods_code=HUB, name="", asid=ASID).service_root
    for ods_code, asid, names, at in (
        (HUB, ASID, mine, own_root),
        (PARTNER, PARTNER_ASID, (METADATA, SEARCH, BOOK), root),
    ):
        named = [f"{spine.SERVICE}fhir:{name}" for name in names]
        yield spine.system(asid, ods_code, f"{ods_code}-0000001", *named)
        for place, each in enumerate(named):
            yield spine.endpoint(f"{ods_code}{place}", ods_code, f"{ods_code}-0000001", at, each)
