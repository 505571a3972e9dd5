"""A hub with two practices that are ready to work, and a rehearsal that goes over its real doors without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # pytest reads this file before Django is set up: what needs its tables is imported where it is used
    from pcnhub.rehearsal.rules import Run
    from tests.cast import World

BASE = "http://localhost"
Rehearse = Callable[..., "Run"]


@pytest.fixture
def w(db: None) -> World:
    from tests.rehearsal.ready import ready_world

    return ready_world()


@pytest.fixture
def rehearse(w: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearse]:
    """Requests run in this process, within the test's transaction: HTTP in and out all the same. It is noon there, at whatever
    hour the test runs: shortly before midnight no session would end today."""
    import httpx
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections
    from django.utils import timezone

    from pcnhub.care.organisations.queries import system_actor_for
    from pcnhub.config.wsgi import application
    from pcnhub.rehearsal import operations
    from pcnhub.rehearsal.worker import as_the_worker

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    noon = timezone.now().replace(hour=12, minute=0)
    monkeypatch.setattr(timezone, "now", lambda: noon)

    def run(**more: Any) -> Run:
        given: dict[str, Any] = {
            "now": timezone.now(),
            "hub_id": w.hub.pk,
            "base_url": BASE,
            "transport": httpx.WSGITransport(app=application),
            "settle": lambda run_id: as_the_worker(run_id, _actor_for, now=timezone.now),
            "clock": timezone.now,
        }
        return operations.rehearse(**(given | more))

    def _actor_for(organisation_id: int, request_id: str) -> Any:
        return system_actor_for(organisation_id=organisation_id, request_id=request_id)

    yield run
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
