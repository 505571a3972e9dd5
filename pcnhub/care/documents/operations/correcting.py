"""Marking a document as filed in error: it stays, out of the way, with the reason."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations.attaching import PERMISSION, note
from pcnhub.care.documents.queries.finding import own_document
from pcnhub.care.documents.rules import DocumentState
from pcnhub.care.patients.queries import own_registration
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, Problem


def mark_in_error(*, actor: Actor, now: datetime, document_id: int, reason: str) -> None:
    """No longer listed, no longer shared; what it replaced does not come back by itself.

    Raises NotFound, NotPermitted, Conflict (marked already), InvalidInput (no reason).
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        own_document(actor=actor, document_id=document_id)
        row = Document.objects.select_for_update().get(pk=document_id)
        if not reason.strip():
            raise InvalidInput(
                [Problem("reason", "missing-value", "No reason was given.", "Say why it was filed in error.")]
            )
        if row.state == DocumentState.IN_ERROR:
            raise Conflict("This document is marked as filed in error already.", remedy="Nothing more needs doing.")
        row.state, row.in_error_reason, row.in_error_at, row.in_error_by = (
            DocumentState.IN_ERROR,
            reason.strip(),
            now,
            actor.name,
        )
        row.save(update_fields=["state", "in_error_reason", "in_error_at", "in_error_by"])
        patient = own_registration(actor=actor, patient_id=row.patient_id)
        note(row, "documents.marked-in-error", patient, grant, actor=actor, now=now, reason=reason.strip())
        publish(
            actor=actor, now=now, fact="documents.marked-in-error", key=str(row.pk), payload={"document_id": row.pk}
        )
