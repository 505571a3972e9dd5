"""A practice registers its patient at the hub: temporary, once, followed afterwards; never regular, never somebody else's."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date

import pytest
from django.db import ProgrammingError, transaction

from pcnhub.care.patients.jobs import on_sharing_activated
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import (
    NotRegistrable,
    follow_practice,
    import_demographics,
    register_temporarily,
)
from pcnhub.care.patients.operations.temporary import HeldForAnotherPractice
from pcnhub.care.patients.queries import open_patient
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted, NotShared
from tests.cast import NOW, World, patient, system_for, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return world()


def register(cast: World, actor: Actor, row: Patient) -> tuple[int, str]:
    done = register_temporarily(actor=actor, now=NOW, hub_id=cast.hub.pk, practice_patient_id=row.pk)
    return done.patient_id, done.was


def drain(cast: World) -> None:
    organisations = {each.pk: each for each in (cast.hub, cast.ash, cast.birch)}
    Worker("test", lambda organisation_id, _: system_for(organisations[organisation_id])).drain(now=NOW)


def at_hub(cast: World, patient_id: int) -> Patient:
    with unit_of_work(cast.carys):
        return Patient.objects.get(pk=patient_id)


def test_made_once_then_active_then_renewed(cast: World) -> None:
    first, was = register(cast, cast.ada, cast.patient_of_ash)
    assert was == "made"
    row = at_hub(cast, first)
    assert (row.registration_type, row.organisation_id) == (RegistrationType.TEMPORARY, cast.hub.pk)
    assert (row.registered_practice_id, row.registered_patient_id) == (cast.ash.pk, cast.patient_of_ash.pk)
    assert register(cast, cast.ada, cast.patient_of_ash) == (first, "active")
    with unit_of_work(cast.carys):
        Patient.objects.filter(pk=first).update(registration_state=RegistrationState.LEFT, left_on=date(2026, 1, 1))
    assert register(cast, cast.ada, cast.patient_of_ash) == (first, "renewed")
    assert at_hub(cast, first).left_on is None


def test_a_change_at_the_practice_comes_along_with_the_next_registration(cast: World) -> None:
    first, _ = register(cast, cast.ada, cast.patient_of_ash)
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(mobile_phone="07700 900123")
    assert register(cast, cast.ada, cast.patient_of_ash) == (first, "active")
    assert at_hub(cast, first).mobile_phone == "07700 900123"


@pytest.mark.parametrize("state", [{"registration_state": "deceased"}, {"registration_state": "left"}])
def test_who_died_or_left_is_refused(cast: World, state: dict[str, str]) -> None:
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(**state)
    with pytest.raises(NotRegistrable) as refused:
        register(cast, cast.ada, cast.patient_of_ash)
    assert refused.value.code == state["registration_state"]
    assert refused.value.remedy


def test_a_sensitive_patient_is_not_found_and_never_given_to_the_hub(cast: World) -> None:
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(is_sensitive=True)
    with pytest.raises(NotFound):
        register(cast, cast.ada, cast.patient_of_ash)
    with pytest.raises(NotRegistrable, match="protected"):
        register(cast, system_for(cast.ash), cast.patient_of_ash)


def test_nobody_registers_another_practices_patient(cast: World) -> None:
    with pytest.raises(NotFound):
        register(cast, cast.efe, cast.patient_of_ash)
    with pytest.raises(NotShared):
        register(cast, cast.charlie, cast.patient_of_ash)


def test_without_the_agreement_or_the_permission_nothing_is_made(cast: World) -> None:
    powerless = Actor(**{name: getattr(cast.ada, name) for name in cast.ada.__slots__} | {"permissions": frozenset()})
    with pytest.raises(NotPermitted):
        register(cast, powerless, cast.patient_of_ash)
    Party.objects.filter(agreement=cast.agreements[AgreementKind.APPOINTMENTS], organisation=cast.ash).update(
        state=ActivationState.INACTIVE
    )
    with pytest.raises(NotShared):
        register(cast, cast.ada, cast.patient_of_ash)
    with unit_of_work(cast.ada), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Patient.objects.create(
            organisation=cast.hub, nhs_number="9000000009", given_name="J", family_name="S", birth_date="1980-04-12",
            registration_type="temporary", registered_on="2026-01-01", registered_practice=cast.ash,
            registered_patient=cast.patient_of_ash, created_at=NOW, updated_at=NOW,
        )  # fmt: skip


def test_the_hub_books_for_whom_it_holds(cast: World) -> None:
    first, _ = register(cast, cast.ada, cast.patient_of_ash)
    done = register_temporarily(actor=cast.bilal, now=NOW, hub_id=cast.hub.pk, practice_patient_id=first)
    assert (done.patient_id, done.was) == (first, "active")


def test_who_moved_is_relinked_by_the_new_practices_import(cast: World) -> None:
    held, _ = register(cast, cast.ada, cast.patient_of_ash)
    birch = system_for(cast.birch)
    moved = patient(cast.birch, "9000000009", "Jane", "Smith", date(1980, 4, 12))
    with pytest.raises(HeldForAnotherPractice):
        register(cast, cast.efe, moved)
    rows = [
        {
            "NHS number": "9000000009",
            "Surname": "Smith-Hill",
            "Forename": "Jane",
            "DOB": "1980-04-12",
            "Registration date": "2026-11-01",
        }
    ]
    import_demographics(actor=birch, now=NOW, file=rows)
    drain(cast)
    row = at_hub(cast, held)
    assert (row.registered_practice_id, row.registered_patient_id, row.family_name) == (
        cast.birch.pk,
        moved.pk,
        "Smith-Hill",
    )
    assert register(cast, cast.efe, moved) == (held, "active")
    assert follow_practice(actor=system_for(cast.hub), now=NOW, practice_id=cast.birch.pk) == 0


def test_importing_an_unchanged_list_sets_a_link_right_that_was_made_since(cast: World) -> None:
    row = {"NHS number": "9000000009", "Surname": "Smith", "Forename": "Jane", "DOB": "1980-04-12"}
    listed = [row | {"Registration date": "2026-11-01"}]
    import_demographics(actor=system_for(cast.birch), now=NOW, file=listed)
    drain(cast)
    held, _ = register(cast, cast.ada, cast.patient_of_ash)  # the practice that was left has not noticed
    assert import_demographics(actor=system_for(cast.birch), now=NOW, file=listed).changes == 0
    drain(cast)
    assert at_hub(cast, held).registered_practice_id == cast.birch.pk


def test_activating_the_care_record_catches_up_with_what_changed(cast: World) -> None:
    held, _ = register(cast, cast.ada, cast.patient_of_ash)
    sides = Party.objects.filter(agreement=cast.agreements[AgreementKind.CARE_RECORD], organisation=cast.ash)
    sides.update(state=ActivationState.INACTIVE)
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(family_name="Smith-Hill")
    with pytest.raises(NotShared):
        follow_practice(actor=system_for(cast.hub), now=NOW, practice_id=cast.ash.pk)
    told = Told(
        "sharing.activated", {"kind": "care-record", "organisation_id": cast.hub.pk}, system_for(cast.hub), NOW, 1, ""
    )
    on_sharing_activated(told)
    assert at_hub(cast, held).family_name == "Smith"
    sides.update(state=ActivationState.ACTIVE)
    on_sharing_activated(told)
    assert at_hub(cast, held).family_name == "Smith-Hill"


def test_a_death_at_the_practice_closes_the_temporary_registration(cast: World) -> None:
    held, _ = register(cast, cast.ada, cast.patient_of_ash)
    rows = [
        {
            "NHS number": "9000000009",
            "Surname": "Smith",
            "Forename": "Jane",
            "DOB": "1980-04-12",
            "Date of death": "2026-11-20",
        }
    ]
    import_demographics(actor=cast.dilys, now=NOW, file=rows)
    assert at_hub(cast, held).registration_state == RegistrationState.DECEASED
    assert at_hub(cast, held).died_on == date(2026, 11, 20)


def without_care_record(cast: World) -> None:
    sides = Party.objects.filter(agreement=cast.agreements[AgreementKind.CARE_RECORD], organisation=cast.ash)
    sides.update(state=ActivationState.INACTIVE)


@pytest.mark.parametrize("hidden", ["Sensitive flag", "Dissent", "no agreement"])
@pytest.mark.parametrize(
    ("column", "state"), [("Date of death", RegistrationState.DECEASED), ("Deduction date", RegistrationState.LEFT)]
)
def test_whom_the_hub_no_longer_sees_is_closed_there_with_the_import_itself(
    cast: World, hidden: str, column: str, state: RegistrationState
) -> None:
    held, _ = register(cast, cast.ada, cast.patient_of_ash)
    row = {"NHS number": "9000000009", "Surname": "Smith", "Forename": "Jane", "DOB": "1980-04-12"}
    if hidden == "no agreement":
        without_care_record(cast)
    else:
        import_demographics(actor=cast.dilys, now=NOW, file=[row | {hidden: "Y"}])
    import_demographics(actor=cast.dilys, now=NOW, file=[row | {column: "2026-11-20"}])
    closed = at_hub(cast, held)
    if hidden == "no agreement" and state is RegistrationState.LEFT:
        assert (
            closed.registration_state == RegistrationState.ACTIVE
        )  # followed when the agreement is back, with the link
        return
    assert closed.registration_state == state
    assert date(2026, 11, 20) in (closed.died_on, closed.left_on)


def test_what_could_not_be_told_is_told_with_the_next_import(cast: World) -> None:
    held, _ = register(cast, cast.ada, cast.patient_of_ash)
    side = Party.objects.filter(agreement=cast.agreements[AgreementKind.APPOINTMENTS], organisation=cast.hub)
    side.update(state=ActivationState.INACTIVE)
    row = {"NHS number": "9000000009", "Surname": "Smith", "Forename": "Jane", "DOB": "1980-04-12"}
    row["Date of death"] = "2026-11-20"
    import_demographics(actor=cast.dilys, now=NOW, file=[row])
    assert at_hub(cast, held).registration_state == RegistrationState.ACTIVE
    side.update(state=ActivationState.ACTIVE)
    assert import_demographics(actor=cast.dilys, now=NOW, file=[row]).changes == 0
    assert at_hub(cast, held).registration_state == RegistrationState.DECEASED


@pytest.mark.parametrize(("column", "flag"), [("Sensitive flag", "is_sensitive"), ("Dissent", "dissents_from_sharing")])
def test_protection_learnt_later_reaches_the_hub_with_the_import_itself(cast: World, column: str, flag: str) -> None:
    held, _ = register(cast, cast.ada, cast.patient_of_ash)
    row = {"NHS number": "9000000009", "Surname": "Smith", "Forename": "Jane", "DOB": "1980-04-12"}
    import_demographics(actor=cast.dilys, now=NOW, file=[row | {column: "Y"}])
    assert getattr(at_hub(cast, held), flag) is True
    with pytest.raises(NotFound) if flag == "is_sensitive" else nullcontext():
        open_patient(actor=cast.bilal, now=NOW, patient_id=held)
    import_demographics(actor=cast.dilys, now=NOW, file=[row | {column: "N"}])
    assert getattr(at_hub(cast, held), flag) is False


def test_protection_is_not_written_where_no_agreement_holds(cast: World) -> None:
    held, _ = register(cast, cast.ada, cast.patient_of_ash)
    Party.objects.filter(agreement=cast.agreements[AgreementKind.APPOINTMENTS], organisation=cast.hub).update(
        state=ActivationState.INACTIVE
    )
    row = {"NHS number": "9000000009", "Surname": "Smith", "Forename": "Jane", "DOB": "1980-04-12", "Sensitive": "Y"}
    assert import_demographics(actor=cast.dilys, now=NOW, file=[row]).changed == 1
    assert at_hub(cast, held).is_sensitive is False


def test_the_same_number_with_another_birth_date_is_not_taken_for_the_same_person(cast: World) -> None:
    held, _ = register(cast, cast.ada, cast.patient_of_ash)
    patient(cast.birch, "9000000009", "Jane", "Other", date(1990, 1, 1))
    follow_practice(actor=system_for(cast.hub), now=NOW, practice_id=cast.birch.pk)
    assert at_hub(cast, held).registered_practice_id == cast.ash.pk
