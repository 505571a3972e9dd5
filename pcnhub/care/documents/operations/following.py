"""What came with a consultation follows what is said of it later: that it is confidential, or that all of it was in error."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations.attaching import note
from pcnhub.care.documents.rules import DocumentSource, DocumentState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import own_registration
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

FIELDS = ["is_confidential", "state", "in_error_reason", "in_error_at", "in_error_by"]


def follow(
    *,
    actor: Actor,
    now: datetime,
    source_organisation_id: int,
    source_keys: Collection[str],
    is_confidential: bool,
    in_error_reason: str = "",
    said_by: str = "",
) -> int:
    """Mark the acting organisation's own documents that a consultation brought; how many changed. Done twice it changes nothing.

    A document that is confidential by itself stays so. `in_error_reason` is empty unless the consultation was recorded in
    error, by `said_by`. Raises NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        rows = Document.objects.select_for_update().filter(
            organisation=actor.organisation.id,
            source=DocumentSource.DELIVERED,
            source_organisation=source_organisation_id,
            source_key__in=set(source_keys),
        )
        changed = 0
        for row in rows.order_by("pk"):
            acts = []
            if is_confidential and not row.is_confidential:
                row.is_confidential = True
                acts.append("documents.marked-confidential")
            if in_error_reason and row.state != DocumentState.IN_ERROR:
                row.state, row.in_error_reason = DocumentState.IN_ERROR, in_error_reason
                row.in_error_at, row.in_error_by = now, said_by or actor.name
                acts.append("documents.marked-in-error")
            if acts:
                row.save(update_fields=FIELDS)
                changed += 1
            patient = own_registration(actor=actor, patient_id=row.patient_id)
            for act in acts:
                note(row, act, patient, grant, actor=actor, now=now, reason=in_error_reason)
        return changed
