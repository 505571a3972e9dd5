"""Outside Surgery, in no agreement, as a GP Connect consumer of the Riverside hub: over the wire it is like any other system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import World
    from tests.connections.gpconnect.wire import Wire


@pytest.fixture
def w(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    from tests.cast import NOW, world
    from tests.entrances.gpconnect.consumer import switch_on

    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    made = world()
    switch_on(made.hub)
    made.outside.asid, made.outside.phone = "200000000359", "01724 000 111"
    made.outside.save(update_fields=["asid", "phone"])
    return made


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    from tests.connections.gpconnect.wire import Wire

    made = Wire()
    monkeypatch.setattr("pcnhub.connections.gpconnect.client._http", made.over)
    return made
