"""Before a hub or practice goes live, each of its pages says so (docs/decisions/0009)."""

from __future__ import annotations

import pytest

from pcnhub.care.organisations.operations import open_hub
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import NOW, World, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db
BANNER = "is not live yet: dummy patients only."
LINK = "See what must be done before it can go live"


@pytest.fixture
def cast() -> World:
    return world()


def shown(actor: Actor, path: str, status: int = 200) -> str:
    answer = signed_in_as(actor).get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_every_page_of_who_is_not_live_says_so(cast: World) -> None:
    for path in ("/", "/patients", "/tasks", "/readiness", "/people"):
        assert f"This hub {BANNER}" in shown(cast.carys, path), path
    assert f"This practice {BANNER}" in shown(cast.ada, "/")
    assert f"This practice {BANNER}" in shown(cast.ada, "/people", status=403), "a refusal is a page too"


def test_readiness_is_linked_for_those_who_may_see_it(cast: World) -> None:
    assert LINK in shown(cast.carys, "/")
    assert LINK not in shown(cast.ada, "/")


def test_going_live_takes_it_away_from_the_hub_and_from_those_that_are_opened(cast: World) -> None:
    open_hub(actor=cast.carys, now=NOW, hub_id=cast.hub.pk, practice_ids=(cast.ash.pk,))
    assert BANNER not in shown(cast.carys, "/")
    assert BANNER not in shown(cast.ada, "/")
    assert BANNER in shown(cast.efe, "/")
