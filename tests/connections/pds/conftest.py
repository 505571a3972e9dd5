"""A hub that asks a counterpart of the national service on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pcnhub.foundations.kernel.actors import Actor
    from tests.cast import World
    from tests.counterparts.pds import Counterpart


@pytest.fixture
def w(db: None) -> World:
    from tests.cast import world

    return world()


@pytest.fixture
def asker(db: None) -> Actor:
    """A system of a hub, where nothing else of the network matters."""
    from pcnhub.care.organisations.rules import OrganisationKind
    from tests.cast import organisation, system_for

    return system_for(organisation("Y07108", "Riverside Enhanced Access Hub", OrganisationKind.HUB))


@pytest.fixture
def service(db: None, settings: Any) -> Iterator[Counterpart]:
    """The counterpart, asked in place of the national service; without a token, and at no pace that a test would feel."""
    from pcnhub.connections.pds.pacing import SERVICE
    from pcnhub.foundations.database.apart import apart
    from tests.counterparts.pds import Counterpart

    with Counterpart() as made:
        settings.PDS_DRIVER = "pds-fhir"
        settings.HUB = settings.HUB.model_copy(
            update={"pds_environment": "int", "pds_address": made.address, "pds_rate": 1000, "pds_seconds": 5}
        )
        yield made
    with apart() as cursor:  # what is kept apart from the unit of work is kept apart from the test's transaction, too
        cursor.execute("delete from pds_pace where service = %s", [SERVICE])
