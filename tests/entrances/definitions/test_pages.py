"""Templates and protocols in the browser: taking in, trying, publishing, requiring, retiring."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pcnhub.care.consultations.operations import load_concepts
from pcnhub.care.consultations.queries.definitions import DefinitionView, definitions
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.consultations.rules.definitions import DefinitionState
from tests.cast import NOW, World, world
from tests.entrances.client import signed_in_as
from tests.evening import outcomes

pytestmark = pytest.mark.django_db
HERE = "/templates-and-protocols"
SHIPPED = {each.name: each.source for each in shipped()}


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    load_concepts(now=NOW)
    return made


@pytest.fixture
def carys(cast: World) -> Client:
    return signed_in_as(cast.carys)


def held(cast: World) -> tuple[DefinitionView, ...]:
    return definitions(hub_id=cast.hub.pk)


def send(client: Client, content: bytes) -> tuple[int, str]:
    answer = client.post(f"{HERE}/take-in", {"file": SimpleUploadedFile("t.toml", content)}, follow=True)
    return answer.status_code, answer.content.decode()


def test_an_empty_list_says_what_to_do_and_offers_the_examples(cast: World, carys: Client) -> None:
    page = carys.get(HERE).content.decode()
    assert "None yet. Take in an example below" in page
    assert "You have not said yet which of them your hub requires" in page
    for each in shipped():
        assert each.read.title in page


def test_an_example_goes_its_whole_way(cast: World, carys: Client) -> None:
    page = carys.post(f"{HERE}/examples/observations", follow=True).content.decode()
    assert "Observations is taken in as version 1" in page
    view = held(cast)[0]
    assert "is in use" in carys.post(f"{HERE}/{view.id}/publish", follow=True).content.decode()
    carys.post(f"{HERE}/{view.id}/require", {"required": "yes"})
    assert "version 1 is in use" in carys.get(HERE).content.decode()
    asked = carys.get(f"{HERE}/{view.id}/retire").content.decode()
    assert "Your hub requires it" in asked
    assert held(cast)[0].state is DefinitionState.PUBLISHED  # looking at the question retires nothing
    assert carys.post(f"{HERE}/{view.id}/retire", {"reason": ""}).status_code == 422
    carys.post(f"{HERE}/{view.id}/retire", {"reason": "A better one came"})
    assert held(cast)[0].retired_because == "A better one came"
    assert "none is in use" in carys.get(HERE).content.decode()


def test_the_list_costs_the_same_however_long_it_is(cast: World, carys: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            carys.get(HERE)
        return len(seen)

    carys.get(HERE)
    before = statements()
    for name in ("observations", "urinary-symptoms", "outcome"):
        carys.post(f"{HERE}/examples/{name}")
    carys.get(HERE)  # takes away what was said of the last one
    assert statements() == before


def test_a_file_with_errors_is_refused_with_every_place(cast: World, carys: Client) -> None:
    wrong = SHIPPED["observations"].replace(b'"number"', b'"numbr"').replace(b'title = "Obs', b'titel = "Obs')
    status, page = send(carys, wrong)
    assert status == 422
    assert "field 1 (temperature).type" in page
    assert "titel means nothing here" in page
    assert held(cast) == ()
    assert carys.post(f"{HERE}/take-in").status_code == 422


def test_what_the_hub_lacks_keeps_a_protocol_from_being_published(cast: World, carys: Client) -> None:
    send(carys, SHIPPED["two-week-wait"].replace(b'"protocol"', b"'protocol'"))  # TOML has both quotes
    view = held(cast)[0]
    page = carys.get(f"{HERE}/{view.id}").content.decode()
    assert "It names what your hub does not have" in page
    assert "This installation has no mail system yet" in page
    answer = carys.post(f"{HERE}/{view.id}/publish")
    assert answer.status_code == 422
    assert "Your hub has no such outcome" in answer.content.decode()
    tried = carys.get(f"{HERE}/{view.id}/dry-run").content.decode()
    assert "No consultation was finished in these days" in tried
    assert "This installation has no mail system yet" in tried
    send(carys, SHIPPED["outcome"])
    send(carys, SHIPPED["safeguarding"])
    pages = {each.key: carys.get(f"{HERE}/{each.id}").content.decode() for each in held(cast)}
    assert ["no mail system" in pages[key] for key in ("outcome", "safeguarding", "two-week-wait")] == [
        False,
        False,
        True,
    ]
    assert ["codes count as they stand" in pages[key] for key in ("outcome", "safeguarding")] == [False, True]


def test_others_and_charlie_are_kept_out(cast: World, carys: Client) -> None:
    send(carys, SHIPPED["observations"])
    view = held(cast)[0]
    for actor, status in ((cast.bilal, 403), (cast.ada, 403), (cast.dilys, 404), (cast.charlie, 404)):
        client = signed_in_as(actor)
        assert client.get(HERE).status_code == status
        assert client.get(f"{HERE}/{view.id}").status_code == status
        assert client.post(f"{HERE}/{view.id}/publish").status_code == status
    assert held(cast)[0].state is DefinitionState.DRAFT
