"""What the demo's network leaves undone, so that readiness has something to show."""

from __future__ import annotations

from pcnhub.care.organisations import queries as organisations
from pcnhub.demo import network
from pcnhub.insight.readiness import checking
from pcnhub.insight.readiness import queries as readiness
from tests.cast import NOW

LEFT_UNDONE = {
    ("CHK-01", network.HUB),
    ("CHK-D4", network.HUB),
    ("CHK-07", "A99802"),
    ("CHK-72", "A99802"),
    ("CHK-17", "A99803"),
    ("CHK-05", "A99804"),
    ("CHK-14", "A99804"),
    ("CHK-68", "A99804"),
    ("CHK-23", "A99805"),
    ("CHK-36", "A99805"),
}


def blocking() -> set[tuple[str, str]]:
    hub = organisations.organisation(ods_code=network.HUB)
    checking.check(now=NOW, hub_id=hub.id, probes=False)
    actor = organisations.system_actor_for(organisation_id=hub.id, name="test")
    found = readiness.summary(actor=actor, now=NOW, hub_id=hub.id).blocking
    return {(cell.requirement.id, cell.organisation.ods_code) for cell in found}
