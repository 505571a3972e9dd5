"""The hub's outcomes through the pages: added, renamed, put in order, retired, brought back; nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from pcnhub.care.consultations import operations
from pcnhub.care.consultations.models import Outcome
from pcnhub.care.consultations.queries import every_outcome, outcomes
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World, system_for, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    cast = world()
    for code, name in (("home", "Home"), ("practice", "Back to the practice"), ("hospital", "To hospital")):
        operations.save_outcome(actor=cast.carys, now=NOW, code=code, name=name)
    return cast


@pytest.fixture
def carys(cast: World) -> Client:
    return signed_in_as(cast.carys)


def of(code: str, then: str = "") -> str:
    return f"/outcomes/{Outcome.objects.get(code=code).pk}{then}"


def offered(cast: World) -> list[str]:
    return [outcome.code for outcome in outcomes(hub_id=cast.hub.pk, day=timezone.localdate())]


def test_they_are_listed_in_order_and_added_at_the_end(cast: World, carys: Client) -> None:
    assert "/outcomes" in carys.get("/organisation").content.decode()
    page = carys.get("/outcomes").content.decode()
    assert page.index("Home") < page.index("Back to the practice") < page.index("To hospital")
    assert carys.post("/outcomes/new", {"code": "111", "name": "To 111"})["location"] == "/outcomes"
    assert offered(cast) == ["home", "practice", "hospital", "111"]
    with unit_of_work(system_for(cast.hub)):
        assert AuditEvent.objects.filter(action="consultations.outcome-saved").count() == 4


def test_what_is_wrong_is_said_beside_its_field(cast: World, carys: Client) -> None:
    answer = carys.post("/outcomes/new", {"code": "a code", "name": ""})
    assert (answer.status_code, "Error: " in answer.content.decode()) == (422, True)
    answer = carys.post("/outcomes/new", {"code": "home", "name": "to HOSPITAL"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Home has this code" in page
    assert "Another outcome has this name" in page
    assert Outcome.objects.count() == 3


def test_a_new_name_leaves_code_and_place(cast: World, carys: Client) -> None:
    assert carys.post(of("practice"), {"name": "To the practice"}).status_code == 302
    assert [outcome.name for outcome in every_outcome(hub_id=cast.hub.pk)] == ["Home", "To the practice", "To hospital"]
    assert carys.post(of("practice"), {"name": "Home"}).status_code == 422


def test_they_move_up_and_down(cast: World, carys: Client) -> None:
    carys.post(of("hospital", "/move/up"))
    assert offered(cast) == ["home", "hospital", "practice"]
    carys.post(of("home", "/move/down"))
    assert offered(cast) == ["hospital", "home", "practice"]
    carys.post(of("hospital", "/move/up"))  # first already
    assert offered(cast) == ["hospital", "home", "practice"]
    assert carys.post(of("home", "/move/sideways")).status_code == 404


def test_a_retired_one_can_be_brought_back(cast: World, carys: Client) -> None:
    assert carys.post(of("home", "/retire")).status_code == 302
    assert offered(cast) == ["practice", "hospital"]
    assert "Bring back" in carys.get("/outcomes").content.decode()
    assert carys.post(of("home", "/move/up")).status_code == 404
    taken = carys.post("/outcomes/new", {"code": "home", "name": "Home again"})
    assert "Bring that one back" in taken.content.decode()
    carys.post(of("home", "/bring-back"))
    assert offered(cast) == ["home", "practice", "hospital"]


def test_a_hub_without_one_is_told_what_to_do(carys: Client) -> None:
    Outcome.objects.all().delete()
    assert "no consultation can be finished" in carys.get("/outcomes").content.decode()


def test_nobody_else_gets_in(cast: World) -> None:
    for actor in (cast.dilys, cast.charlie):  # managers, but not of a hub
        client = signed_in_as(actor)
        for path in ("/outcomes", "/outcomes/new", of("home")):
            assert client.get(path).status_code == 404
        for then in ("", "/move/up", "/retire", "/bring-back"):
            assert client.post(of("home", then), {"name": "Mine"}).status_code == 404
    for actor in (cast.bilal, cast.ada):
        client = signed_in_as(actor)
        assert client.get("/outcomes").status_code == 403
        assert client.post(of("home", "/retire")).status_code == 403
    assert offered(cast) == ["home", "practice", "hospital"]
