"""Opening a document: one's own, or a practice's under the care record agreement; on record, and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.documents.models import Document, Malware
from pcnhub.care.documents.queries.content import ContentAltered, bytes_of
from pcnhub.care.documents.queries.finding import (
    document,
    no_such_document,
    note_description,
    own_document,
    permission_to_see,
)
from pcnhub.care.documents.queries.shared import shared_document
from pcnhub.care.documents.queries.views import DocumentView, view_of
from pcnhub.care.documents.rules import DocumentState, Scan, is_open_to
from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.patients.queries import PatientView, own_registration
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import Conflict

__all__ = ["ContentAltered", "DescribedDocument", "NotToBeOpened", "OpenedDocument", "described", "open_document"]


class NotToBeOpened(Conflict):
    """The scanner found something in it, or has not answered yet."""

    code = "document-not-to-be-opened"
    who_can = "whoever looks after documents here"


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document with its bytes, whose SHA-256 was compared."""

    document: DocumentView
    content: bytes

    @property
    def content_type(self) -> str:
        return self.document.content_type

    @property
    def sha256(self) -> str:
        return self.document.sha256


@dataclass(frozen=True, slots=True)
class DescribedDocument:
    """A document without its bytes, and whom it is about as registered at the reader's organisation. `holder`: the practice that
    shares it; None for the reader's own."""

    document: DocumentView
    patient: PatientView
    holder: OrganisationRef | None


def described(*, actor: Actor, now: datetime, document_id: int) -> DescribedDocument:
    """What is said of one's own document, or of a practice's under the care record agreement, on record.

    Raises NotFound (also for a protected or dissenting patient's), NotPermitted, NotShared.
    """
    with unit_of_work(actor):
        if Document.objects.filter(pk=document_id).exclude(organisation=actor.organisation.id).exists():
            row, grant, patient = shared_document(actor=actor, now=now, document_id=document_id)
            note_description(row, grant, actor=actor, now=now)
            return DescribedDocument(view_of(row), patient, organisation_ref(id=row.organisation_id))
        view = document(actor=actor, now=now, document_id=document_id)
        return DescribedDocument(view, own_registration(actor=actor, patient_id=view.patient_id), None)


def open_document(*, actor: Actor, now: datetime, document_id: int) -> OpenedDocument:
    """The document and its bytes, put on record: as a shared opening, with the agreement, when a practice holds it.

    Raises NotFound (also for a protected or dissenting patient's), NotPermitted, NotShared, NotToBeOpened, ContentAltered.
    """
    with unit_of_work(actor):
        row = Document.objects.filter(pk=document_id).values_list("organisation", flat=True).first()
        if row is None:
            permit(actor=actor, permission=permission_to_see(actor), now=now)
            raise no_such_document()
        if row == actor.organisation.id:
            grant = permit(actor=actor, permission=permission_to_see(actor), now=now)
            held = own_document(actor=actor, document_id=document_id)
        else:
            held, grant, _ = shared_document(actor=actor, now=now, document_id=document_id)
        refuse_unless_open(held, actor)
        content = bytes_of(held.content, expected=held.sha256)
        trail.record(
            actor=actor,
            now=now,
            action="documents.opened",
            subject=trail.Subject("document", held.pk, held.patient_id, held.patient.nhs_number),
            data_organisation_id=grant.data_organisation_id,
            basis=grant.basis,
            detail={"sha256": held.sha256},
        )
        return OpenedDocument(view_of(held), content)


def refuse_unless_open(row: Document, actor: Actor) -> None:
    """Raises NotToBeOpened: by how the document stands, and by what was found in the same bytes wherever they were held."""
    state, scan = DocumentState(row.state), Scan(row.scan)
    if Malware.objects.filter(sha256=row.sha256).exists():
        scan = Scan.FOUND
    if is_open_to(state, scan, is_holder=row.organisation_id == actor.organisation.id):
        return
    if scan is Scan.FOUND:
        raise NotToBeOpened(
            "This document is in quarantine: the scanner found something harmful in it.",
            remedy="Ask whoever sent it for a clean copy, and attach that.",
        )
    raise NotToBeOpened(
        "This document is still being looked at for malware.",
        remedy="Try again in a minute. If it stays so, the scanner does not answer.",
        who_can="whoever runs this installation of PCN Hub",
    )
