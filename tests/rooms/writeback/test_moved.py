"""The patient moves between a consultation and its amendment: the correction reaches the record that holds the mistake."""

from __future__ import annotations

from datetime import date

import pytest

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.patients.models import Patient
from pcnhub.care.records import operations as records
from pcnhub.care.records.operations.filing import UnknownPatient
from pcnhub.care.records.rules import Filing, Passage
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.care.writeback import operations, queries
from pcnhub.care.writeback.rules import source_key
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World, patient, system_for, world
from tests.evening import outcomes, visitor
from tests.rooms.writeback.test_copies import amended, at_practice, consulted, drain, states, switch

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def visiting(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash)


def move(cast: World, visiting: Patient, to: Organisation, row: Patient | None) -> None:
    """What the hub does when it learns that the person is registered elsewhere."""
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=visiting.pk).update(registered_practice=to, registered_patient=row)


def test_an_amendment_follows_its_first_version_though_the_patient_moved(cast: World, visiting: Patient) -> None:
    consultation_id = consulted(cast, visiting, "Warfarin 10 mg")
    drain()
    move(cast, visiting, cast.birch, patient(cast.birch, "9000000009", "Jane", "Smith", date(1980, 4, 12)))
    amended(cast, consultation_id, 1, "Warfarin 1 mg", 1)
    drain()
    assert states(cast, consultation_id) == [(1, "acknowledged", ""), (2, "acknowledged", "")]
    assert at_practice(cast.ash) == [("Warfarin 10 mg", 1), ("Warfarin 1 mg", 2)]
    assert at_practice(cast.birch) == []
    first, second = queries.copies_of_consultation(actor=cast.bilal, consultation_id=consultation_id)
    assert first.reason == ""
    assert "registered at Birch Road Practice now" in second.reason
    assert "nothing from here" in second.reason
    with unit_of_work(cast.bilal):
        filed = AuditEvent.objects.filter(action="records.consultation-filed").order_by("sequence")
        assert [event.nhs_number for event in filed] == ["9000000009", "9000000009"]


def test_it_goes_home_though_nobody_knows_the_patient_any_more(cast: World, visiting: Patient) -> None:
    consultation_id = consulted(cast, visiting, "one")
    drain()
    move(cast, visiting, cast.ash, None)
    amended(cast, consultation_id, 1, "two", 1)
    drain()
    assert at_practice(cast.ash) == [("one", 1), ("two", 2)]


def test_one_that_was_kept_when_the_patient_moved_goes_out_later(cast: World, visiting: Patient) -> None:
    consultation_id = consulted(cast, visiting, "one")
    drain()
    switch(cast, AgreementKind.WRITE_BACK, cast.ash, ActivationState.INACTIVE)
    amended(cast, consultation_id, 1, "two", 1)
    drain()
    assert states(cast, consultation_id)[1] == (2, "blocked", "agreement-inactive")
    move(cast, visiting, cast.birch, patient(cast.birch, "9000000009", "Jane", "Smith", date(1980, 4, 12)))
    switch(cast, AgreementKind.WRITE_BACK, cast.ash, ActivationState.ACTIVE)
    operations.release(actor=system_for(cast.hub), now=NOW)
    assert at_practice(cast.ash) == [("one", 1), ("two", 2)]


def test_another_consultation_is_not_filed_where_the_person_is_registered_no_more(
    cast: World, visiting: Patient
) -> None:
    """Negative control: only versions of what stands there may follow it, and only under the same row."""
    consultation_id = consulted(cast, visiting, "one")
    drain()
    neighbour = patient(cast.ash, "9000000025", "Ann", "Other", date(1990, 1, 1))
    move(cast, visiting, cast.birch, patient(cast.birch, "9000000009", "Jane", "Smith", date(1980, 4, 12)))

    def file(consultation: int, target_patient_id: int) -> None:
        filing = Filing(
            source_key=source_key(hub_ods_code="Y07108", consultation_id=consultation),
            version=2,
            started_at=NOW,
            author_name="Bilal Cast",
            author_role="R8000",
            site_name="Riverside Health Centre",
            sections=(Passage("History", "two"),),
        )
        records.file_consultation(
            actor=cast.bilal,
            now=NOW,
            target_organisation_id=cast.ash.pk,
            target_patient_id=target_patient_id,
            filing=filing,
            registration_id=visiting.pk,
        )

    for consultation, row in ((consultation_id + 1, cast.patient_of_ash.pk), (consultation_id, neighbour.pk)):
        with pytest.raises(UnknownPatient):
            file(consultation, row)
    file(consultation_id, cast.patient_of_ash.pk)
