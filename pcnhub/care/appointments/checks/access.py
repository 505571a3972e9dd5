"""How patients come to an appointment without a receptionist (`domain.md` 12A.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from pcnhub.care.appointments.queries.national import slots_for_patients
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State

AHEAD = timedelta(days=14)
# In a hundred. The last figure that the nation set (GP contract, 2019 to 2022); what is asked since, all that needs no triage,
# is for the hub to say slot type by slot type.
AIM = 25
ROTA_MANAGER = "the hub's rota manager"
CONFIGURATION = "whoever looks after the hub's slot types"


def chk_64(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Of the published slots of the next 14 days, enough are of types that patients may book themselves."""
    marked, slots = slots_for_patients(hub_id=hub.hub.id, starts_from=now, starts_before=now + AHEAD)
    if not slots:
        make = Fix("Make and publish sessions.", ROTA_MANAGER, "rota")
        yield Finding("CHK-64", hub.hub.id, State.UNKNOWN, "No slot of the next 14 days is published.", make)
        return
    said = f"Patients may book {marked} of {slots} slots of the next 14 days themselves"
    if marked * 100 < AIM * slots:
        mark = Fix("Mark the slot types that need no triage.", CONFIGURATION, "slot-types")
        yield Finding("CHK-64", hub.hub.id, State.UNMET, f"{said}; the aim is {AIM} in 100.", mark)
        return
    yield Finding("CHK-64", hub.hub.id, State.MET, f"{said}.")


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {"CHK-64": chk_64}
