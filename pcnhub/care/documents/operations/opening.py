"""Opening a document for a reader, timed; and what happens when its bytes are not those that were kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pcnhub.care.documents.models import Document, Opening
from pcnhub.care.documents.queries.opening import ContentAltered, OpenedDocument, open_document
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor

Stopwatch = Callable[[], float]
"""Seconds since some moment, such as time.perf_counter: differences alone count."""


def open_measured(*, actor: Actor, now: datetime, document_id: int, stopwatch: Stopwatch) -> OpenedDocument:
    """As `queries.open_document`; how long it took is kept for CHK-41 when another organisation holds it.

    Called outside any unit of work: altered bytes are put on record, and somebody is told, though nothing is shown.
    """
    started = stopwatch()
    try:
        with unit_of_work(actor):
            opened = open_document(actor=actor, now=now, document_id=document_id)
            if opened.document.organisation_id != actor.organisation.id:
                Opening.objects.create(
                    organisation_id=actor.organisation.id,
                    holder_id=opened.document.organisation_id,
                    at=now,
                    milliseconds=round((stopwatch() - started) * 1000),
                )
            elif opened.document.altered_at is not None:
                _note(document_id, None, "documents.restored", actor=actor, now=now)
            return opened
    except ContentAltered as refusal:
        _put_on_record(refusal, document_id, actor=actor, now=now)
        raise


def note_altered(*, actor: Actor, now: datetime, document_id: int) -> None:
    """As who holds it: it stands with what wants somebody until its bytes open again. Told twice, nothing changes."""
    with unit_of_work(actor):
        if Document.objects.filter(pk=document_id, organisation=actor.organisation.id, altered_at=None).exists():
            _note(document_id, now, "documents.altered", actor=actor, now=now)


def _note(document_id: int, altered_at: datetime | None, action: str, *, actor: Actor, now: datetime) -> None:
    row = Document.objects.select_related("patient").get(pk=document_id)
    row.altered_at = altered_at
    row.save(update_fields=["altered_at"])
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=trail.Subject("document", row.pk, row.patient_id, row.patient.nhs_number),
    )


def _put_on_record(refusal: ContentAltered, document_id: int, *, actor: Actor, now: datetime) -> None:
    with unit_of_work(actor):
        row = Document.objects.select_related("patient").filter(pk=document_id).first()
        if row is None:
            return
        trail.record(
            actor=actor,
            now=now,
            action="documents.opening-refused",
            subject=trail.Subject("document", row.pk, row.patient_id, row.patient.nhs_number),
            data_organisation_id=row.organisation_id,
            reason=refusal.code,
            detail={"sha256": row.sha256},
        )
        publish(
            actor=actor,
            now=now,
            fact="documents.altered",
            key=f"{row.pk}:{now.isoformat()}",
            payload={"document_id": row.pk},
            organisation_id=row.organisation_id,
        )
