"""The documents of a consultation go home with it, each once, also one that is filed to it later."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations import attach
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.patients.models import Patient
from pcnhub.care.records.queries import open_record
from pcnhub.care.records.rules import Section
from pcnhub.care.writeback import queries
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job, JobState
from tests.cast import NOW, World, system_for, world
from tests.evening import notes, outcomes, visitor, waiting
from tests.rooms.writeback.test_copies import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    return made


def filed(cast: World, patient: Patient, consultation_id: int, text: bytes) -> int:
    made = attach(
        actor=cast.bilal,
        now=NOW,
        patient_id=patient.pk,
        title="Letter",
        file=io.BytesIO(text),
        file_name="a.txt",
        kind="letter",
    )
    consulting.attach_document(actor=cast.bilal, now=NOW, consultation_id=consultation_id, document_id=made)
    return made


def finished(cast: World, visiting: Patient) -> int:
    begun = consulting.start(actor=cast.bilal, now=NOW, booking_id=waiting(cast, visiting))
    filed(cast, visiting, begun, b"first")
    revision = consulting.save_draft(actor=cast.bilal, now=NOW, consultation_id=begun, revision=0, notes=notes())
    consulting.finish(actor=cast.bilal, now=NOW, consultation_id=begun, revision=revision)
    return begun


def test_each_document_is_delivered_once_whenever_it_was_filed(cast: World) -> None:
    visiting = visitor(cast, cast.patient_of_ash, cast.ash)
    begun = finished(cast, visiting)
    drain()
    filed(cast, visiting, begun, b"second")
    drain(61)
    with unit_of_work(system_for(cast.ash)):
        arrived = Document.objects.filter(organisation=cast.ash, patient=cast.patient_of_ash, source="delivered")
        assert arrived.count() == 2
    (there,) = (
        open_record(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk)
        .section(Section.CONSULTATIONS)
        .consultations
    )
    assert len(there.newest.document_keys) == 1  # what belonged to it when it was filed
    assert not Job.objects.filter(fact__startswith="writeback.").exclude(state=JobState.DONE).exists()


def test_documents_follow_a_consultation_that_becomes_confidential_or_was_in_error(cast: World) -> None:
    visiting = visitor(cast, cast.patient_of_ash, cast.ash)
    begun = finished(cast, visiting)
    drain()
    secret = replace(notes(), is_confidential=True)
    consulting.amend(actor=cast.bilal, now=NOW, consultation_id=begun, version=1, notes=secret, reason="Asked")
    filed(cast, visiting, begun, b"second")
    drain(61)

    def there() -> list[tuple[bool, str, str]]:
        with unit_of_work(system_for(cast.ash)):
            rows = Document.objects.filter(organisation=cast.ash, source="delivered").order_by("pk")
            return list(rows.values_list("is_confidential", "state", "in_error_reason"))

    assert there() == [(True, "kept", ""), (True, "kept", "")]
    consulting.mark_in_error(actor=cast.bilal, now=NOW, consultation_id=begun, reason="Another person")
    drain(62)
    assert there() == [(True, "in-error", "Another person")] * 2


def test_a_report_names_its_documents(cast: World) -> None:
    Organisation.objects.filter(pk=cast.ash.pk).update(system="EMIS")
    begun = finished(cast, visitor(cast, cast.patient_of_ash, cast.ash))
    drain(0)
    (copy,) = queries.copies_of_consultation(actor=cast.bilal, consultation_id=begun)
    report = queries.report(actor=cast.bilal, now=NOW, copy_id=copy.id)
    assert [(each.title, each.content_type) for each in report.documents] == [("Letter", "text/plain")]
