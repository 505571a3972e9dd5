"""The pages of test requests, from the consultation to the result, as both sides meet them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import NOW
from tests.entrances.client import signed_in_as
from tests.rooms.investigations.test_asking_and_answering import asked, consultation
from tests.rooms.tasks.scene import Scene, make_scene, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def shown(client: Client, name: str, *args: int, status: int = 200) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == status
    return text(answer)


def hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def test_from_the_consultation_to_the_result(scene: Scene) -> None:
    hub, practice = signed_in_as(scene.world.bilal), signed_in_as(scene.world.ada)
    at = consultation(scene)
    assert reverse("test-request-new", args=[at]) in shown(hub, "consultation", at)
    form = shown(hub, "test-request-new", at)
    assert "SMITH, Jane" in form
    address = reverse("test-request-new", args=[at])
    empty = hub.post(address, {"key": hidden(form, "key"), "priority": "soon"})
    assert empty.status_code == 422
    for words in ("Name at least one test.", "Say why the tests are wanted."):
        assert words in text(empty)
    wish = {
        "key": hidden(form, "key"), "team": str(scene.team), "tests": "FBC\n- U&E\n", "details": "Tired", "priority": "soon",
    }  # fmt: skip
    made = hub.post(address, wish)
    assert (made.status_code, hub.post(address, wish).headers["Location"]) == (302, made.headers["Location"])
    work(NOW)
    here = made.headers["Location"]
    listed = shown(practice, "test-requests")
    assert "FBC and 1 more" in listed
    assert here in listed
    seen = text(practice.get(here))
    assert "Asked for, not ordered yet" in seen
    assert "Withdraw the request" not in seen
    task = f"/tasks/{seen.split('/tasks/')[1].split(chr(34))[0]}"
    assert here in text(practice.get(task))
    version = hidden(seen, "version")
    wrong = practice.post(here, {"step": "order", "version": version, "reference": "", "chase_on-day": "31"})
    assert (wrong.status_code, "Enter the reference." in text(wrong)) == (422, True)
    day = {"chase_on-day": "7", "chase_on-month": "12", "chase_on-year": "2026"}
    ordered = practice.post(here, {"step": "order", "version": version, "reference": "LAB-1", **day}, follow=True)
    assert "The order is recorded" in text(ordered)
    again = practice.post(here, {"step": "order", "version": version, "reference": "LAB-2", **day})
    assert (
        again.status_code == 409
    )  # the step is not offered any more: nothing changes, and nobody believes that it did
    assert "Nothing was saved." in text(again)
    assert "You had written: LAB-2" in text(again)
    late = {"step": "result", "version": version, "resulted_on-day": "23", "resulted_on-month": "11",
            "resulted_on-year": "2026", "acted": "Normal"}  # fmt: skip
    moved = practice.post(here, late)
    assert (moved.status_code, ">Normal</textarea>" in text(moved)) == (409, True)
    late["version"] = hidden(text(ordered), "version")
    assert "the request is closed" in text(practice.post(here, late, follow=True))
    assert "LAB-1" in text(hub.get(here))
    assert "No test is owed" in shown(hub, "test-requests")


def test_a_refusal_is_answered_at_the_hub(scene: Scene) -> None:
    hub, practice = signed_in_as(scene.world.bilal), signed_in_as(scene.world.ada)
    here = reverse("test-request", args=[asked(scene)])
    version = hidden(text(practice.get(here)), "version")
    practice.post(here, {"step": "decline", "version": version, "reason": "Done last week"})
    page = text(hub.get(here))
    assert "Declined by the practice" in page
    assert "Say what happens instead" in page
    done = hub.post(here, {"step": "withdraw", "version": hidden(page, "version"), "reason": "Seen"}, follow=True)
    assert "The practice sees why" in text(done)


def test_outsiders_are_turned_away(scene: Scene) -> None:
    here = reverse("test-request", args=[asked(scene)])
    for outsider in (scene.world.charlie, scene.world.efe):
        client = signed_in_as(outsider)
        assert client.get(here).status_code == 404
        assert client.post(here, {"step": "decline", "version": "1", "reason": "x"}).status_code == 404
        assert "SMITH" not in shown(client, "test-requests")
    assert signed_in_as(scene.world.charlie).get(
        reverse("test-request-new", args=[consultation(scene)])
    ).status_code in (403, 404)
    assert (
        signed_in_as(scene.world.carys).get(reverse("test-request-new", args=[consultation(scene)])).status_code == 403
    )
