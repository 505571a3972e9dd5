"""The record page of a patient whose practice is on another system: at once with what is here, the rest as it comes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from pcnhub.care.records.rules import PermissionAnswer
from pcnhub.connections.gpconnect.configuration import Configuration, configuration
from pcnhub.connections.gpconnect.models import Endpoint
from tests.cast import World, world
from tests.connections.gpconnect import remote
from tests.connections.gpconnect.remote import ACTIVE, ENDED, MEDICATION, Clinic, Remote, allergy, bundle, listed
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Remote:
    made = Remote(
        bundle(listed(ACTIVE, "AllergyIntolerance/a"), allergy("<b>Nuts</b>"), listed(ENDED), listed(MEDICATION))
    )
    monkeypatch.setattr("pcnhub.connections.gpconnect.client._http", lambda _: httpx.Client(transport=made))
    return made


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cast answers on its own day; the door reads the clock."""
    from tests.cast import NOW

    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def shown(client: Client, clinic: Clinic, *, name: str = "record", query: str = "") -> str:
    answer = client.get(reverse(name, args=[clinic.patient_id]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_comes_before_anybody_is_asked_and_the_part_after(cast: World, far: Remote, today: None) -> None:
    clinic, client = Clinic(cast, asked=False), signed_in_as(cast.bilal)
    page = shown(client, clinic)
    assert "May we look at the record" in page
    assert "data-fragment" not in page
    form = reverse("record-permission", args=[clinic.patient_id])
    assert client.post(form, {"answer": "overridden"}).status_code == 422
    assert client.post(form, {"answer": "given"}).status_code == 302
    page = shown(client, clinic)
    assert reverse("record-elsewhere", args=[clinic.patient_id]) in page
    assert "Allergies and medication are not here yet." in page
    assert not far.requests
    for whole in (shown(client, clinic, name="record-elsewhere"), shown(client, clinic, query="?ask=yes")):
        assert "&lt;b&gt;Nuts&lt;/b&gt;" in whole
        assert "It is shown, and not kept here" in whole
        assert "has recorded no current medication" in whole
    far.answer = bundle(listed(ACTIVE, "AllergyIntolerance/a"), allergy(), of=remote.person(birthDate="1950-01-01"))
    other = shown(client, clinic, query="?ask=yes")
    assert "This may be another person’s record" in other
    assert form in other  # the patient may change their mind
    assert client.post(form, {"answer": "refused"}).status_code == 302
    assert "The patient said no today" in shown(client, clinic, query="?ask=yes")
    assert client.get(reverse("record-elsewhere", args=[clinic.patient_id])).status_code == 403
    assert len(far.requests) == 3
    assert "penicillin" not in other


def test_charlie_gets_neither_page_nor_part(cast: World, far: Remote, today: None) -> None:
    clinic, client = Clinic(cast), signed_in_as(cast.charlie)
    for name in ("record", "record-elsewhere", "record-permission"):
        assert client.get(reverse(name, args=[clinic.patient_id])).status_code == 404
    assert not far.requests


def test_an_override_stands_on_the_list_until_somebody_has_looked_into_it(
    cast: World, far: Remote, today: None
) -> None:
    clinic, officer = Clinic(cast, asked=False), signed_in_as(cast.carys)
    number = clinic.says(PermissionAnswer.OVERRIDDEN, reason="Unconscious")
    assert "1 opening to look into" in officer.get(reverse("today")).content.decode()
    assert "(1 not looked into)" in officer.get(reverse("audit")).content.decode()
    assert "Unconscious" in officer.get(reverse("overrides")).content.decode()
    page = reverse("override", args=[number])
    assert officer.post(page, {}).status_code == 422
    assert officer.post(page, {"finding": "It was so"}).status_code == 302
    assert "It was so" in officer.get(reverse("overrides")).content.decode()
    assert "to look into" not in officer.get(reverse("today")).content.decode()
    outsider = signed_in_as(cast.charlie)
    assert "Unconscious" not in outsider.get(reverse("overrides")).content.decode()
    assert outsider.get(page).status_code == 404


@contextmanager
def dripping() -> Iterator[int]:
    """A loopback counterpart that takes the question, and then answers a byte at a time, for ever."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 9999\r\n\r\n{"
                )
                while not over.wait(0.05):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        thread.join(5)


def test_a_counterpart_that_drips_is_cut_off_in_time(cast: World, today: None, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty: Configuration = replace(configuration(), seconds=0.3)
    monkeypatch.setattr("pcnhub.connections.gpconnect.searching.configuration", lambda: hasty)
    clinic, client = Clinic(cast), signed_in_as(cast.bilal)
    with dripping() as port:
        Endpoint.objects.filter(ods_code=remote.ODS).update(
            service_root=f"http://127.0.0.1:{port}/{remote.ODS}/gpconnect"
        )
        page = shown(client, clinic, query="?ask=yes")
    assert "has not answered within 0.3 seconds" in page
    assert "that says nothing about the patient" in page
    assert "Ask Practice F86001 again" in page
