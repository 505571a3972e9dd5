"""What a hub must have before anything can be rehearsed there, and the session that its plan would make of it.

The dummy patients a rehearsal brings itself: what a hub can lack is where to see them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from pcnhub.care.appointments import queries as book
from pcnhub.care.appointments.rules import DeliveryChannel
from pcnhub.care.appointments.rules.details import SessionDetails
from pcnhub.care.organisations import queries as directory
from pcnhub.care.organisations.queries import NetworkView, systems_of
from pcnhub.care.organisations.rules import ClinicalSystem, GroupPurpose
from pcnhub.foundations.kernel.refusals import Refusal
from pcnhub.rehearsal.configuration import configuration

GP_JOB = "R0260"
SET_UP = "Set it up under Rota and Groups"


class NothingToRehearse(Refusal):
    """The hub lacks what even a rehearsal needs: a type of slot, a site, a group."""

    code = "rehearsal-has-no-stage"
    who_can = "the hub's rota manager"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether nights rehearse a hub: `is_here`, it works on this platform; `lacks`, what it must have first; `hour` (London) of
    the night, None for never."""

    is_here: bool
    lacks: NothingToRehearse | None
    hour: int | None

    def sentence(self) -> str:
        if not self.is_here:
            return "The hub works in another system, so that people take each step, and say here how it went."
        if self.lacks is not None:
            return f"Until something can be rehearsed, no night does. {self.lacks.message}"
        if self.hour is None:
            return "No night does (PCNHUB_REHEARSAL_HOUR)."
        return f"The worker does so each night, from {self.hour:02}:00."


def outlook(network: NetworkView) -> Outlook:
    is_here = systems_of(ids=[network.hub.id])[network.hub.id] == ClinicalSystem.PCN_HUB
    return Outlook(is_here, why_not(network) if is_here else None, configuration().hour)


def why_not(network: NetworkView) -> NothingToRehearse | None:
    """What keeps any practice of the network from being rehearsed with; None where something can be."""
    if not network.members:
        return NothingToRehearse(
            "The network has no practice to rehearse with.", remedy="Add its practices.", who_can="the hub's manager"
        )
    try:
        details_of(network.hub.id, GroupPurpose.PRACTICE_BOOKING)
    except NothingToRehearse as lacks:
        return lacks
    return None


def details_of(hub_id: int, purpose: GroupPurpose) -> tuple[SessionDetails, int]:
    """Details of a session for a GP in person, and the minutes of its slots. Raises NothingToRehearse."""
    groups = frozenset(group.id for group in directory.groups_of(owner_id=hub_id) if group.purpose == purpose)
    kinds = {
        kind.id: kind
        for kind in book.slot_types(hub_id=hub_id)
        if kind.bookable and not kind.embargo_minutes and kind.minutes <= 60
    }
    planned = [each for each in book.templates(hub_id=hub_id) if each.slot_type_id in kinds and each.site_id]
    like = next((each for each in planned if each.practitioner_role == GP_JOB), planned[0] if planned else None)
    site_id = like.site_id if like else next((site.id for site in directory.sites_of(organisation_id=hub_id)), None)
    kind_id = like.slot_type_id if like else next(iter(kinds), None)
    lacks = [
        words
        for words, there in (
            ("a slot type that can be booked at once", kind_id),
            ("a site", site_id),
            (f"an organisation group for {'111' if purpose is GroupPurpose.NHS_111 else 'its practices'}", groups),
        )
        if not there
    ]
    if lacks or kind_id is None:
        raise NothingToRehearse(
            f"The hub has no session to rehearse in: it lacks {' and '.join(lacks)}.",
            remedy=f"{SET_UP}, then rehearse again.",
        )
    details = SessionDetails(
        name=like.name if like else "Rehearsal",
        slot_type_id=kind_id,
        site_id=site_id,
        delivery_channel=DeliveryChannel.IN_PERSON,
        practitioner_role=GP_JOB,
        # the plan's own groups, for a practice: one that was left out of them finds nothing in the rehearsal either
        group_ids=like.group_ids if like and purpose is GroupPurpose.PRACTICE_BOOKING else groups,
        # to 111 a plan opens what is left by releasing it, on the day
        release_group_id=min(groups) if purpose is GroupPurpose.NHS_111 else None,
        release_at=time() if purpose is GroupPurpose.NHS_111 else None,
        counts_to_enhanced_access=False,
    )
    return details, kinds[kind_id].minutes
