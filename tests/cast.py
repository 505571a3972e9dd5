"""The people and organisations of the tests. Charlie belongs to no agreement and must never get in.

Riverside hub (Y07108) works for two practices, Ash Lane (A81001) and Birch Road (B82002).
Ada      receptionist, Ash Lane            Dilys    practice manager, Ash Lane
Bilal    GP, hub                           Efe      receptionist, Birch Road
Carys    manager, hub                      Farah    GP partner, Ash Lane (prescribing user)
Charlie  does everything, at Outside Surgery (C83003): in no network, in no agreement
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from pcnhub.care.organisations.models import (
    Account,
    GroupMember,
    Network,
    NetworkMember,
    Organisation,
    OrganisationGroup,
    Position,
    Site,
)
from pcnhub.care.organisations.rules import GroupPurpose, OrganisationKind, Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import learn_names
from pcnhub.care.patients.rules import RegistrationType, Sex
from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.rules import KINDS, ActivationState, AgreementKind, Side
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef, Purpose

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
LONG_AGO = date(2024, 1, 1)

RECEPTION = {Permission.FIND_PATIENTS, Permission.BOOK_APPOINTMENTS, Permission.WORK_TASKS}
CLINICIAN = {
    Permission.FIND_PATIENTS,
    Permission.BOOK_APPOINTMENTS,
    Permission.RUN_CLINIC_LIST,
    Permission.VIEW_RECORD,
    Permission.CONSULT,
    Permission.WORK_TASKS,
    Permission.MANAGE_DOCUMENTS,
}
MANAGER = set(Permission) - {Permission.CONSULT, Permission.VIEW_RECORD, Permission.VIEW_SENSITIVE}


@dataclass(frozen=True)
class World:
    hub: Organisation
    ash: Organisation
    birch: Organisation
    outside: Organisation
    network: Network
    group: OrganisationGroup
    site: Site
    agreements: dict[AgreementKind, Agreement]
    ada: Actor
    bilal: Actor
    carys: Actor
    charlie: Actor
    dilys: Actor
    efe: Actor
    farah: Actor
    patient_of_ash: Patient  # Ash Lane's own, regular row
    patient_of_birch: Patient


def organisation(ods_code: str, name: str, kind: OrganisationKind) -> Organisation:
    return Organisation.objects.create(
        ods_code=ods_code, name=name, kind=kind, national_code=ods_code, list_size=10_000
    )


def ref(organisation: Organisation) -> OrganisationRef:
    return OrganisationRef(organisation.pk, organisation.ods_code, organisation.name, organisation.kind)


def person(
    username: str,
    at: Organisation,
    permissions: set[Permission],
    *,
    role_code: str = "R8008",
    job_category: str = "Administrator",
    job_role_code: str = "",
    consulter: bool = False,
    prescriber_code: str = "",
) -> Actor:
    """An account with one position, as the actor that signing in would make (with these permissions, whatever the tables say)."""
    account = Account.objects.create(
        username=username,
        given_name=username.title(),
        family_name="Cast",
        created_at=NOW,
        password="!",
        smartcard_uid=f"uid-{username}",
        looked_after_by=at,
    )
    position = Position.objects.create(
        account=account,
        organisation=at,
        role_code=role_code,
        job_category=job_category,
        job_role_code=job_role_code,
        consulter=consulter,
        session_holder=consulter,
        accepts_cross_organisation_tasks=True,
        prescriber_code=prescriber_code,
        prescriber_code_kind="GMP" if prescriber_code else "",
        starts_on=LONG_AGO,
    )
    return Actor(
        user=f"account:{account.pk}",
        name=account.full_name,
        organisation=ref(at),
        purpose=Purpose.DIRECT_CARE,
        permissions=frozenset(permissions),
        position_id=position.pk,
        role_code=role_code,
        job_category=job_category,
        identity="test",
        origin="127.0.0.1",
        request_id="test",
    )


def system_for(organisation: Organisation, name: str = "test") -> Actor:
    return Actor(user=f"system:{name}", name=name, organisation=ref(organisation), purpose=Purpose.SYSTEM, origin=name)


def patient(at: Organisation, nhs_number: str, given: str, family: str, born: date, **more: object) -> Patient:
    """A regular registration at a practice."""
    with unit_of_work(system_for(at)):
        made = Patient.objects.create(
            organisation=at,
            nhs_number=nhs_number,
            given_name=given,
            family_name=family,
            birth_date=born,
            sex=Sex.FEMALE,
            registration_type=RegistrationType.REGULAR,
            registered_on=LONG_AGO,
            created_at=NOW,
            updated_at=NOW,
            **more,
        )
        learn_names(organisation_id=at.pk, patient_ids=[made.pk])
        return made


def agreement(
    kind: AgreementKind, hub: Organisation, practices: list[Organisation], state: ActivationState
) -> Agreement:
    made = Agreement.objects.create(hub=hub, kind=kind, name=f"Riverside {kind}", terms_version="1", starts_on=LONG_AGO)
    hub_side = Side.GIVES if KINDS[kind].giver == "hub" else Side.USES
    practice_side = Side.USES if hub_side is Side.GIVES else Side.GIVES
    for party, side in [(hub, hub_side), *((practice, practice_side) for practice in practices)]:
        Party.objects.create(
            agreement=made, organisation=party, side=side, joined_on=LONG_AGO, state=state,
            terms_accepted="1" if state == ActivationState.ACTIVE else "",
        )  # fmt: skip
    return made


def world(*, active: bool = True) -> World:
    """A network that is ready: every agreement but Remote Consultations is active on both sides (`active=False`: none is)."""
    hub = organisation("Y07108", "Riverside Enhanced Access Hub", OrganisationKind.HUB)
    ash = organisation("A81001", "Ash Lane Surgery", OrganisationKind.PRACTICE)
    birch = organisation("B82002", "Birch Road Practice", OrganisationKind.PRACTICE)
    outside = organisation("C83003", "Outside Surgery", OrganisationKind.PRACTICE)
    network = Network.objects.create(ods_code="U12345", name="Riverside PCN", hub=hub, adjusted_population=20_000)
    group = OrganisationGroup.objects.create(
        owner=hub, name="Riverside practice booking", purpose=GroupPurpose.PRACTICE_BOOKING
    )
    GroupMember.objects.create(group=group, organisation=hub, subscribed_at=NOW, subscribed_by="test")
    for practice in (ash, birch):
        NetworkMember.objects.create(network=network, organisation=practice, joined_on=LONG_AGO)
        GroupMember.objects.create(group=group, organisation=practice, subscribed_at=NOW, subscribed_by="test")
    state = ActivationState.ACTIVE if active else ActivationState.CREATED
    agreements = {
        kind: agreement(
            kind, hub, [ash, birch],
            ActivationState.INACTIVE if kind is AgreementKind.REMOTE_CONSULTATIONS else state,
        )
        for kind in AgreementKind
    }  # fmt: skip
    gp = {"role_code": "R8000", "job_category": "General Medical Practitioner", "job_role_code": "R0260"}
    farah = person("farah", ash, CLINICIAN, consulter=True, prescriber_code="G1234567", **gp)
    Party.objects.filter(agreement=agreements[AgreementKind.WRITE_BACK], organisation=ash).update(
        formulary="Ash Lane formulary", prescribing_position_id=farah.position_id
    )
    return World(
        hub=hub,
        ash=ash,
        birch=birch,
        outside=outside,
        network=network,
        group=group,
        site=Site.objects.create(
            organisation=hub, name="Riverside Health Centre", address_lines=["1 River Walk"], postcode="DN16 3LQ"
        ),
        agreements=agreements,
        ada=person("ada", ash, RECEPTION),
        bilal=person("bilal", hub, CLINICIAN, consulter=True, **gp),
        carys=person("carys", hub, MANAGER),
        charlie=person("charlie", outside, set(Permission), consulter=True, **gp),
        dilys=person("dilys", ash, MANAGER),
        efe=person("efe", birch, RECEPTION),
        farah=farah,
        patient_of_ash=patient(ash, "9000000009", "Jane", "Smith", date(1980, 4, 12)),
        patient_of_birch=patient(birch, "9000000017", "Peter", "Jones", date(1955, 9, 1)),
    )
