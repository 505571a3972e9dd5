"""What a rehearsal needs before its first step: accounts, dummy patients, sessions and teams, made by the operations that the
pages call. All of it is marked by the database, because it is written in the rehearsal's own units of work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pcnhub.care.appointments import operations as appointments
from pcnhub.care.organisations import operations as organisations
from pcnhub.care.organisations import queries as directory
from pcnhub.care.organisations.operations import AccountFacts, PositionFacts
from pcnhub.care.organisations.rules import ClinicalSystem, GroupPurpose, OrganisationKind
from pcnhub.care.patients import operations as patients
from pcnhub.care.patients import queries as patient_queries
from pcnhub.care.records import operations as records
from pcnhub.care.records.rules import Coverage, ItemKind, NewItem, Section
from pcnhub.care.tasks import operations as tasks
from pcnhub.care.tasks.operations import TeamRequest
from pcnhub.care.tasks.queries import teams_of
from pcnhub.foundations.database.rehearsing import Rehearsal
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.rehearsal.ground import GP_JOB, NothingToRehearse, details_of
from pcnhub.rehearsal.ways import Browser, Door, session_of

PRACTITIONER, RECEPTIONIST = "R8000", "R8009"
GP = "General Medical Practitioner"
SLOTS = 3  # of each organisation: by GP Connect, on the pages, and one more for the cancelling
SOON = timedelta(minutes=5)
FAMILY, GIVEN = "XXTESTPATIENT-REHEARSAL", "Dummy"
BORN = date(1980, 4, 1)
ALLERGY = "Allergy to penicillin (rehearsal)"


@dataclass(slots=True)
class Person:
    """A rehearsal account at work: who it is, and its browser once it has one."""

    account_id: int
    position_id: int
    actor: Actor


@dataclass(slots=True)
class Scene:
    """One organisation's part: its own session at the hub, and its people and patient where it works here."""

    organisation: OrganisationRef
    session_id: int
    clinician: Person
    works_here: bool = True
    reception: Person | None = None
    doctor: Person | None = None
    patient_id: int = 0
    patient_at: int = 0  # the practice whose patient it is
    nhs_number: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """The hub's own: a system actor, the run, and the door that steps go through."""

    hub: Actor
    door: Door
    now: datetime

    @property
    def rehearsal(self) -> Rehearsal:
        return self.door.rehearsal

    def browser(self, person: Person) -> Browser:
        with unit_of_work(self.hub):  # so that session and device are marked
            cookie = session_of(
                account_id=person.account_id, position_id=person.position_id, now=self.now, run_id=self.rehearsal.run_id
            )
        return Browser(self.door, cookie)


def system_at(stage: Stage, organisation_id: int) -> Actor:
    """The rehearsal itself, acting for an organisation."""
    return directory.system_actor_for(
        organisation_id=organisation_id, name="rehearsal", request_id=stage.hub.request_id
    )


def scene_of_practice(stage: Stage, practice: OrganisationRef, place: int, hub_members: set[int]) -> Scene:
    """`hub_members`: the positions that are in the hub's rehearsal team so far. Raises Refusal: what the configuration of hub or
    practice lacks is said by the operation that refused."""
    system = system_at(stage, practice.id)
    scene = Scene(
        organisation=practice,
        session_id=0,
        clinician=_person(stage, stage.hub, f"hub-{practice.ods_code}", PRACTITIONER, is_clinician=True),
        works_here=directory.organisation(id=practice.id).system == ClinicalSystem.PCN_HUB,
    )
    scene.session_id = _session(stage, scene, GroupPurpose.PRACTICE_BOOKING)
    hub_members.add(scene.clinician.position_id)
    _team(stage, stage.hub, hub_members)
    scene.nhs_number = dummy_number(stage.rehearsal.run_id, place)
    # even where the practice works in another system: its list is here, by import
    scene.patient_id, scene.patient_at = _patient(stage, system, scene.nhs_number), practice.id
    if scene.works_here:
        scene.reception = _person(stage, system, f"reception-{practice.ods_code}", RECEPTIONIST)
        scene.doctor = _person(stage, system, f"gp-{practice.ods_code}", PRACTITIONER, is_clinician=True)
        _team(stage, system, {scene.doctor.position_id})
    return scene


def scene_of_111(stage: Stage, provider: OrganisationRef, patient_of: Scene) -> Scene:
    """111 books a practice's dummy patient; it has no people here."""
    scene = Scene(
        organisation=provider,
        session_id=0,
        clinician=_person(stage, stage.hub, f"hub-{provider.ods_code}", PRACTITIONER, is_clinician=True),
        works_here=False,
        patient_id=patient_of.patient_id,
        patient_at=patient_of.patient_at,
        nhs_number=patient_of.nhs_number,
    )
    scene.session_id = _session(stage, scene, GroupPurpose.NHS_111)
    return scene


def providers_of_111(hub_id: int) -> tuple[OrganisationRef, ...]:
    """The 111 services in the hub's groups for 111."""
    found = {
        member.organisation.id: member.organisation
        for group in directory.groups_of(owner_id=hub_id)
        if group.purpose == GroupPurpose.NHS_111
        for member in group.members
        if member.organisation.kind == OrganisationKind.NHS_111
    }
    return tuple(found.values())


def dummy_number(run_id: int, place: int) -> str:
    """A valid NHS number of the 999 range, which is never issued; from the end of it, where no demo and no import begins."""
    return _numbers()[(run_id * 40 + place) % len(_numbers())]


def _numbers() -> list[str]:
    return list(_end_of_range())


def _end_of_range() -> Iterator[str]:
    for body in range(990_000, 1_000_000):
        nine = f"999{body:06d}"
        check = nhs_number_check_digit(nine)
        if check < 10:
            yield f"{nine}{check}"


def _person(stage: Stage, system: Actor, part: str, role: str, *, is_clinician: bool = False) -> Person:
    """An account that nobody can sign in with, at one position."""
    run = stage.rehearsal.run_id
    made = organisations.make_account(
        actor=system,
        now=stage.now,
        facts=AccountFacts(
            username=f"rehearsal-{run}-{part}".lower(), given_name="Rehearsal", family_name=f"{part} {run}"
        ),
        must_change_password=False,
        is_shut=True,
    )
    saved = organisations.save_position(
        actor=system,
        now=stage.now,
        facts=PositionFacts(
            account_id=made.id,
            organisation_id=system.organisation.id,
            role_code=role,
            job_category=GP if is_clinician else "Receptionist",
            job_role_code=GP_JOB if is_clinician else "",
            starts_on=london_date(stage.now),
            consulter=is_clinician,
            session_holder=is_clinician,
            accepts_cross_organisation_tasks=True,
        ),
    )
    actor = directory.actor_for(
        position_id=saved.id, now=stage.now, request_id=stage.hub.request_id, origin="rehearsal", identity="rehearsal"
    )
    return Person(made.id, saved.id, actor)


def _session(stage: Stage, scene: Scene, purpose: GroupPurpose) -> int:
    """As the hub's own plan would make one for these bookers: its first weekly session there, or what can be put together."""
    hub_id = stage.hub.organisation.id
    details, minutes = details_of(hub_id, purpose)
    starts = _next_start(stage.now, minutes * SLOTS)
    ends = starts + timedelta(minutes=minutes * SLOTS)
    session_id = appointments.make_session(
        actor=stage.hub,
        now=stage.now,
        day=starts.date(),
        starts_at=starts.time(),
        ends_at=ends.time(),
        details=replace(details, holder_id=scene.clinician.position_id),
    )
    appointments.publish_session(actor=stage.hub, now=stage.now, session_id=session_id)
    return session_id


def _next_start(now: datetime, minutes: int) -> datetime:
    """London time, on the next five minutes. Raises NothingToRehearse where the session would not end today: a patient arrives
    on the day of the appointment alone."""
    local = in_london(now).replace(second=0, microsecond=0) + SOON
    starts = local + timedelta(minutes=-local.minute % 5)
    if (starts + timedelta(minutes=minutes)).date() != starts.date():
        raise NothingToRehearse(
            f"Today ends before {SLOTS} appointments of the hub's could: nobody would arrive for one of tomorrow's.",
            remedy="Rehearse again after midnight.",
        )
    return starts


def _patient(stage: Stage, system: Actor, nhs_number: str) -> int:
    """A dummy patient on the practice's list, with an allergy that the hub must see."""
    today = london_date(stage.now)
    report = patients.import_demographics(
        actor=system,
        now=stage.now,
        file=[
            {
                "NHS_NUMBER": nhs_number,
                "FAMILY_NAME": FAMILY,
                "GIVEN_NAME": GIVEN,
                "DATE_OF_BIRTH": BORN.strftime("%d/%m/%Y"),
                "SEX": "F",
                "ADDR1": "1 Rehearsal Row",
                "POST_CODE": "ZZ99 3VZ",
                "PRIMARY_CARE_CODE": system.organisation.ods_code,
                "REGISTERED_ON": BORN.strftime("%d/%m/%Y"),
            }
        ],
    )
    if report.rejections:
        raise NothingToRehearse("; ".join(each.message for each in report.rejections))
    [patient] = patient_queries.find_patients(actor=system, now=stage.now, text=nhs_number).items
    records.import_items(
        actor=system,
        now=stage.now,
        patient_id=patient.id,
        items=[
            NewItem(
                ItemKind.ALLERGY, ALLERGY, f"rehearsal-{stage.rehearsal.run_id}", status="active", recorded_on=today
            )
        ],
        coverage=[Coverage(section, stage.now) for section in Section],
    )
    return patient.id


def _team(stage: Stage, system: Actor, members: set[int]) -> int:
    """A team beside the organisation's own, so that nobody there is asked to do anything; the own ones are looked at too."""
    name = team_name(stage.rehearsal.run_id)
    teams = teams_of(organisation_id=system.organisation.id, day=london_date(stage.now))
    there = next((team.id for team in teams if team.name == name), None)
    return tasks.save_team(
        actor=system, now=stage.now, request=TeamRequest(name=name, members=frozenset(members)), team_id=there
    )


def team_name(run_id: int) -> str:
    return f"Rehearsal {run_id}"
