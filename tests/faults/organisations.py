"""Codes, GP Connect switches and groups that are wrong."""

from __future__ import annotations

from itertools import product

from pcnhub.care.organisations import operations
from pcnhub.care.organisations import queries as directory
from pcnhub.care.organisations.models import GroupMember, Network, OrganisationGroup
from pcnhub.care.organisations.queries import GroupView
from pcnhub.care.organisations.rules import PRACTICE_SWITCHES, GpConnectCapability, GroupPurpose
from pcnhub.demo import network
from tests.faults.ready import ASH, DALE, ELM, HUB, NOW, PRACTICES, Ready, say_of
from tests.faults.seeding import Red, fault

NHS_111 = network.NHS_111
HUBS_OWN = (
    GpConnectCapability.GP_CONNECT,
    GpConnectCapability.FOUNDATION,
    GpConnectCapability.APPOINTMENTS,
    GpConnectCapability.ACCESS_HTML,
    GpConnectCapability.ACCESS_STRUCTURED,
)


def of_hub(ready: Ready, *checks: str) -> Red:
    return {(check, HUB): f"an administrator of {ready.names[HUB]}" for check in checks}


def group(ready: Ready, purpose: GroupPurpose = GroupPurpose.PRACTICE_BOOKING) -> GroupView:
    [found] = [each for each in directory.groups_of(owner_id=ready.hub_id) if each.purpose == purpose]
    return found


@fault("The hub's Authentication NACS is empty")
def nacs_empty(ready: Ready) -> Red:
    say_of(ready, HUB, authentication_nacs="")
    return of_hub(ready, "CHK-01")


@fault("The hub's Authentication NACS is another organisation's code")
def nacs_of_another(ready: Ready) -> Red:
    say_of(ready, HUB, authentication_nacs=ASH)
    return of_hub(ready, "CHK-01")


@fault("The hub's code has not the form of a cost centre")
def no_cost_centre_code(ready: Ready) -> Red:
    say_of(ready, HUB, national_code="NLK31", authentication_nacs="NLK31")
    return of_hub(ready, "CHK-01")


@fault("The hub's prescribing cost centre is not entered")
def no_cost_centre(ready: Ready) -> Red:
    say_of(ready, HUB, prescribing_cost_centre="")
    return of_hub(ready, "CHK-04")


@fault("The hub's only prescriber code is taken off")
def no_prescriber_code(ready: Ready) -> Red:
    operations.remove_prescriber_code(actor=ready.manager(HUB), now=NOW, organisation_id=ready.hub_id, code="G9998001")
    return {("CHK-04", HUB): "the ICB, through NHSBSA"}


def switch(ready: Ready, ods: str, capability: GpConnectCapability, *, on: bool) -> None:
    operations.set_gp_connect_switch(
        actor=ready.manager(ods), now=NOW, organisation_id=ready.ids[ods], capability=capability, is_on=on
    )


@fault("One of the hub's GP Connect switches is off", over=HUBS_OWN[:2])
def hub_switch_off(ready: Ready, capability: GpConnectCapability) -> Red:
    switch(ready, HUB, capability, on=False)
    return of_hub(ready, "CHK-13")


@fault("Access Document is switched on at the hub")
def access_document(ready: Ready) -> Red:
    switch(ready, HUB, GpConnectCapability.ACCESS_DOCUMENT, on=True)
    return of_hub(ready, "CHK-13")


@fault("One of a practice's GP Connect switches is off", over=product(PRACTICES, PRACTICE_SWITCHES), at_once=True)
def practice_switch_off(ready: Ready, ods: str, capability: GpConnectCapability) -> Red:
    switch(ready, ods, capability, on=False)
    return {("CHK-14", ods): ready.names[ods]}


@fault("A practice is taken out of the booking group", over=(ASH, ELM))
def group_without_practice(ready: Ready, ods: str) -> Red:
    operations.remove_from_group(
        actor=ready.manager(HUB), now=NOW, group_id=group(ready).id, organisation_id=ready.ids[ods]
    )
    # who is not in the group can't subscribe: both are the hub's to mend
    return of_hub(ready, "CHK-16") | {("CHK-17", ods): ready.names[HUB]}


@fault("An organisation of no network is in the booking group")
def stranger_in_group(ready: Ready) -> Red:
    icb = directory.organisation(ods_code=network.ICB).id
    GroupMember.objects.create(group_id=group(ready).id, organisation_id=icb, subscribed_at=NOW, subscribed_by="drift")
    return of_hub(ready, "CHK-16")


@fault("A practice has unsubscribed from the booking group", over=PRACTICES, at_once=True)
def unsubscribed(ready: Ready, ods: str) -> Red:
    operations.unsubscribe(actor=ready.manager(ods), now=NOW, group_id=group(ready).id)
    return {("CHK-17", ods): ready.names[ods]}


@fault("The hub has unsubscribed from its own booking group")
def hub_unsubscribed(ready: Ready) -> Red:
    operations.unsubscribe(actor=ready.manager(HUB), now=NOW, group_id=group(ready).id)
    return of_hub(ready, "CHK-17")


@fault("The booking group is marked as one for apps")
def group_of_other_purpose(ready: Ready) -> Red:
    ready.drift(OrganisationGroup, HUB, {"purpose": GroupPurpose.APP}, pk=group(ready).id)
    return of_hub(ready, "CHK-16") | {("CHK-17", ods): ready.names[HUB] for ods in (HUB, *PRACTICES)}


@fault("A practice is in the group of the 111 service", over=(DALE,))
def practice_in_111(ready: Ready, ods: str) -> Red:
    GroupMember.objects.create(group_id=group(ready, GroupPurpose.NHS_111).id, organisation_id=ready.ids[ods])
    return of_hub(ready, "CHK-18")


@fault("The 111 provider is gone from its group")
def no_111(ready: Ready) -> Red:
    with_111 = group(ready, GroupPurpose.NHS_111).id
    operations.remove_from_group(
        actor=ready.manager(HUB), now=NOW, group_id=with_111, organisation_id=ready.ids[NHS_111]
    )
    return of_hub(ready, "CHK-18")


@fault("The network's population has grown, and its sessions have not")
def population(ready: Ready) -> Red:
    ready.drift(Network, HUB, {"adjusted_population": 52_000}, hub=ready.hub_id)
    return {("CHK-21", HUB): "the hub's rota manager"}
