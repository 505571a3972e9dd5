"""Notes arrive whatever happens; a drug goes into the medication list, or waits for somebody of the practice (A12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.consultations.models import Concept
from pcnhub.care.consultations.rules import Entry, EntryKind, Notes, Section
from pcnhub.care.organisations.models import Position
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.records.models import ConfidentialPart, FiledConsultation
from pcnhub.care.records.queries import open_record
from pcnhub.care.records.rules import MENTIONED, WITHHELD_ITEM
from pcnhub.care.records.rules import Section as Part
from pcnhub.care.writeback import operations, queries
from pcnhub.care.writeback.models import Drug
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world
from tests.evening import notes, outcomes, visitor, waiting
from tests.rooms.writeback.test_copies import drain

pytestmark = pytest.mark.django_db
AMOXICILLIN = Entry("372687004", "Amoxicillin", "500", "mg", EntryKind.MEDICATION, "three times a day")
WARFARIN = Entry("48603004", "Warfarin", kind=EntryKind.MEDICATION)


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    for entry in (AMOXICILLIN, WARFARIN):
        Concept.objects.get_or_create(
            code=entry.code, defaults={"term": entry.term, "kind": "substance", "source": "test"}
        )
    listed = f"code,name\n{AMOXICILLIN.code},Amoxicillin\n".encode()
    operations.import_formulary(actor=made.dilys, now=NOW, name="Ash Lane formulary", file_name="f.csv", content=listed)
    return made


@pytest.fixture
def visiting(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash)


def consulted(cast: World, visiting: Patient, written: Notes) -> int:
    begun = consulting.start(actor=cast.bilal, now=NOW, booking_id=waiting(cast, visiting))
    consulting.finish(
        actor=cast.bilal,
        now=NOW,
        consultation_id=begun,
        revision=consulting.save_draft(actor=cast.bilal, now=NOW, consultation_id=begun, revision=0, notes=written),
    )
    drain()
    return begun


def written(*drugs: Entry) -> Notes:
    return replace(notes(), entries=drugs)


def at_hub(cast: World, consultation_id: int) -> list[tuple[str, str]]:
    found = queries.drugs_of_consultation(actor=cast.bilal, consultation_id=consultation_id)
    return [(drug.term, drug.state.value) for drug in found]


def medication(cast: World) -> list[tuple[str, str]]:
    record = open_record(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk)
    return [(item.term, item.status) for item in record.section(Part.MEDICATION).items]


def test_a_listed_drug_goes_in_under_the_prescribing_user_and_another_waits_while_the_notes_arrive(
    cast: World, visiting: Patient
) -> None:
    consultation_id = consulted(cast, visiting, written(AMOXICILLIN, WARFARIN))
    assert at_hub(cast, consultation_id) == [("Amoxicillin", "filed"), ("Warfarin", "waiting")]
    record = open_record(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk)
    (item,) = record.section(Part.MEDICATION).items
    assert item.detail["entered under"] == "Farah Cast (G1234567)"
    assert item.detail["directions"] == "500 mg, three times a day"
    (arrived,) = record.section(Part.CONSULTATIONS).consultations
    assert [entry.kind for entry in arrived.newest.entries] == ["medication", "medication"]
    (copy,) = queries.copies_of_consultation(actor=cast.bilal, consultation_id=consultation_id)
    assert copy.is_acknowledged


def test_somebody_of_the_practice_enters_it_under_a_chosen_user_or_declines_with_a_reason(
    cast: World, visiting: Patient
) -> None:
    Position.objects.filter(pk=cast.farah.position_id or 0).update(prescriber_code="", prescriber_code_kind="")
    consultation_id = consulted(cast, visiting, written(AMOXICILLIN, WARFARIN))
    page = queries.waiting_drugs(actor=cast.farah, now=NOW)
    assert [drug.patient.family_name for drug in page.drugs if drug.patient] == ["Smith", "Smith"]
    assert "GMP" in page.drugs[0].reason
    first, second = page.drugs
    unaware = replace(cast.farah, permissions=cast.farah.permissions - {Permission.VIEW_SENSITIVE})
    with unit_of_work(system_for(cast.ash)):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(is_sensitive=True)
    with pytest.raises(NotFound):
        operations.decline_drug(actor=unaware, now=NOW, drug_id=first.id, reason="x")
    with unit_of_work(system_for(cast.ash)):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(is_sensitive=False)
    for stranger in (cast.charlie, cast.bilal, cast.dilys, system_for(cast.ash)):
        with pytest.raises((NotFound, NotPermitted)):
            operations.decline_drug(actor=stranger, now=NOW, drug_id=first.id, reason="x")
        with pytest.raises((NotFound, NotPermitted)):
            operations.file_drug(actor=stranger, now=NOW, drug_id=first.id, position_id=cast.farah.position_id)
    with pytest.raises(InvalidInput):  # there is nobody today under whose name it could be
        operations.file_drug(actor=cast.farah, now=NOW, drug_id=first.id, position_id=cast.farah.position_id)
    Position.objects.filter(pk=cast.farah.position_id or 0).update(prescriber_code="G1", prescriber_code_kind="GMP")
    operations.file_drug(actor=cast.farah, now=NOW, drug_id=first.id, position_id=cast.farah.position_id)
    with pytest.raises(InvalidInput):
        operations.decline_drug(actor=cast.farah, now=NOW, drug_id=second.id, reason=" ")
    operations.decline_drug(actor=cast.farah, now=NOW, drug_id=second.id, reason="On it already")
    with pytest.raises(operations.DrugSettled):
        operations.decline_drug(actor=cast.farah, now=NOW, drug_id=second.id, reason="Twice")
    assert at_hub(cast, consultation_id) == [("Amoxicillin", "filed"), ("Warfarin", "declined")]
    declined = queries.drugs_of_consultation(actor=cast.bilal, consultation_id=consultation_id)[1]
    assert (declined.reason, declined.decided_by_name, declined.patient) == ("On it already", "Farah Cast", None)
    assert medication(cast) == [("Amoxicillin", MENTIONED)]
    with unit_of_work(cast.farah):
        acts = AuditEvent.objects.filter(action__startswith="writeback.drug-", user=cast.farah.user)
        assert {event.action for event in acts} == {"writeback.drug-filed", "writeback.drug-declined"}


def test_what_an_amendment_no_longer_has_is_struck_and_what_was_in_error_altogether(
    cast: World, visiting: Patient
) -> None:
    consultation_id = consulted(cast, visiting, written(AMOXICILLIN, WARFARIN))
    consulting.amend(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, version=1, notes=written(WARFARIN), reason="No"
    )
    drain()
    assert at_hub(cast, consultation_id) == [("Amoxicillin", "withdrawn"), ("Warfarin", "waiting")]
    assert medication(cast) == [("Amoxicillin", "entered-in-error")]
    at = NOW + timedelta(minutes=1)
    consulting.mark_in_error(actor=cast.bilal, now=at, consultation_id=consultation_id, reason="Another person")
    drain()
    assert at_hub(cast, consultation_id) == [("Amoxicillin", "withdrawn"), ("Warfarin", "withdrawn")]
    record = open_record(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk)
    (arrived,) = record.section(Part.CONSULTATIONS).consultations
    assert (arrived.newest.is_in_error, arrived.newest.in_error_reason) == (True, "Another person")
    assert [version.is_in_error for version in arrived.versions] == [True, False, False]


def test_what_is_confidential_is_marked_at_the_practice_and_withheld_from_the_hubs_view_of_the_record(
    cast: World, visiting: Patient
) -> None:
    secret = Section("Plan", "Between us", is_confidential=True)
    mixed = replace(notes(), sections=(*notes().sections, secret), entries=(replace(WARFARIN, is_confidential=True),))
    consulted(cast, visiting, mixed)
    there = open_record(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk)
    (own,) = there.section(Part.CONSULTATIONS).consultations
    assert own.newest.has_confidential
    assert own.newest.sections[1].text == "Between us"
    shared = open_record(actor=cast.bilal, now=NOW, patient_id=visiting.pk)
    (seen,) = shared.section(Part.CONSULTATIONS).consultations
    assert [section.text for section in seen.newest.sections] == [notes().sections[0].text, WITHHELD_ITEM]
    assert "Warfarin" not in repr(seen)
    with unit_of_work(system_for(cast.ash)):
        for table in (FiledConsultation, ConfidentialPart):
            table.objects.update(source_organisation=cast.charlie.organisation.id)
        assert all(word in words_in_the_database() for word in ("Cough for three days.", "Between us", "Warfarin"))
    with unit_of_work(
        cast.bilal
    ):  # as a hub reads it that did not write it: the consultation is open, and these are not
        said = words_in_the_database()
        assert "Cough for three days." in said
        assert not any(word in said for word in ("Between us", "Warfarin"))


def words_in_the_database() -> str:
    """Everything that the running unit of work can read of filed consultations, whatever a page would make of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select string_agg(to_jsonb(f)::text, ' ') from records_filedconsultation f"
            " union all select string_agg(to_jsonb(p)::text, ' ') from records_confidentialpart p"
        )
        return " ".join(text or "" for (text,) in cursor.fetchall())


def test_a_confidential_consultation_is_the_practices_own_and_its_text_reaches_no_other_view(
    cast: World, visiting: Patient
) -> None:
    consulted(cast, visiting, replace(notes("Between us"), is_confidential=True))
    with unit_of_work(system_for(cast.ash)):
        assert FiledConsultation.objects.get().is_confidential
    shared = open_record(actor=cast.bilal, now=NOW, patient_id=visiting.pk)
    assert "Between us" not in repr(shared)


def test_what_becomes_confidential_afterwards_is_withheld_in_every_version_and_with_its_drugs(
    cast: World, visiting: Patient
) -> None:
    consultation_id = consulted(cast, visiting, replace(written(AMOXICILLIN), sections=notes("Between us").sections))
    secret = replace(written(replace(AMOXICILLIN, is_confidential=True)), is_confidential=True)
    consulting.amend(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, version=1, notes=secret, reason="The patient asked"
    )
    drain()
    shared = open_record(actor=cast.bilal, now=NOW, patient_id=visiting.pk)
    assert "Between us" not in repr(shared)
    assert "Amoxicillin" not in repr(shared)
    with unit_of_work(system_for(cast.ash)):
        assert [drug.is_confidential for drug in Drug.objects.all()] == [True]
        FiledConsultation.objects.update(source_organisation=cast.charlie.organisation.id)
    with unit_of_work(cast.bilal):  # as a hub reads it that did not write it: the database itself holds it back
        assert not FiledConsultation.objects.exists()


def test_a_formulary_is_taken_in_whole_or_not_at_all(cast: World) -> None:
    bad = b"code,name\nabc,Nothing\n323509004,\n"
    with pytest.raises(InvalidInput) as refused:
        operations.import_formulary(actor=cast.dilys, now=NOW, name="Ash", file_name="f.csv", content=bad)
    assert [problem.field for problem in refused.value.problems] == ["line 2", "line 3"]
    for content in (b"", b"name,code\n", b"\xff\xfe"):
        with pytest.raises(InvalidInput):
            operations.import_formulary(actor=cast.dilys, now=NOW, name="Ash", file_name="f.csv", content=content)
    for stranger in (cast.ada, cast.farah, cast.carys):
        with pytest.raises(NotPermitted):
            operations.import_formulary(actor=stranger, now=NOW, name="Ash", file_name="f.csv", content=b"code,name\n")
    again = b"code,name\n48603004,Warfarin\n"
    done = operations.import_formulary(
        actor=cast.dilys, now=NOW, name="ASH LANE FORMULARY", file_name="g.csv", content=again
    )
    assert (done.drugs, done.gained, done.lost) == (1, 1, 1)
    assert [each.drugs for each in queries.formularies(organisation_id=cast.ash.pk)] == [1]
