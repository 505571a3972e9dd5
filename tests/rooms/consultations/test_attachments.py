"""Documents are filed to a consultation of their own patient, detached with a reason, and never deleted."""

from __future__ import annotations

import io

import pytest
from django.db import ProgrammingError, transaction

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.models import Attachment
from pcnhub.care.consultations.operations import attach_document, detach_document
from pcnhub.care.documents.operations import attach
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, world
from tests.evening import outcomes, visitor, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def jane(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash)


@pytest.fixture
def begun(cast: World, jane: Patient) -> int:
    return operations.start(actor=cast.bilal, now=NOW, booking_id=waiting(cast, jane))


def document(cast: World, patient_id: int, text: bytes = b"Letter", replaces_id: int | None = None) -> int:
    return attach(
        actor=cast.bilal, now=NOW, patient_id=patient_id, title="Letter", file=io.BytesIO(text), file_name="a.txt",
        kind="letter", replaces_id=replaces_id,
    )  # fmt: skip


def filed(cast: World, begun: int, *, with_detached: bool = False) -> list[int]:
    rows = queries.attached_documents(actor=cast.bilal, consultation_id=begun, with_detached=with_detached)
    return [each.document.id for each in rows]


def test_filed_once_on_record_and_detached_with_a_reason(cast: World, jane: Patient, begun: int) -> None:
    made = document(cast, jane.pk)
    for _ in range(2):
        attach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=made)
    assert filed(cast, begun) == [made]
    assert queries.consultations_with(actor=cast.bilal, document_id=made) == (begun,)
    with pytest.raises(InvalidInput):
        detach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=made, reason="")
    detach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=made, reason="Last year's")
    with pytest.raises(Conflict):
        detach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=made, reason="Again")
    assert (filed(cast, begun), filed(cast, begun, with_detached=True)) == ([], [made])
    with unit_of_work(cast.bilal):
        actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"consultations.document-attached", "consultations.document-detached"} <= actions


def test_a_newer_version_takes_the_older_ones_place(cast: World, jane: Patient, begun: int) -> None:
    first = document(cast, jane.pk)
    attach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=first)
    second = document(cast, jane.pk, b"Corrected", replaces_id=first)
    attach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=second)
    assert (filed(cast, begun), filed(cast, begun, with_detached=True)) == ([second], [first, second])
    with pytest.raises(InvalidInput):
        attach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=first)


def test_another_patients_document_is_refused_by_the_room_and_by_the_database(cast: World, begun: int) -> None:
    peters = document(cast, visitor(cast, cast.patient_of_birch, cast.birch).pk)
    with pytest.raises(InvalidInput) as refusal:
        attach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=peters)
    assert [problem.code for problem in refusal.value.problems] == ["of-another-patient"]
    with unit_of_work(cast.bilal), pytest.raises(ProgrammingError), transaction.atomic():
        Attachment.objects.create(
            organisation=cast.hub, consultation_id=begun, document_id=peters, attached_at=NOW, attached_by="x"
        )


def test_nobody_else_files_or_detaches(cast: World, jane: Patient, begun: int) -> None:
    made = document(cast, jane.pk)
    for stranger in (cast.charlie, cast.farah, cast.carys):
        with pytest.raises((NotFound, NotPermitted)):
            attach_document(actor=stranger, now=NOW, consultation_id=begun, document_id=made)
        with pytest.raises((NotFound, NotPermitted)):
            detach_document(actor=stranger, now=NOW, consultation_id=begun, document_id=made, reason="x")
        assert queries.attached_documents(actor=stranger, consultation_id=begun) == ()
