"""`pcnhub gpconnect serve-check`: the endpoint as its operator asks it, in this process and over a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from pcnhub.care.appointments.models import Booking
from pcnhub.care.organisations.models import GpConnectSwitch
from pcnhub.entrances.cli.serve_check import check
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound
from tests.cast import World, world
from tests.cli.test_serving import as_served, command, free_port, running, wait_for
from tests.conftest import FreshDatabase
from tests.entrances.gpconnect.bodies import hub_patient
from tests.entrances.gpconnect.consumer import switch_on
from tests.rooms.appointments.book import session

CLIENT = httpx.Client
DUMMY = "9000000009"
READS = [
    "rest:read:metadata-1", "no token: refused", "rest:search:organization-1", "rest:search:slot-1",
    "rest:search:slot-1 (XML)", "rest:read:location-1", "rest:read:practitioner-1", "rest:search:patient-1",
    "structured: metadata", "operation:gpc.getstructuredrecord-1",
]  # fmt: skip
WRITES = [f"rest:{deed}:appointment-1" for deed in ("create", "read", "update", "cancel")]


@pytest.fixture
def w(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """A hub whose endpoint answers in this process."""
    made = world()
    switch_on(made.hub, made.ash, made.birch)
    answered_by(monkeypatch, in_process)
    return made


def answered_by(monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request], httpx.Response]) -> None:
    monkeypatch.setattr(httpx, "Client", lambda **_: CLIENT(transport=httpx.MockTransport(answer)))


def in_process(request: httpx.Request) -> httpx.Response:
    given = Client().generic(
        request.method,
        request.url.raw_path.decode(),
        request.content,
        content_type=request.headers.get("Content-Type", ""),
        headers=dict(request.headers),
    )
    return httpx.Response(given.status_code, headers=dict(given.headers), content=given.content)


def a_session(w: World) -> int:
    return session(w, day=london_date(timezone.now()) + timedelta(days=3), now=timezone.now() - timedelta(days=1))


def results(w: World, nhs_number: str | None = None) -> dict[str, str]:
    steps = check(ods_code=w.hub.ods_code, nhs_number=nhs_number, way={})
    return {step.name: step.result if step.result != "failed" else step.said for step in steps}


def test_every_interaction_is_called_and_nothing_is_written(w: World) -> None:
    a_session(w)
    assert results(w) == dict.fromkeys(READS, "ok")
    with unit_of_work(w.carys):
        assert not Booking.objects.exists()


def test_without_a_slot_what_hangs_on_one_is_skipped(w: World) -> None:
    assert results(w) == {
        **dict.fromkeys(READS, "ok"),
        "rest:read:location-1": "skipped",
        "rest:read:practitioner-1": "skipped",
    }


def test_a_dummy_patient_is_booked_and_cancelled(w: World) -> None:
    a_session(w)
    hub_patient(w)
    assert results(w, DUMMY) == dict.fromkeys([*READS, *WRITES], "ok")
    with unit_of_work(w.carys):
        (row,) = Booking.objects.all()
    assert row.status == "cancelled"


@pytest.mark.parametrize("number", ["4505577104", "9000000008", "x", ""])
def test_only_a_dummy_patient_is_booked(w: World, number: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check(ods_code=w.hub.ods_code, nhs_number=number, way={})
    assert not number or number not in refusal.value.problems[0].sentence()


def test_a_dummy_patient_who_is_not_there(w: World) -> None:
    a_session(w)
    said = results(w, DUMMY)
    assert "register the dummy patient" in said["rest:create:appointment-1"]
    assert "rest:cancel:appointment-1" not in said


def test_what_is_wrong_is_named(w: World) -> None:
    GpConnectSwitch.objects.filter(organisation=w.hub, capability="appointments").update(is_on=False)
    said = results(w)
    assert said["rest:read:metadata-1"] == "ok"
    assert said["rest:search:slot-1"].startswith("HTTP 403, ACCESS_DENIED")


def test_an_organisation_that_is_not_here(w: World) -> None:
    with pytest.raises(NotFound):
        check(ods_code="X99999", nhs_number=None, way={})


def test_an_endpoint_that_does_not_answer(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    answered_by(monkeypatch, nothing)
    assert results(w)["rest:read:metadata-1"] == "no answer from http://127.0.0.1:9: ConnectError"


def test_what_is_no_fhir_is_said(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answered_by(monkeypatch, lambda _: httpx.Response(404, html="<p>not here</p>"))
    assert set(results(w).values()) == {"HTTP 404, and no FHIR", "skipped"}


@pytest.mark.slow
def test_over_a_real_server(fresh_database: FreshDatabase) -> None:
    with transaction.atomic():
        w = world()
        switch_on(w.hub)
    port = free_port()
    environment = {**as_served(fresh_database), "PCNHUB_PORT": str(port), "PCNHUB_WORKERS": "1"}
    arguments = ("gpconnect", "serve-check", "--ods", w.hub.ods_code)
    with running(environment, "serve"):
        wait_for(f"http://127.0.0.1:{port}/health/live", 200)
        said = command(environment, *arguments, "--json")
    assert said.returncode == 0, said
    steps = json.loads(said.stdout)
    assert [step["name"] for step in steps] == READS
    assert all(step["milliseconds"] > 0 for step in steps if step["result"] == "ok")
