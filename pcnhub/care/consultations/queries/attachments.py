"""The documents of a consultation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.consultations.models.attachments import Attachment
from pcnhub.care.documents.queries import DocumentView, documents_by_id
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
