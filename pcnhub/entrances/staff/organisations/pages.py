"""What the pages of organisations show, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pcnhub.care.organisations import queries
from pcnhub.care.organisations.queries import (
    GroupView,
    MembershipView,
    NetworkView,
    OrganisationView,
    PrescriberCodeView,
    SiteView,
    SwitchView,
)
from pcnhub.care.organisations.rules import ClinicalSystem, OrganisationKind, Permission
from pcnhub.care.sharing.queries import AgreementView, agreements_of
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """One organisation. `networks` are those that it is the hub of, or a member of, on the day. `may_keep`: the actor is of a
    hub that keeps its directory entry."""

    view: OrganisationView
    sites: tuple[SiteView, ...]
    codes: tuple[PrescriberCodeView, ...]
    switches: tuple[SwitchView, ...]
    networks: tuple[NetworkView, ...]
    is_own: bool
    may_change: bool
    may_keep: bool

    @property
    def treats_patients(self) -> bool:
        return self.view.kind in (OrganisationKind.HUB, OrganisationKind.PRACTICE)

    @property
    def keeps_its_record_here(self) -> bool:
        """The reader's own practice, on this system: others learn nothing of what it holds."""
        kind, system = self.view.kind, self.view.system
        return self.is_own and kind == OrganisationKind.PRACTICE and system == ClinicalSystem.PCN_HUB


@dataclass(frozen=True, slots=True)
class Bonds:
    """What still joins an organisation to a hub: the agreements that it is a party to, and the groups that it is in."""

    organisation: OrganisationRef
    agreements: tuple[AgreementView, ...]
    groups: tuple[GroupView, ...]


@dataclass(frozen=True, slots=True)
class NetworkPage:
    """A network with everyone who is, will be or was a member; `left_behind` is what those who left are still joined by."""

    view: NetworkView
    members: tuple[MembershipView, ...]
    former: tuple[MembershipView, ...]
    left_behind: tuple[Bonds, ...]
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
        may_keep=not is_own and view.id in {kept.id for kept in kept_by(actor=actor)},
    )


def kept_by(*, actor: Actor) -> tuple[OrganisationRef, ...]:
    """The organisations whose entries the actor may keep: none unless they manage a hub."""
    if actor.organisation.kind != OrganisationKind.HUB or not actor.may(Permission.MANAGE_ORGANISATION):
        return ()
    return queries.kept_by(hub_id=actor.organisation.id)


def seen(*, actor: Actor, organisation_id: int, day: date) -> OrganisationView:
    """Raises NotFound for an organisation that has nothing to do with the actor's."""
    near = {actor.organisation.id}
    for network in networks_with(organisation_id=actor.organisation.id, day=day):
        near |= network.organisation_ids
    near |= {kept.id for kept in kept_by(actor=actor)}
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


def network_page(*, actor: Actor, network_id: int, day: date) -> NetworkPage:
    """A network, for its hub and its practices of the day. Raises NotFound."""
    view = _network(actor, network_id, day)
    every = queries.memberships_of(network_id=view.id)
    former = tuple(each for each in every if each.left_on is not None and each.left_on <= day)
    is_hub = actor.organisation.id == view.hub.id
    left = {
        each.organisation.id: each.organisation for each in former if each.organisation.id not in view.organisation_ids
    }
    bonds = (bonds_of(hub_id=view.hub.id, organisation=each, day=day) for each in left.values()) if is_hub else ()
    return NetworkPage(
        view=view,
        members=tuple(each for each in every if each not in former),
        former=former,
        left_behind=tuple(each for each in bonds if each.agreements or each.groups),
        may_change=is_hub and actor.may(Permission.MANAGE_ORGANISATION),
    )


def own_network(*, actor: Actor, network_id: int, day: date) -> NetworkView:
    """The network, to be changed. Raises NotFound, and NotPermitted for whoever is not of its hub."""
    view = _network(actor, network_id, day)
    if view.hub.id != actor.organisation.id:
        raise NotPermitted(
            f"{view.name} is looked after by its hub.",
            code="not-your-organisation",
            remedy="Ask the hub for the change.",
            who_can=f"an administrator of {view.hub.name}",
        )
    return view


def bonds_of(*, hub_id: int, organisation: OrganisationRef, day: date) -> Bonds:
    agreements = agreements_of(hub_id=hub_id, day=day)
    return Bonds(
        organisation=organisation,
        agreements=tuple(each for each in agreements if each.party(organisation.id) is not None),
        groups=tuple(each for each in queries.groups_of(owner_id=hub_id) if each.member(organisation.id) is not None),
    )


def membership_now(*, network_id: int, organisation_id: int) -> MembershipView:
    """The membership that has no end yet. Raises NotFound."""
    for each in queries.memberships_of(network_id=network_id):
        if each.organisation.id == organisation_id and each.left_on is None:
            return each
    raise NotFound("This practice is not a member now.", remedy="Look at the network’s members.")


def who_may_become_member(*, view: NetworkView) -> tuple[OrganisationRef, ...]:
    """The practices known here that are not members now, nor will be."""
    every = queries.memberships_of(network_id=view.id)
    members = {each.organisation.id for each in every if each.left_on is None}
    return tuple(each for each in queries.organisation_refs(kind=OrganisationKind.PRACTICE) if each.id not in members)


def _network(actor: Actor, network_id: int, day: date) -> NetworkView:
    mine = networks_with(organisation_id=actor.organisation.id, day=day)
    for view in mine:
        if view.id == network_id:
            return view
    raise NotFound(
        "There is no such network that your organisation belongs to.",
        remedy="Choose one from your organisation’s page.",
        who_can="the hub’s manager can add your practice",
    )


def who_may_join(*, actor: Actor, day: date) -> tuple[OrganisationRef, ...]:
    """Whom a hub may put into its groups: itself, its practices, and 111 providers."""
    practices = queries.practices_of(hub_id=actor.organisation.id, day=day)
    providers = queries.organisation_refs(kind=OrganisationKind.NHS_111)
    return (actor.organisation, *practices, *providers)
