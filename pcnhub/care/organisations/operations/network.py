"""Changing networks: who the hub is, which practices it works for, and from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from pcnhub.care.organisations.models import Network, NetworkMember, Organisation
from pcnhub.care.organisations.operations.writing import Problems, change, note, on_own_ground, write
from pcnhub.care.organisations.rules import OrganisationKind, Permission, Saved, why_pattern_is_refused
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """A PCN. `adjusted_population` counts weighted patients; session names must match `session_name_pattern` if given."""

    ods_code: str
    name: str
    hub_id: int
    adjusted_population: int
    session_name_pattern: str = ""


def make_network(*, actor: Actor, now: datetime, facts: NetworkFacts) -> Saved:
    """Make the network of this ODS code, or make it say this. Raises InvalidInput, NotPermitted."""
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=facts.hub_id)
        code = facts.ods_code.strip().upper()
        problems = Problems()
        problems.ods("ods_code", facts.ods_code)
        problems.required("name", facts.name, "the network's name")
        if not Organisation.objects.filter(pk=facts.hub_id, kind=OrganisationKind.HUB).exists():
            problems.add("hub_id", "not-a-hub", "This organisation is not a hub.", "Choose one whose kind is hub.")
        if Network.objects.filter(hub=facts.hub_id).exclude(ods_code=code).exists():
            problems.add("hub_id", "hub-taken", "This hub works for another network already.", "Choose another hub.")
        elif Network.objects.filter(ods_code=code).exclude(hub=facts.hub_id).exists():
            problems.add("ods_code", "taken", "This network has another hub already.", "Check the code.", code)
        if facts.adjusted_population <= 0:
            problems.add(
                "adjusted_population", "not-positive", "The adjusted population is above zero.",
                "Give the published figure: the capacity rule counts in it.", facts.adjusted_population,
            )  # fmt: skip
        if wrong := why_pattern_is_refused(facts.session_name_pattern):
            problems.add(
                "session_name_pattern", "pattern-form", wrong, "Use a simple regular expression, such as EA .+ - .+",
                facts.session_name_pattern,
            )  # fmt: skip
        problems.refuse_if_any()
        values = {
            "name": facts.name.strip(),
            "hub_id": facts.hub_id,
            "adjusted_population": facts.adjusted_population,
            "session_name_pattern": facts.session_name_pattern,
        }
        _, saved = write(Network, key={"ods_code": code}, values=values)
        return note(actor=actor, now=now, what="network", saved=saved, organisation_id=facts.hub_id)


def join_network(
    *,
    actor: Actor,
    now: datetime,
    network_id: int,
    organisation_id: int,
    joined_on: date,
    left_on: date | None = None,
) -> Saved:
    """Let a practice join from a day (to a day). The same one again changes nothing.

    Raises InvalidInput, NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        network = _network(actor, network_id)
        problems = Problems()
        if not Organisation.objects.filter(pk=organisation_id, kind=OrganisationKind.PRACTICE).exists():
            problems.add("organisation_id", "not-a-practice", "Only a practice joins a network.", "Choose a practice.")
        problems.period("left_on", joined_on, left_on, "The membership")
        rows = NetworkMember.objects.filter(network=network, organisation=organisation_id)
        overlapping = rows.filter(Q(left_on__isnull=True) | Q(left_on__gt=joined_on)).exclude(joined_on=joined_on)
        if left_on is not None:
            overlapping = overlapping.filter(joined_on__lt=left_on)
        if overlapping.exists():
            problems.add(
                "joined_on", "member-already", "The practice is a member on this day already.",
                "Let it leave first, or give a later day.", joined_on,
            )  # fmt: skip
        problems.refuse_if_any()
        key = {"network_id": network.pk, "organisation_id": organisation_id, "joined_on": joined_on}
        _, saved = write(NetworkMember, key=key, values={"left_on": left_on})
        return _noted(actor, now, saved, organisation_id, network)


def leave_network(*, actor: Actor, now: datetime, network_id: int, organisation_id: int, left_on: date) -> Saved:
    """End a practice's membership: `left_on` is the first day on which it is no member.

    Raises InvalidInput, NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        network = _network(actor, network_id)
        rows = NetworkMember.objects.select_for_update().filter(network=network, organisation=organisation_id)
        row = rows.filter(left_on__isnull=True).first()
        if row is None:
            raise NotFound("This practice is not a member now.", remedy="Look at the network's members.")
        problems = Problems()
        problems.period("left_on", row.joined_on, left_on, "The membership")
        problems.refuse_if_any()
        saved = change(row, {"left_on": left_on})
        return _noted(actor, now, saved, organisation_id, network)


def _noted(actor: Actor, now: datetime, saved: Saved, organisation_id: int, network: Network) -> Saved:
    return note(
        actor=actor, now=now, what="membership", saved=saved, organisation_id=organisation_id, told_as=network.hub_id
    )


def _network(actor: Actor, network_id: int) -> Network:
    network = Network.objects.filter(pk=network_id).first()
    if network is None:
        raise NotFound("There is no such network.", remedy="Choose one of those that this installation holds.")
    on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=network.hub_id)
    return network
