"""Networks: which hub works for which practices, on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from pcnhub.care.organisations.models import Network, NetworkMember, Organisation, Position
from pcnhub.care.organisations.queries.organisations import ref_of
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.actors import OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class NetworkView:
    """A PCN on one day. `members` are the practices of that day, by name; `adjusted_population` counts weighted patients."""

    id: int
    ods_code: str
    name: str
    hub: OrganisationRef
    adjusted_population: int
    session_name_pattern: str
    members: tuple[OrganisationRef, ...]

    @property
    def organisation_ids(self) -> frozenset[int]:
        """The hub and its practices."""
        return frozenset({self.hub.id, *(member.id for member in self.members)})


@dataclass(frozen=True, slots=True)
class MembershipView:
    id: int
    organisation: OrganisationRef
    joined_on: date
    left_on: date | None


def on(day: date) -> Q:
    """Memberships that hold on the day: half-open at their end, as `rules.holds_on`."""
    return Q(joined_on__lte=day) & (Q(left_on__isnull=True) | Q(left_on__gt=day))


def networks(*, day: date) -> tuple[NetworkView, ...]:
    """Every network, by name, with its practices of the day."""
    return tuple(_view(network, day) for network in Network.objects.select_related("hub").order_by("name"))


@read_once
def network_of_hub(*, hub_id: int, day: date) -> NetworkView:
    """The network that a hub works for. Raises NotFound."""
    network = Network.objects.select_related("hub").filter(hub=hub_id).first()
    if network is None:
        raise NotFound(
            "This organisation is not the hub of any network.",
            remedy="Bring a network live with `pcnhub onboard`, or choose a hub.",
            who_can="whoever runs this installation",
        )
    return _view(network, day)


@read_once
def hubs_of(*, organisation_id: int, day: date) -> tuple[OrganisationRef, ...]:
    """The hubs that work for an organisation on the day; of a hub, itself."""
    memberships = NetworkMember.objects.filter(on(day), organisation=organisation_id)
    mine = Q(network__in=memberships.values("network")) | Q(pk=organisation_id, network__isnull=False)
    return tuple(ref_of(row) for row in Organisation.objects.filter(mine).distinct().order_by("name"))


def hubs_to_join(*, organisation_id: int, day: date) -> tuple[OrganisationRef, ...]:
    """The hubs whose network a practice joins after the day, and that do not work for it yet."""
    ahead = NetworkMember.objects.filter(organisation=organisation_id, joined_on__gt=day)
    later = Organisation.objects.filter(network__in=ahead.values("network")).distinct().order_by("name")
    there = {hub.id for hub in hubs_of(organisation_id=organisation_id, day=day)}
    return tuple(ref_of(row) for row in later if row.pk not in there)


def joining_later(*, network: NetworkView, day: date) -> dict[int, date]:
    """The practices that join a network after the day and are no members on it: by id, the first day of each."""
    ahead = NetworkMember.objects.filter(network=network.id, joined_on__gt=day).order_by("-joined_on")
    found = dict(ahead.values_list("organisation", "joined_on"))
    return {each: joined for each, joined in found.items() if each not in network.organisation_ids}


def memberships_of(*, network_id: int) -> tuple[MembershipView, ...]:
    """Every membership that a network has or had, by name and date."""
    rows = NetworkMember.objects.filter(network=network_id).select_related("organisation")
    return tuple(
        MembershipView(row.pk, ref_of(row.organisation), row.joined_on, row.left_on)
        for row in rows.order_by("organisation__name", "joined_on")
    )


def practices_of(*, hub_id: int, day: date) -> tuple[OrganisationRef, ...]:
    """The practices that a hub works for on the day; none when it is not a hub."""
    rows = Organisation.objects.filter(kind=OrganisationKind.PRACTICE, memberships__network__hub=hub_id)
    holds = NetworkMember.objects.filter(on(day), network__hub=hub_id).values("organisation")
    return tuple(ref_of(row) for row in rows.filter(pk__in=holds).distinct().order_by("name"))


def kept_by(*, hub_id: int) -> tuple[OrganisationRef, ...]:
    """The organisations whose directory entry a hub looks after, by name: the practices of its network, and whatever has no
    staff of its own here and works with no other hub (an ICB, a 111 provider)."""
    open_ended = NetworkMember.objects.filter(left_on__isnull=True)
    ours = open_ended.filter(network__hub=hub_id).values("organisation")
    elsewhere = open_ended.exclude(network__hub=hub_id).values("organisation")
    unstaffed = ~Q(pk__in=Position.objects.values("organisation")) & ~Q(pk__in=elsewhere)
    rows = Organisation.objects.exclude(kind=OrganisationKind.HUB).filter(Q(pk__in=ours) | unstaffed)
    return tuple(ref_of(row) for row in rows.order_by("name"))


def _view(network: Network, day: date) -> NetworkView:
    members = NetworkMember.objects.filter(on(day), network=network).select_related("organisation")
    return NetworkView(
        id=network.pk,
        ods_code=network.ods_code,
        name=network.name,
        hub=ref_of(network.hub),
        adjusted_population=network.adjusted_population,
        session_name_pattern=network.session_name_pattern,
        members=tuple(ref_of(member.organisation) for member in members.order_by("organisation__name")),
    )
