"""The file's organisations, network and groups."""

from __future__ import annotations

from dataclasses import replace

from pcnhub.care.organisations import operations, queries
from pcnhub.care.organisations.operations import GroupFacts, NetworkFacts, OrganisationFacts, SiteFacts
from pcnhub.care.organisations.rules import GpConnectCapability, Saved
from pcnhub.care.records.operations import NothingToGive, offer_record
from pcnhub.connections.gpconnect import directory
from pcnhub.foundations.kernel.refusals import InvalidInput
from pcnhub.onboarding.applying.progress import Run
from pcnhub.onboarding.shapes import EndpointShape, OnboardingFile, OrganisationShape


def bring_in(content: OnboardingFile, run: Run) -> None:
    # ICBs first: others name them as their parent.
    for one in sorted(content.organisations, key=lambda shape: shape.parent_icb is not None):
        with run.entry(f"organisation {one.ods}"):
            _organisation(one, run)
    with run.entry(f"network {content.network.ods}"):
        _network(content, run)
    for group in content.groups:
        with run.entry(f"group {group.name}"):
            hub = run.actor_of(content.network.hub)
            facts = GroupFacts(name=group.name, purpose=group.purpose, description=group.description)
            saved = operations.save_group(actor=hub, now=run.now, owner_id=hub.organisation.id, facts=facts)
            run.note(f"group {group.name}", saved)
            run.ids["group", group.name] = saved.id
            for ods in group.members:
                member = run.id_of("organisation", ods)
                added = operations.add_to_group(actor=hub, now=run.now, group_id=saved.id, organisation_id=member)
                run.note(f"group {group.name}, member {ods}", added)


def _organisation(one: OrganisationShape, run: Run) -> None:
    place = f"organisation {one.ods}"
    facts = OrganisationFacts(
        ods_code=one.ods,
        name=one.name,
        kind=one.kind,
        system=one.system,
        supplier_organisation_id=one.supplier_organisation_id,
        parent_icb_ods=one.parent_icb or "",
        phone=one.phone,
        email=one.email,
        list_size=one.list_size,
        adjusted_population=one.adjusted_population,
        national_code=one.national_code,
        authentication_nacs=one.authentication_nacs,
        prescribing_cost_centre=one.prescribing_cost_centre,
        asid=one.asid,
    )
    saved = operations.save_organisation(actor=queries.installation_actor(name="onboarding"), now=run.now, facts=facts)
    run.note(place, saved)
    run.ids["organisation", one.ods] = saved.id
    actor = run.actor_of(one.ods)
    for site in one.sites:
        made = operations.save_site(
            actor=actor,
            now=run.now,
            organisation_id=saved.id,
            facts=SiteFacts(site.name, site.site_code, tuple(site.address), site.postcode, site.phone),
        )
        run.note(f"{place}, site {site.name}", made)
        run.ids[f"site of {one.ods}", site.name] = made.id
    for code in one.prescriber_codes:
        run.note(
            f"{place}, prescriber code {code.code}",
            operations.add_prescriber_code(
                actor=actor,
                now=run.now,
                organisation_id=saved.id,
                code=code.code,
                kind=code.kind,
                holder_name=code.holder,
            ),
        )
    for capability in one.gp_connect:
        switch = f"{place}, GP Connect switch {capability}"
        with run.entry(switch):
            run.note(switch, _turned_on(saved.id, one.ods, capability, run))
    for endpoint in one.endpoints:
        with run.entry(f"{place}, endpoint {endpoint.ods}"):
            known = directory.find_endpoint(actor=actor, ods_code=endpoint.ods, capability=endpoint.capability.value)
            run.note(
                f"{place}, endpoint {endpoint.ods}",
                directory.save_endpoint(
                    actor=actor, now=run.now, facts=_endpoint(endpoint), endpoint_id=known.id if known else None
                ),
            )


def _turned_on(organisation_id: int, ods: str, capability: GpConnectCapability, run: Run) -> Saved:
    """What gives a practice's record on is turned on by the room that keeps it: it knows whether there is one."""
    actor = run.actor_of(ods)
    if capability is not GpConnectCapability.ACCESS_STRUCTURED:
        return operations.set_gp_connect_switch(
            actor=actor, now=run.now, organisation_id=organisation_id, capability=capability, is_on=True
        )
    try:
        return offer_record(actor=actor, now=run.now, organisation_id=organisation_id, is_on=True)
    except NothingToGive as refusal:
        remedy = f"Leave it out; once the records are in, turn it on: pcnhub gpconnect structured --ods {ods} --on."
        raise InvalidInput([replace(each, remedy=remedy) for each in refusal.problems]) from None


def _endpoint(one: EndpointShape) -> directory.EndpointFacts:
    return directory.EndpointFacts(
        one.ods, one.name, one.service_root, one.asid, one.capability.value, one.party_key, one.phone, one.is_active
    )


def _network(content: OnboardingFile, run: Run) -> None:
    network = content.network
    actor = run.actor_of(network.hub)
    facts = NetworkFacts(
        network.ods, network.name, actor.organisation.id, network.adjusted_population, network.session_name_pattern
    )
    saved = operations.make_network(actor=actor, now=run.now, facts=facts)
    run.note(f"network {network.ods}", saved)
    for member in network.members:
        place = f"network {network.ods}, member {member.ods}"
        with run.entry(place):
            joined = operations.join_network(
                actor=actor,
                now=run.now,
                network_id=saved.id,
                organisation_id=run.id_of("organisation", member.ods),
                joined_on=member.joined_on,
                left_on=member.left_on,
            )
            run.note(place, joined)
