"""What the contract requires of a network and what its hub offers (Network Contract DES, `domain.md` D2)."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.appointments.queries import contract_weeks
from pcnhub.care.appointments.rules.capacity import ContractWeek
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.insight.readiness.proofs import runs_here


def weeks_of(*, network: NetworkView, now: datetime) -> tuple[ContractWeek, ...]:
    """Minutes required and offered in each of the next whole weeks; nothing of a hub whose book another system keeps: CHK-21
    says what is known of that one."""
    if not runs_here(hub_id=network.hub.id):
        return ()
    return contract_weeks(hub_id=network.hub.id, adjusted_population=network.adjusted_population, now=now)
