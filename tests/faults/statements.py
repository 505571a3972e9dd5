"""What a person stated, and withdrew or let expire."""

from __future__ import annotations

from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.insight.readiness import operations as readiness
from pcnhub.insight.readiness.models import Attestation
from tests.faults.ready import ASH, CEDAR, HUB, NOW, Ready
from tests.faults.seeding import Red, fault

BY_OTHERS = {
    "CHK-02": "the ICB", "CHK-03": "the system supplier", "CHK-09": "the Registration Authority", "CHK-15": "the system supplier",
    "CHK-53": "the ICB", "CHK-D15": "the system supplier",
}  # fmt: skip


def withdrawn(ready: Ready, check: str, ods: str) -> None:
    readiness.withdraw_attestation(
        actor=ready.manager(ods), now=NOW, hub_id=ready.hub_id, check_id=check, organisation_id=ready.ids[ods],
        reason="It was of last year",
    )  # fmt: skip


@fault("The hub withdraws a statement of its own", over=("CHK-D1", "CHK-35"))
def of_hub(ready: Ready, check: str) -> Red:
    withdrawn(ready, check, HUB)
    return {(check, HUB): "the hub"}


@fault("A statement of somebody outside the hub is withdrawn", over=("CHK-02", "CHK-03", "CHK-09"))
def of_others(ready: Ready, check: str) -> Red:
    withdrawn(ready, check, HUB)
    return {(check, HUB): BY_OTHERS[check]}


@fault("A practice withdraws that it finds the slots", over=(ASH, CEDAR), at_once=True)
def finds_slots(ready: Ready, ods: str) -> Red:
    withdrawn(ready, "CHK-23", ods)
    return {("CHK-23", ods): ready.names[ods]}


@fault("A statement expires", over=("CHK-D2", "CHK-D18"))
def expired(ready: Ready, check: str) -> Red:
    row = Attestation.objects.filter(hub_id=ready.hub_id, check_id=check).latest("pk")
    row.pk, row.expires_on = None, london_date(NOW)
    row.save(force_insert=True)
    return {(check, HUB): "the hub"}
