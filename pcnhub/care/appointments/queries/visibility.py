"""Who looks at a slot, as `rules.visibility` asks it."""

from __future__ import annotations

from pcnhub.care.appointments.rules.visibility import Viewer
from pcnhub.care.organisations import queries as organisations
from pcnhub.foundations.kernel.actors import Actor


def viewer_of(*, actor: Actor, hub_id: int, agreement_effective: bool, agreement_says: str = "") -> Viewer:
    """The actor's organisation before a hub's book; whether the agreement is effective, the gate has said."""
    if actor.organisation.id == hub_id:
        return Viewer(hub_id, frozenset(), frozenset(), agreement_effective=True)
    return Viewer(
        organisation_id=actor.organisation.id,
        member_of=frozenset(group.id for group in organisations.groups_with(organisation_id=actor.organisation.id)),
        subscribed_to=organisations.groups_open_to(organisation_id=actor.organisation.id),
        agreement_effective=agreement_effective,
        agreement_says=agreement_says,
    )
