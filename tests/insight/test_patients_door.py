"""CHK-63: whether patients reach their own pages, asked as one of them would."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from pcnhub.care.organisations.queries import NetworkView, network_of_hub
from pcnhub.connections.probing import Answer, Plan
from pcnhub.foundations.kernel.findings import Finding, State
from pcnhub.insight.readiness import patients_door
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db
ADDRESS = "http://testserver"


@pytest.fixture
def w(settings: Any) -> World:
    cache.clear()
    settings.HUB = settings.HUB.model_copy(update={"public_address": ADDRESS})
    return world()


def network(w: World) -> NetworkView:
    return network_of_hub(hub_id=w.hub.pk, day=NOW.date())


def planned(w: World) -> Plan:
    return patients_door.plan_63(actor=system_for(w.hub), hub=network(w), now=NOW)


def found(w: World) -> Finding:
    (finding,) = patients_door.PROBES["CHK-63"](actor=system_for(w.hub), hub=network(w), now=NOW)
    assert bool(finding.fix) is (finding.state is not State.MET)
    return finding


def answering(monkeypatch: pytest.MonkeyPatch, transport: httpx.BaseTransport) -> None:
    def client(address: str) -> httpx.Client:
        return httpx.Client(base_url=address, transport=transport, follow_redirects=True)

    monkeypatch.setattr(patients_door, "_client", client)


def test_the_pages_ask_for_the_date_of_birth_and_look_for_the_link(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def listening(execute: Any, sql: Any, *more: Any) -> Any:
        asked.append(str(sql))
        return execute(sql, *more)

    browser = Client(enforce_csrf_checks=True)

    def ask(request: httpx.Request) -> httpx.Response:
        kind = request.headers.get("Content-Type", "")
        answer = browser.generic(request.method, request.url.path, request.content, kind)
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)

    answering(monkeypatch, httpx.MockTransport(ask))
    with connection.execute_wrapper(listening):
        finding = found(w)
    assert (finding.state, finding.evidence) == (
        State.MET,
        f"On 23 November 2026 at 09:00 {ADDRESS} asked a patient for the date of birth, and looked for the link",
    )
    assert any("appointments_ownlink" in each for each in asked)  # the database was reached
    assert not any("audit_entry" in each and each.startswith("INSERT") for each in asked)


def test_where_something_else_answers_patients_cannot_cancel(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for status, body in ((404, "nginx"), (200, "A maintenance page"), (502, "")):
        answering(
            monkeypatch, httpx.MockTransport(lambda _, status=status, body=body: httpx.Response(status, text=body))
        )
        finding = found(w)
        assert (finding.state, f"answered {status}" in finding.evidence) == (State.UNMET, True)


def test_pages_whose_database_is_away_are_no_way_to_cancel(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def asks_and_breaks(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(500)
        return httpx.Response(200, text='<input name="csrfmiddlewaretoken" value="abc">')

    answering(monkeypatch, httpx.MockTransport(asks_and_breaks))
    finding = found(w)
    assert (finding.state, "could not look" in finding.evidence) == (State.UNMET, True)


def test_silence_is_unknown(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("")

    answering(monkeypatch, httpx.MockTransport(silent))
    finding = found(w)
    assert (finding.state, "PCNHUB_PUBLIC_ADDRESS" in str(finding.fix)) == (State.UNKNOWN, False)


@pytest.mark.parametrize(
    ("set_to", "address"),
    [
        ({"https": True, "allowed_hosts": ("hub.example",)}, "https://hub.example"),
        (
            {"https": True, "allowed_hosts": ("hub.example",), "tls_certificate": Path("own.pem"), "port": 8443},
            "https://hub.example:8443",
        ),
        ({"https": False}, "http://127.0.0.1:9"),
    ],
)
def test_without_an_address_of_their_own_patients_have_that_of_staff(
    w: World, monkeypatch: pytest.MonkeyPatch, settings: Any, set_to: dict[str, Any], address: str
) -> None:
    settings.HUB = settings.HUB.model_copy(update={"public_address": ""} | set_to)
    asked: list[str] = []

    def as_a_patient(at: str) -> None:
        asked.append(at)

    monkeypatch.setattr(patients_door, "_as_a_patient", as_a_patient)
    finding = found(w)
    assert (asked, finding.state, "PCNHUB_PUBLIC_ADDRESS" in str(finding.fix)) == ([address], State.UNKNOWN, True)


def test_an_answer_of_another_hubs_run_says_when_it_was_asked_and_is_of_this_address_alone(
    w: World, settings: Any
) -> None:
    plan = planned(w)
    (key,) = plan.calls
    (finding,) = plan.means({key: Answer("", 12, asked_at=NOW - timedelta(minutes=14))})
    assert "at 08:46" in finding.evidence
    settings.HUB = settings.HUB.model_copy(update={"public_address": "https://new.example"})
    assert key not in planned(w).calls
