"""Which endpoints a hub's probes call, and as whom: read before anything is asked, so that the calls need no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pcnhub.care.organisations.queries import (
    NetworkView,
    gp_connect_switches,
    organisation,
    system_actor_for,
    systems_of,
)
from pcnhub.care.organisations.rules import ClinicalSystem, GpConnectCapability
from pcnhub.connections.gpconnect import chain
from pcnhub.connections.gpconnect.chain import Target
from pcnhub.connections.gpconnect.client import Link
from pcnhub.connections.gpconnect.configuration import configuration
from pcnhub.connections.gpconnect.directory import EndpointView, endpoints
from pcnhub.connections.gpconnect.own import NO_ASID, own_client, own_hosts, own_place
from pcnhub.connections.gpconnect.searching import link_for
from pcnhub.connections.gpconnect.token import UNKNOWN, Caller, caller_of
from pcnhub.connections.gpconnect.words import Capability
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef

ON, FOUNDATION = GpConnectCapability.GP_CONNECT, GpConnectCapability.FOUNDATION
APPOINTMENTS, STRUCTURED = GpConnectCapability.APPOINTMENTS, GpConnectCapability.ACCESS_STRUCTURED
LICENSED: dict[GpConnectCapability, tuple[str, ...]] = {
    FOUNDATION: ("rest:search:patient-1", "operation:gpc.registerpatient-1"),
    APPOINTMENTS: (chain.SEARCH, chain.BOOK, "rest:cancel:appointment-1"),
    STRUCTURED: ("operation:gpc.getstructuredrecord-1",),
}
OUTSIDER = "X9Z98"
"""The code of a practice that no agreement, no group and no network knows."""


def runs_here(organisation_id: int) -> bool:
    return systems_of(ids=[organisation_id]).get(organisation_id) == ClinicalSystem.PCN_HUB


def is_open(organisation_id: int) -> bool:
    """Whether the organisation answers GP Connect appointments from here."""
    switches = gp_connect_switches(organisation_id=organisation_id)
    return all(switches[each] for each in (ON, FOUNDATION, APPOINTMENTS))


def hub_target(*, actor: Actor, hub: NetworkView, now: datetime) -> Target:
    """The hub's own endpoint: this installation's, or that of the system on which the hub works."""
    if runs_here(hub.hub.id):
        return _here(actor, hub, now)
    own_line = next(
        (each for each in _lines(actor, Capability.APPOINTMENTS) if each.facts.ods_code == hub.hub.ods_code), None
    )
    callers = [_caller(member, now) for member in hub.members]
    return Target(
        ods_code=hub.hub.ods_code,
        name=hub.hub.name,
        place=own_line.place if own_line else None,
        link=link_for(actor=actor, now=now),
        licensed=(chain.SEARCH, chain.BOOK),
        askers=tuple(each for each in callers if each.asid),  # the Spine hears nobody else
    )


def _here(actor: Actor, hub: NetworkView, now: datetime) -> Target:
    mine = organisation(id=hub.hub.id)
    switches = gp_connect_switches(organisation_id=hub.hub.id)
    licensed = [name for switch, names in LICENSED.items() if switches[ON] and switches[switch] for name in names]
    askers = [_caller(member, now) for member in hub.members] + [nobody()] if is_open(hub.hub.id) else []
    return Target(
        ods_code=mine.ods_code,
        name=mine.name,
        place=own_place(ods_code=mine.ods_code, name=mine.name, asid=mine.asid),
        link=_own_link(actor, now),
        licensed=tuple(licensed),
        askers=tuple(replace(each, asid=each.asid or NO_ASID) for each in askers),
        client=own_client(),
        hosts=own_hosts(),
    )


def partner_targets(*, actor: Actor, hub: NetworkView, now: datetime) -> tuple[tuple[EndpointView, Target], ...]:
    """The other lines of the hub's directory, each as a target; this organisation asks, and books nothing."""
    found = []
    for line in _lines(actor):
        if line.facts.ods_code == hub.hub.ods_code:
            continue
        is_record = line.facts.capability == Capability.STRUCTURED
        target = Target(
            ods_code=line.facts.ods_code,
            name=line.facts.name,
            place=line.place,
            link=link_for(actor=actor, now=now),
            metadata=chain.STRUCTURED_METADATA if is_record else chain.METADATA,
            licensed=LICENSED[STRUCTURED] if is_record else (chain.SEARCH, chain.BOOK),
            asks_metadata=not is_record,
        )
        found.append((line, target))
    return tuple(found)


def own_targets(*, actor: Actor, hub: NetworkView, now: datetime) -> tuple[Target, ...]:
    """Every service root of the network that this installation answers at: those that GP Connect is switched on for."""
    everybody = (hub.hub, *hub.members)
    systems = systems_of(ids=[each.id for each in everybody])
    link, client = _own_link(actor, now), own_client()
    return tuple(
        Target(
            each.ods_code, each.name,
            own_place(ods_code=each.ods_code, name=each.name, asid=organisation(id=each.id).asid), link, client=client,
        )
        for each in everybody
        if systems.get(each.id) == ClinicalSystem.PCN_HUB and gp_connect_switches(organisation_id=each.id)[ON]
    )  # fmt: skip


def nobody() -> Caller:
    return Caller(
        ods_code=OUTSIDER, organisation_name="A practice outside the network", organisation_type="gp-practice", asid="",
        phone="", user_id="readiness-outsider", given_name="", family_name="Readiness", sds_user_id=UNKNOWN,
        role_profile_id=UNKNOWN, origin="readiness",
    )  # fmt: skip


def _own_link(actor: Actor, now: datetime) -> Link:
    caller = caller_of(actor=actor, now=now)
    plain = replace(configuration(), spine_proxy="", certificate=None, key=None)
    return Link(replace(caller, asid=caller.asid or NO_ASID), plain, now)


def _caller(member: OrganisationRef, now: datetime) -> Caller:
    return caller_of(actor=system_actor_for(organisation_id=member.id, name="readiness"), now=now)


def _lines(actor: Actor, capability: str = "") -> tuple[EndpointView, ...]:
    with unit_of_work(actor):
        return endpoints(actor=actor, active_only=True, capability=capability)
