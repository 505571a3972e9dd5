"""What a hub and its practices need before they can work an evening: switches, a slot type, outcomes, teams."""

from __future__ import annotations

from pcnhub.care.appointments.models import SlotType
from pcnhub.care.consultations.operations import save_outcome
from pcnhub.care.organisations.models import GroupMember, NetworkMember, Organisation, OrganisationGroup
from pcnhub.care.organisations.rules import GroupPurpose, OrganisationKind
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.care.tasks.operations import TeamRequest, save_team
from tests.cast import CLINICIAN, LONG_AGO, NOW, World, organisation, person, system_for, world
from tests.entrances.gpconnect.consumer import switch_on


def ready_world() -> World:
    """`tests.cast.world`, from which nothing is missing; with a 111 service."""
    made = world()
    urgent = organisation("7ZZ", "Riverside 111", OrganisationKind.NHS_111)
    switch_on(made.hub, made.ash, made.birch, urgent)
    SlotType.objects.create(
        hub=made.hub,
        name="EA GP F2F",
        minutes=15,
        mode="Face to Face (Surgery)",
        service_setting="Extended Access Provision",
        context_type="Care related encounter",
        national_category="General Consultation Routine",
    )
    _group_for_111(made.hub, urgent)
    gp = person("grace", made.birch, CLINICIAN, consulter=True, prescriber_code="G7654321", role_code="R8000")
    Party.objects.filter(agreement=made.agreements[AgreementKind.WRITE_BACK], organisation=made.birch).update(
        formulary="Birch Road formulary", prescribing_position_id=gp.position_id
    )
    save_outcome(actor=system_for(made.hub), now=NOW, code="seen", name="Seen, no follow-up", place=1)
    for practice, member in ((made.ash, made.dilys.position_id), (made.birch, made.efe.position_id)):
        team_of(practice, {member or 0})
    team_of(made.hub, {made.carys.position_id or 0})
    return made


def team_of(at: Organisation, members: set[int]) -> int:
    return save_team(
        actor=system_for(at),
        now=NOW,
        request=TeamRequest(name="Enhanced Access Team", members=frozenset(members)),
    )


def _group_for_111(hub: Organisation, urgent: Organisation) -> None:
    group = OrganisationGroup.objects.create(owner=hub, name="Riverside 111 booking", purpose=GroupPurpose.NHS_111)
    for member in (hub, urgent):
        GroupMember.objects.create(group=group, organisation=member, subscribed_at=NOW, subscribed_by="test")


def join(made: World, ods_code: str, name: str) -> Organisation:
    """One more practice of the network, as ready as the others."""
    practice = organisation(ods_code, name, OrganisationKind.PRACTICE)
    NetworkMember.objects.create(network=made.network, organisation=practice, joined_on=LONG_AGO)
    GroupMember.objects.create(group=made.group, organisation=practice, subscribed_at=NOW, subscribed_by="test")
    switch_on(practice)
    gp = person(f"gp-{ods_code.lower()}", practice, CLINICIAN, consulter=True, prescriber_code=f"G9{ods_code[1:]}")
    for kind, agreement in made.agreements.items():
        like = Party.objects.get(agreement=agreement, organisation=made.birch)
        writes_back = kind is AgreementKind.WRITE_BACK
        Party.objects.create(
            agreement=agreement,
            organisation=practice,
            side=like.side,
            joined_on=like.joined_on,
            state=like.state,
            terms_accepted=like.terms_accepted,
            formulary="A formulary" if writes_back else "",
            prescribing_position_id=gp.position_id if writes_back else None,
        )
    team_of(practice, {gp.position_id or 0})
    return practice
