"""What goes along with a report: the consultation's documents; and what keeps a report here, named, with a person."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations import attach
from pcnhub.care.documents.queries import open_document
from pcnhub.care.organisations.models import Account
from pcnhub.care.patients.models import Patient
from pcnhub.care.records.models import FiledConsultation
from pcnhub.connections.mesh.mapping.reading import read
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World, system_for
from tests.connections.mesh.conftest import ASH_BOX, Exchange
from tests.connections.mesh.test_exchange import LATER, WINDOW, copies, inbox, poll, visiting
from tests.evening import notes, waiting
from tests.rooms.writeback.test_copies import drain

pytestmark = pytest.mark.django_db
__all__ = ["visiting"]


def with_documents(cast: World, visiting: Patient, *titles: str) -> int:
    begun = consulting.start(actor=cast.bilal, now=NOW, booking_id=waiting(cast, visiting))
    for title in titles:
        made = attach(
            actor=cast.bilal, now=NOW, patient_id=visiting.pk, title=title, file=io.BytesIO(title.encode()), file_name="a.txt",
            kind="letter", is_confidential=title == "Secret",
        )  # fmt: skip
        consulting.attach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=made)
    revision = consulting.save_draft(actor=cast.bilal, now=NOW, consultation_id=begun, revision=0, notes=notes())
    consulting.finish(actor=cast.bilal, now=NOW, consultation_id=begun, revision=revision)
    return begun


def test_a_consultations_documents_follow_the_pdf_and_are_filed_with_it(
    cast: World, visiting: Patient, mesh: Exchange
) -> None:
    consultation_id = with_documents(cast, visiting, "Letter one", "Secret", "Letter two")
    drain(WINDOW)
    with mesh.client(ASH_BOX) as ash:
        report = read(ash.retrieve_message(ash.list_messages()[0]).read()).report
    assert report is not None
    assert [each.title for each in report.attachments] == ["Consultation report", "Letter one", "Letter two"]
    assert [each.content for each in report.attachments[1:]] == [b"Letter one", b"Letter two"]
    poll(LATER)
    poll(LATER + 1)
    (copy,) = copies(cast, consultation_id)
    assert copy.state == "acknowledged"
    with unit_of_work(system_for(cast.ash)):
        (filed,) = FiledConsultation.objects.filter(organisation=cast.ash)
    arrived = [open_document(actor=cast.farah, now=NOW, document_id=each) for each in filed.document_ids]
    assert [each.content for each in arrived[1:]] == [b"Letter one", b"Letter two"]


@pytest.mark.parametrize("why", ["mesh-no-national-id", "mesh-document-closed"])
def test_what_may_not_leave_is_named_and_goes_once_it_is_mended(
    cast: World, visiting: Patient, mesh: Exchange, why: str
) -> None:
    consultation_id = with_documents(cast, visiting, "Letter")
    kept = {"state": "kept", "scan": "not-scanned"}
    if why == "mesh-no-national-id":
        Account.objects.filter(username="bilal").update(sds_user_id=None)
    else:
        with unit_of_work(system_for(cast.hub)):
            Document.objects.update(state="quarantined", scan="found")
    drain(WINDOW)
    (copy,) = copies(cast, consultation_id)
    assert (copy.state, copy.reason_code, inbox(mesh, ASH_BOX)) == ("refused", why, [])
    assert copy.remedy
    assert copy.may_retry

    Account.objects.filter(username="bilal").update(sds_user_id="555021935107")
    with unit_of_work(system_for(cast.hub)):
        Document.objects.update(**kept)
    from pcnhub.care.writeback.operations import retry

    retry(actor=cast.bilal, now=NOW + timedelta(minutes=LATER), copy_id=copy.id)
    drain(LATER)
    assert copies(cast, consultation_id)[0].state == "sent"
