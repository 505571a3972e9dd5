"""Whoever is protected at their practice is protected at the hub, whatever stood in the way."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from pcnhub.care.appointments.operations import UnregisteredRequest, book_unregistered
from pcnhub.care.appointments.queries import unlinked
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.patients import jobs
from pcnhub.care.patients.models import Patient, Protection
from pcnhub.care.patients.operations import (
    ImportReport,
    follow_practice,
    heed,
    import_demographics,
    register_temporarily,
    register_unregistered,
)
from pcnhub.care.patients.queries import open_patient
from pcnhub.care.patients.rules.tracing import UnregisteredPerson
from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.operations import activate
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound
from tests.cast import MANAGER, NOW, World, person, system_for, world
from tests.rooms.appointments.book import session, slots

pytestmark = pytest.mark.django_db
APPOINTMENTS = AgreementKind.APPOINTMENTS
FLAGS = {"Sensitive": "is_sensitive", "Dissent": "dissents_from_sharing"}


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def held(cast: World) -> int:
    """The hub's registration of Ash Lane's Jane Smith."""
    return register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


def bring_in(actor: Actor, born: str = "1980-04-12", **more: str) -> ImportReport:
    row = {"NHS number": "9000000009", "Surname": "Smith", "Forename": "Jane", "DOB": born}
    return import_demographics(actor=actor, now=NOW, file=[row | more])


def drain() -> None:
    def actor_for(organisation_id: int, request_id: str) -> Actor:
        return organisations.system_actor_for(organisation_id=organisation_id, request_id=request_id)

    Worker("test", actor_for).drain(now=NOW)


def at_hub(cast: World, held: int) -> Patient:
    with unit_of_work(system_for(cast.hub)):
        return Patient.objects.get(pk=held)


def importer_of_birch(cast: World) -> Actor:
    return person("birchm", cast.birch, MANAGER)


def leave_ash(cast: World) -> None:
    with unit_of_work(system_for(cast.ash)):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(registration_state="left", left_on=date(2026, 11, 1))


@pytest.mark.parametrize("column", FLAGS)
def test_an_importer_whom_the_agreement_leaves_out_protects_as_well(cast: World, held: int, column: str) -> None:
    Agreement.objects.filter(pk=cast.agreements[APPOINTMENTS].pk).update(allowed_job_categories=["Receptionist"])
    bring_in(cast.dilys, **{column: "Y"})
    assert getattr(at_hub(cast, held), FLAGS[column])  # with the import itself
    bring_in(cast.dilys, **{column: "Y", "Date of death": "2026-11-20"})
    assert at_hub(cast, held).registration_state == "deceased"


def test_the_report_names_the_hubs_that_could_not_be_told(cast: World, held: int) -> None:
    assert bring_in(cast.dilys, Sensitive="Y").untold == ()
    Party.objects.filter(agreement=cast.agreements[APPOINTMENTS], organisation=cast.hub).update(state="inactive")
    assert bring_in(cast.dilys, Sensitive="Y").untold == ("Riverside Enhanced Access Hub",)
    assert bring_in(cast.dilys, Sensitive="N").untold == ()  # nobody is protected


@pytest.mark.parametrize("who", ["ash", "hub"])
def test_what_was_learnt_while_the_agreement_was_paused_is_heeded_when_it_is_back(
    cast: World, held: int, who: str
) -> None:
    Party.objects.filter(agreement=cast.agreements[APPOINTMENTS], organisation=getattr(cast, who)).update(
        state="inactive"
    )
    bring_in(cast.dilys, Sensitive="Y")
    drain()
    assert not at_hub(cast, held).is_sensitive  # nothing may be told
    actor, side = (cast.dilys, Side.USES) if who == "ash" else (cast.carys, Side.GIVES)
    activate(
        actor=actor, now=NOW, agreement_id=cast.agreements[APPOINTMENTS].pk, side=side, accepted_terms="1"
    )  # fmt: skip
    drain()
    assert at_hub(cast, held).is_sensitive
    with pytest.raises(NotFound):
        open_patient(actor=cast.bilal, now=NOW, patient_id=held)


def test_the_same_file_again_tells_what_could_not_be_told(cast: World, held: int) -> None:
    party = Party.objects.filter(agreement=cast.agreements[APPOINTMENTS], organisation=cast.ash)
    party.update(state="inactive")
    bring_in(cast.dilys, Sensitive="Y")
    party.update(state="active")
    bring_in(cast.dilys, Sensitive="Y")
    drain()
    assert at_hub(cast, held).is_sensitive


@pytest.mark.parametrize("column", FLAGS)
def test_who_moved_and_is_protected_from_the_first_import_is_protected_at_the_hub(
    cast: World, held: int, column: str
) -> None:
    leave_ash(cast)
    bring_in(importer_of_birch(cast), **{column: "Y"})
    drain()
    now = at_hub(cast, held)
    assert getattr(now, FLAGS[column])
    assert now.registered_practice_id == cast.birch.pk  # no longer read, or written, at the practice that was left
    follow_practice(actor=system_for(cast.hub), now=NOW, practice_id=cast.ash.pk)
    again = at_hub(cast, held)
    assert getattr(again, FLAGS[column])
    assert again.registered_practice_id == cast.birch.pk
    assert heed(actor=system_for(cast.hub), now=NOW) == 0


def test_another_person_under_the_number_protects_nobody(cast: World, held: int) -> None:
    bring_in(importer_of_birch(cast), born="1991-01-01", Sensitive="Y")
    drain()
    now = at_hub(cast, held)
    assert (now.is_sensitive, now.registered_practice_id) == (False, cast.ash.pk)


def test_a_hub_is_told_of_nobody_whom_it_does_not_hold(cast: World, held: int) -> None:
    bring_in(cast.dilys, Sensitive="Y")
    other = {"NHS number": "9476719915", "Surname": "McVey", "Forename": "Ann", "DOB": "1970-01-02", "Sensitive": "Y"}
    import_demographics(actor=cast.dilys, now=NOW, file=[other])
    with unit_of_work(system_for(cast.hub)):
        assert set(Protection.objects.values_list("nhs_number", flat=True)) == {"9000000009"}
    with unit_of_work(system_for(cast.birch)):
        assert not Protection.objects.exists()


def test_protection_that_was_taken_back_is_no_longer_told(cast: World, held: int) -> None:
    bring_in(cast.dilys, Sensitive="Y")
    drain()
    bring_in(cast.dilys, Sensitive="N")
    drain()
    assert not at_hub(cast, held).is_sensitive
    with unit_of_work(system_for(cast.ash)):
        assert not Protection.objects.exists()


def test_a_list_that_can_not_be_followed_holds_back_no_other_practice(
    cast: World, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_for_ash(*, actor: Actor, now: datetime, practice_id: int) -> int:
        if practice_id == cast.ash.pk:
            raise RuntimeError("a fault of the program")
        return follow_practice(actor=actor, now=now, practice_id=practice_id)

    monkeypatch.setattr(jobs, "follow_practice", fail_for_ash)
    bring_in(cast.dilys)
    leave_ash(cast)
    bring_in(importer_of_birch(cast))
    drain()
    assert at_hub(cast, held).registered_practice_id == cast.birch.pk


@pytest.mark.parametrize("who", ["ada", "efe", "carys"])
def test_a_protected_person_who_is_booked_as_unknown_is_protected_by_the_number_that_they_gave(
    cast: World, who: str
) -> None:
    """Whoever books them: their own practice's reception may not know of them either."""
    bring_in(cast.dilys, Sensitive="Y")
    slot = slots(session(cast))[0]
    jane = UnregisteredPerson("Jane", "Smith", date(1980, 4, 12), nhs_number="9000000009")
    wish = UnregisteredRequest(slot.id, jane, idempotency_key="jane", reason="Cough", patient_agrees=True)
    book_unregistered(actor=getattr(cast, who), now=NOW, request=wish)
    [given] = unlinked(actor=system_for(cast.hub), now=NOW)
    drain()
    now = at_hub(cast, given.patient.id)
    assert (now.is_sensitive, now.nhs_number, now.registered_patient_id) == (True, None, None)
    assert heed(actor=system_for(cast.hub), now=NOW) == 0


def test_a_number_given_with_another_date_of_birth_closes_the_entry_and_tells_nothing(cast: World) -> None:
    """The day may have been misheard. Of the practice's word the hub still sees nothing."""
    bring_in(cast.dilys, Sensitive="Y")
    other = UnregisteredPerson("Jane", "Smith", date(1981, 4, 12), nhs_number="9000000009")
    given = register_unregistered(actor=cast.efe, now=NOW, hub_id=cast.hub.pk, person=other)
    drain()
    assert at_hub(cast, given).is_sensitive
    with unit_of_work(system_for(cast.hub)):
        assert not Protection.objects.exists()
