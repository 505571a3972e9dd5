"""The facts that `rules.visibility` decides from, read for one slot and one organisation."""

from __future__ import annotations

from pcnhub.care.appointments.models import Slot
from pcnhub.care.appointments.rules.visibility import SlotFacts, Viewer
from pcnhub.care.organisations import queries as organisations
from pcnhub.foundations.kernel.actors import Actor


def facts_of(*, slot_id: int) -> SlotFacts:
    """One slot as the rules see it, as it is now."""
    row = Slot.objects.select_related("session", "slot_type").get(pk=slot_id)
    return SlotFacts(
        hub_id=row.hub_id,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        session_state=row.session.state,
        session_group_ids=frozenset(row.session.groups.values_list("pk", flat=True)),
        type_bookable=row.slot_type.bookable,
    )


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
