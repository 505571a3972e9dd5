"""A hub that is open to GP Connect, at one moment, and who calls it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # pytest reads this file before Django is set up: what needs its tables is imported where it is used
    from pcnhub.care.organisations.models import Organisation
    from pcnhub.foundations.fhir.media import Media
    from tests.cast import World
    from tests.entrances.gpconnect.consumer import Consumer


class Clock:
    """What the door reads as now; a Monday at the beginning."""

    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    kept = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: kept.now)
    return kept


@pytest.fixture
def hub(db: None, clock: Clock) -> Organisation:
    """A hub alone, its switches on: for what holds whoever is there."""
    from pcnhub.care.organisations.rules import OrganisationKind
    from tests.cast import organisation
    from tests.entrances.gpconnect.consumer import switch_on

    made = organisation("Y07108", "Riverside Hub", OrganisationKind.HUB)
    switch_on(made)
    return made


@pytest.fixture
def w(db: None, clock: Clock) -> World:
    from tests.cast import world
    from tests.entrances.gpconnect.consumer import switch_on

    made = world()
    switch_on(made.hub, made.ash, made.birch)
    return made


@pytest.fixture(params=["JSON", "XML"])
def media(request: pytest.FixtureRequest) -> Media:
    from pcnhub.foundations.fhir.media import Media

    return Media[request.param]


@pytest.fixture
def ash(w: World, media: Media) -> Consumer:
    """Ash Lane's own system."""
    from tests.entrances.gpconnect.consumer import Consumer

    return Consumer(w.hub.ods_code, media=media)
