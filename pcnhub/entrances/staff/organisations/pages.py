"""What the pages of organisations show, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pcnhub.care.organisations import queries
from pcnhub.care.organisations.queries import (
    NetworkView,
    OrganisationView,
    PrescriberCodeView,
    SiteView,
    SwitchView,
)
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """One organisation. `network` is the one that it is the hub of, or a member of, on the day."""

    view: OrganisationView
    sites: tuple[SiteView, ...]
    codes: tuple[PrescriberCodeView, ...]
    switches: tuple[SwitchView, ...]
    networks: tuple[NetworkView, ...]
    is_own: bool
    may_change: bool


def organisation_page(*, actor: Actor, organisation_id: int, day: date) -> OrganisationPage:
    """One's own organisation, or one that shares a network with it. Raises NotFound for any other."""
    view = seen(actor=actor, organisation_id=organisation_id, day=day)
    is_own = view.id == actor.organisation.id
    return OrganisationPage(
        view=view,
        sites=queries.sites_of(organisation_id=view.id),
        codes=queries.prescriber_codes_of(organisation_id=view.id),
        switches=queries.switches_of(organisation_id=view.id),
        networks=networks_with(organisation_id=view.id, day=day),
        is_own=is_own,
        may_change=is_own and actor.may(Permission.MANAGE_ORGANISATION),
    )


def seen(*, actor: Actor, organisation_id: int, day: date) -> OrganisationView:
    """Raises NotFound for an organisation that has nothing to do with the actor's."""
    near = {actor.organisation.id}
    for network in networks_with(organisation_id=actor.organisation.id, day=day):
        near |= network.organisation_ids
    if organisation_id not in near:
        raise NotFound(
            "There is no such organisation in your network.",
            remedy="Choose one from your organisation’s page.",
            who_can="someone with a position there",
        )
    return queries.organisation(id=organisation_id)


def networks_with(*, organisation_id: int, day: date) -> tuple[NetworkView, ...]:
    hubs = queries.hubs_of(organisation_id=organisation_id, day=day)
    return tuple(queries.network_of_hub(hub_id=hub.id, day=day) for hub in hubs)


def who_may_join(*, actor: Actor, day: date) -> tuple[OrganisationRef, ...]:
    """Whom a hub may put into its groups: itself, its practices, and 111 providers."""
    practices = queries.practices_of(hub_id=actor.organisation.id, day=day)
    providers = queries.organisation_refs(kind=OrganisationKind.NHS_111)
    return (actor.organisation, *practices, *providers)
