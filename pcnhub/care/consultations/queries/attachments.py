"""The documents of a consultation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.consultations.models.attachments import Attachment
from pcnhub.care.consultations.rules import ConsultationState
from pcnhub.care.documents.queries import DocumentView, documents_by_id
from pcnhub.care.documents.rules import DocumentKind, DocumentState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class AttachedDocument:
    """A document filed to a consultation; `detached_at` is set when it was found to be filed there in error."""

    document: DocumentView
    attached_at: datetime
    attached_by: str
    detached_at: datetime | None
    detached_by: str
    detach_reason: str


def attached_documents(
    *, actor: Actor, consultation_id: int, with_detached: bool = False
) -> tuple[AttachedDocument, ...]:
    """In the order in which they were filed, for pages and copies whose own opening is on record; those of patients whom the
    actor may not know about are left out."""
    with unit_of_work(actor):
        rows = Attachment.objects.filter(organisation=actor.organisation.id, consultation=consultation_id)
        if not with_detached:
            rows = rows.filter(detached_at=None)
        found = list(rows.order_by("attached_at", "pk"))
        documents = documents_by_id(actor=actor, ids={row.document_id for row in found})
        return tuple(
            AttachedDocument(
                documents[row.document_id],
                row.attached_at,
                row.attached_by,
                row.detached_at,
                row.detached_by,
                row.detach_reason,
            )
            for row in found
            if row.document_id in documents
        )


def consultations_with(*, actor: Actor, document_id: int) -> tuple[int, ...]:
    """The actor's own consultations to which this document is filed."""
    with unit_of_work(actor):
        rows = Attachment.objects.filter(organisation=actor.organisation.id, document=document_id, detached_at=None)
        return tuple(rows.order_by("consultation").values_list("consultation", flat=True))


@dataclass(frozen=True, slots=True)
class FiledForm:
    """A request form that stands in a consultation of the actor's organisation; `practice_id` was the patient's at its start."""

    consultation_id: int
    practice_id: int | None
    patient_id: int
    document_id: int
    attached_at: datetime


def request_forms_filed(*, actor: Actor, since: datetime) -> tuple[FiledForm, ...]:
    """Those filed since then and not taken off again, oldest first, of consultations that were not recorded in error. They name
    nobody. For work inside the house."""
    with unit_of_work(actor):
        rows = (
            Attachment.objects.select_related("consultation")
            .filter(organisation=actor.organisation.id, detached_at=None, attached_at__gte=since)
            .filter(document__kind=DocumentKind.REQUEST_FORM)
            .exclude(document__state=DocumentState.IN_ERROR)
            .exclude(consultation__state=ConsultationState.IN_ERROR)
        )
        return tuple(
            FiledForm(
                row.consultation_id,
                row.consultation.patient_practice_id,
                row.consultation.patient_id,
                row.document_id,
                row.attached_at,
            )
            for row in rows.order_by("attached_at", "pk")
        )
