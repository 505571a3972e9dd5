"""Two hubs, each with a database and processes of its own: one finds and books at the other over HTTP, on a wire that breaks."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from django.db import connections
from django.utils import timezone

from tests.conftest import FreshDatabase, copy_database, point_django_at

PCNHUB = [sys.executable, "-c", "from pcnhub.entrances.cli.main import main; main()"]
NUMBER = "9990000034"


@dataclass
class Between:
    """A proxy on the way. `cuts` of the next bookings are passed on, and their answers lost; so are `deaf` calls after each."""

    target: str
    cuts: int = 0
    deaf: int = 0
    lost: int = 0
    passed: list[str] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[str]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        between = self

        class Handler(BaseHTTPRequestHandler):
            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {
                    name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")
                }
                books = self.command == "POST" and self.path.endswith("/Appointment")
                if not books and between.lost:
                    between.lost -= 1
                    self.close_connection = True
                    return
                answer = httpx.request(
                    self.command, between.target + self.path, content=body, headers=headers, timeout=30
                )
                between.passed.append(self.headers["Ssp-InteractionID"].rpartition(":fhir:")[2])
                if books and between.cuts:
                    between.cuts, between.lost = between.cuts - 1, between.deaf
                    self.close_connection = True
                    return
                self.send_response(answer.status_code)
                for name in ("Content-Type", "ETag", "Location"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = do_PUT = _pass  # noqa: N815 - the names that the server calls

            def log_message(self, *_: Any) -> None:
                return

        return Handler


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    kept = {key: value for key, value in environment.items() if key != "PCNHUB_OWNER_DATABASE_URL"}
    process = subprocess.Popen(
        [*PCNHUB, "serve"], env={**kept, "PCNHUB_PORT": str(port), "PCNHUB_WORKERS": "1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)


def wait_for(port: int) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail("a hub did not start")


def as_provider(day: date, now: datetime) -> None:
    """The hub whose slots are wanted."""
    from pcnhub.care.organisations.queries import installation_actor
    from pcnhub.connections.pds.local import asking_for
    from pcnhub.connections.pds.models import Person
    from pcnhub.foundations.database.work import unit_of_work
    from tests.cast import world
    from tests.entrances.gpconnect.bodies import open_session
    from tests.entrances.gpconnect.consumer import switch_on

    w = world()
    switch_on(w.hub)
    open_session(w, day=day, now=now)
    with unit_of_work(installation_actor()), asking_for([NUMBER]):
        Person.objects.create(
            nhs_number=NUMBER, given_name="Zoë", family_name="O'Neill", birth_date=date(1990, 1, 1), gender="female"
        )


def as_consumer(root: str, now: datetime) -> tuple[int, str]:
    """A surgery that knows of the other hub only what is in its directory: its patient, and its receptionist's session."""
    from pcnhub.connections.gpconnect.directory import EndpointFacts, save_endpoint
    from tests.cast import patient, world
    from tests.entrances.client import signed_in_as

    w = world()
    w.outside.asid, w.outside.phone = "200000000359", "01724 000 111"
    w.outside.save(update_fields=["asid", "phone"])
    facts = EndpointFacts("Y07108", "Far Hub", f"{root}/Y07108/STU3/1/gpconnect", "918999198738", phone="01724 222")
    save_endpoint(actor=w.charlie, now=now, facts=facts)
    held = patient(w.outside, NUMBER, "Zoë", "O'Neill", date(1990, 1, 1))
    return held.pk, signed_in_as(w.charlie, at=now).cookies["pcnhub-session"].value


@dataclass
class Surgery:
    """Charlie's browser."""

    address: str
    patient_id: int
    browser: httpx.Client

    def get(self, path: str) -> str:
        answer = self.browser.get(self.address + path)
        assert answer.status_code < 500, answer.text[-2000:]
        return unescape(answer.text)

    def rows(self, day: date) -> list[str]:
        days = "&".join(
            f"{name}-{part}={getattr(day, part)}" for name in ("from_on", "to_on") for part in ("day", "month", "year")
        )
        page = self.get(f"/patients/{self.patient_id}/book-anywhere?{days}&ask=yes")
        return re.findall(r'href="([^"]*/book-anywhere/\d+/[^"]*)"', page) or [page]

    def book(self, address: str) -> str:
        """Sends the form of the page as a browser does, and answers the page that it leads to."""
        page = self.get(address)
        form = dict(re.findall(r'type="hidden" name="(csrfmiddlewaretoken|idempotency_key)" value="([^"]*)"', page))
        answer = self.browser.post(
            self.address + address, data={**form, "description": "Cough", "patient_agrees": "on"},
            headers={"Referer": self.address + address},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text[-3000:]
        return unescape(answer.text)


@pytest.mark.slow
def test_one_hub_books_at_another_over_a_wire_that_breaks(
    fresh_database: FreshDatabase, postgres: Any, template: str, django_db_blocker: Any
) -> None:
    now = timezone.now()
    day = (now + timedelta(days=3)).date()
    other = f"fresh_{uuid.uuid4().hex[:12]}"
    copy_database(postgres, template, other)
    provider, consumer = fresh_database.name, other
    ports = free_port(), free_port()
    environment = {
        name: value.replace(provider, consumer) if name.endswith("DATABASE_URL") else value
        for name, value in fresh_database.environment.items()
    }
    between = Between(f"http://127.0.0.1:{ports[0]}")

    as_provider(day, now)
    with ExitStack() as stack:
        running = stack.enter_context(served(fresh_database.environment, ports[0]))
        stack.enter_context(served({**environment, "PCNHUB_DATA": environment["PCNHUB_DATA"] + "-2"}, ports[1]))
        root = stack.enter_context(between.running())
        stack.callback(at, provider)
        at(consumer)
        patient_id, cookie = as_consumer(root, now)
        browser = stack.enter_context(
            httpx.Client(cookies={"pcnhub-session": cookie}, follow_redirects=True, timeout=30)
        )
        surgery = Surgery(f"http://127.0.0.1:{ports[1]}", patient_id, browser)
        for port in ports:
            wait_for(port)

        slots = surgery.rows(day)
        assert len(slots) == 6, slots[0][-3000:]

        # plainly
        assert "The appointment is booked." in surgery.book(slots[0])
        # the answer is lost, and looked up at once
        between.cuts = 1
        assert "the appointment is booked" in surgery.book(slots[1])
        # the answer is lost, and so is the look: nothing is claimed
        assert "does not know this patient" not in surgery.get(slots[2])  # registered by the first booking
        between.cuts = between.deaf = 1
        doubted = surgery.book(slots[2])
        assert "Not known yet" in doubted
        assert "The appointment is booked" not in doubted

        # the worker of the consumer finds out
        assert settled_by_worker(now) == ["booked", "booked", "booked"]
        at(provider)
        assert live_bookings() == 3
        assert between.passed.count("rest:create:appointment-1") == 3  # nothing was sent twice

        # the slots are gone there for everybody; a stopped provider is named
        assert len(surgery.rows(day)) == 3
        running.terminate()
        running.wait(15)
        (page,) = surgery.rows(day)
        assert "Far Hub" in page
        assert "Or telephone 01724 222." in page


def settled_by_worker(now: datetime) -> list[str]:
    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.connections.gpconnect.models import BookingElsewhere
    from pcnhub.foundations.database.work import unit_of_work
    from pcnhub.foundations.jobs.worker import Worker

    worker = Worker("test", lambda organisation_id, _: system_actor_for(organisation_id=organisation_id))
    worker.drain(now=now + timedelta(minutes=5))
    from pcnhub.care.organisations.models import Organisation

    outside = Organisation.objects.get(ods_code="C83003")
    with unit_of_work(system_actor_for(organisation_id=outside.pk)):
        return [row.state for row in BookingElsewhere.objects.order_by("pk")]


def live_bookings() -> int:
    from pcnhub.care.appointments.models import Booking
    from pcnhub.care.organisations.models import Organisation
    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.foundations.database.work import unit_of_work

    hub = Organisation.objects.get(ods_code="Y07108")
    with unit_of_work(system_actor_for(organisation_id=hub.pk)):
        return Booking.objects.exclude(status="cancelled").count()


def at(name: str) -> None:
    """This process looks at that hub's database."""
    connections.close_all()
    point_django_at(name)
