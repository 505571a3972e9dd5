"""The pages of rehearsals: asking for one, reading its grid, and saying how a step went by hand."""

from __future__ import annotations

import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.foundations.jobs.models import Job
from pcnhub.rehearsal.operations import rehearse
from tests.cast import NOW, World, world
from tests.entrances.client import signed_in_as


@pytest.fixture
def w(db: None) -> World:
    return world()


@pytest.fixture
def by_hand(w: World) -> str:
    """The address of a rehearsal of which every step is a person's."""
    Organisation.objects.filter(pk=w.hub.pk).update(system=ClinicalSystem.EMIS)
    run = rehearse(now=NOW, hub_id=w.hub.pk, base_url="http://nowhere.invalid")
    return f"/rehearsals/{run.id}"


def test_the_hubs_manager_asks_for_a_rehearsal_and_nobody_else_does(w: World) -> None:
    carys, dilys = signed_in_as(w.carys), signed_in_as(w.dilys)
    page = carys.get("/rehearsals")
    assert "There was no rehearsal yet." in page.content.decode()
    assert "it lacks a slot type that can be booked at once" in page.content.decode(), "and is told so"
    assert carys.post("/rehearsals").status_code == 302
    assert Job.objects.get(fact="rehearsal.due").organisation_id == w.hub.pk
    assert b"Rehearse now" not in dilys.get("/rehearsals").content
    assert dilys.post("/rehearsals").status_code == 403
    assert signed_in_as(w.ada).get("/rehearsals").status_code == 403


def test_a_person_says_how_a_step_went(w: World, by_hand: str) -> None:
    dilys = signed_in_as(w.dilys)
    grid = dilys.get(by_hand).content.decode()
    assert "By hand" in grid
    step = f"{by_hand}/{w.ash.pk}/write-back"
    assert step in grid
    assert f"{by_hand}/{w.birch.pk}/write-back" not in grid, "another practice's is not hers to say"

    wrong = dilys.post(step, {"went": "badly", "took_minutes": "-3"})
    assert wrong.status_code == 422
    for words in ("It did not go well, and nothing says why", "This is no time that a step takes"):
        assert words in wrong.content.decode()

    said = dilys.post(step, {"went": "badly", "took_minutes": "7", "comment": "Nothing arrived."})
    assert (said.status_code, said.headers["Location"]) == (302, by_hand)
    assert "Nothing arrived. (said by Dilys Cast)" in signed_in_as(w.carys).get(by_hand).content.decode()
    assert dilys.post(f"{by_hand}/{w.birch.pk}/write-back", {"went": "well", "took_minutes": "1"}).status_code == 404


def test_charlie_learns_nothing(w: World, by_hand: str) -> None:
    charlie = signed_in_as(w.charlie)
    for address in ("/rehearsals", by_hand, f"{by_hand}/{w.ash.pk}/write-back", "/rehearsals/999"):
        assert charlie.get(address).status_code == 404, address
