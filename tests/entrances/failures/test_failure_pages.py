"""Failed work in the browser: why, since when, what to do; tried again, or dropped with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs import outbox
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.outbox import PermanentFailure, Told
from pcnhub.foundations.jobs.worker import Worker
from tests.cast import World, system_for, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db


def fail(_told: Told) -> None:
    raise PermanentFailure("The mailbox is closed.", code="mailbox-closed", remedy="Ask them to open it.")


@pytest.fixture
def cast() -> Iterator[World]:
    """Carys's hub has one failed job, and one that waits behind it."""
    before = {fact: dict(handlers) for fact, handlers in outbox._handlers.items()}
    outbox.wire({**before, "tests.happened": {"tests.send": fail}})
    made = world()
    now = timezone.now()
    for number in (1, 2):
        with unit_of_work(made.bilal):
            outbox.publish(
                actor=made.bilal,
                now=now,
                fact="tests.happened",
                key=str(number),
                payload={"thing_id": number},
                ordering_key="ash",
            )
    Worker("test", lambda _organisation, _request: system_for(made.hub, "worker")).work_one(now=now)
    yield made
    outbox.wire(before)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def failed_id() -> int:
    return int(Job.objects.get(state="failed").pk)


def test_the_page_says_why_what_to_do_and_what_waits(cast: World) -> None:
    page = text_of(signed_in_as(cast.carys).get(reverse("failures")))
    for words in (
        "The mailbox is closed.",
        "Ask them to open it.",
        "tried 1 time",
        "Tests: send, after tests: happened",
    ):
        assert words in page
    assert "No worker is at work" in page
    Worker("wendy", lambda _o, _r: system_for(cast.hub)).beat(now=timezone.now())
    page = text_of(signed_in_as(cast.carys).get(reverse("failures")))
    assert "wendy" in page
    assert "No worker is at work" not in page


def test_trying_again(cast: World) -> None:
    carys = signed_in_as(cast.carys)
    response = carys.post(reverse("failure-retry", args=[failed_id()]), follow=True)
    assert "being tried again" in text_of(response)
    assert "Nothing failed." in text_of(response)
    assert Job.objects.filter(state="ready").count() == 2


def test_dropping_asks_for_a_reason(cast: World) -> None:
    carys, job_id = signed_in_as(cast.carys), failed_id()
    address = reverse("failure-drop", args=[job_id])
    assert "1 that waited behind it" in text_of(carys.get(address))
    response = carys.post(address, {"reason": " "})
    assert response.status_code == 422
    assert "Enter a reason" in text_of(response)
    assert "It is dropped" in text_of(carys.post(address, {"reason": "Sent by post"}, follow=True))
    assert carys.post(address, {"reason": "Again"}).status_code == 404


def test_charlie_and_who_may_not_mend(cast: World) -> None:
    charlie = signed_in_as(cast.charlie)
    assert "mailbox" not in text_of(charlie.get(reverse("failures")))
    assert charlie.post(reverse("failure-retry", args=[failed_id()])).status_code == 404
    bilal = signed_in_as(cast.bilal)
    assert bilal.get(reverse("failures")).status_code == 403
    assert bilal.post(reverse("failure-retry", args=[failed_id()])).status_code == 403
