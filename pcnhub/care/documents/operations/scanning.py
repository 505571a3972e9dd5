"""What the scanner answered about a document, kept with it; and what a person did about one in quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations.attaching import PERMISSION
from pcnhub.care.documents.queries.content import bytes_of
from pcnhub.care.documents.queries.finding import own_document
from pcnhub.care.documents.rules import DocumentState, Scan
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, Problem

UNJUDGED = frozenset({Scan.WAITING, Scan.NOT_SCANNED})
AT_ONCE = 50  # of one organisation, each time that the worker looks: what comes in new is not kept waiting for long


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """`words` is the scanner's own answer: "stream: OK", or the name of what it found."""

    is_clean: bool
    words: str


def bytes_to_scan(*, actor: Actor, now: datetime, document_id: int) -> bytes | None:
    """The bytes of a document that the scanner has not judged; None when it has. Raises NotFound, NotPermitted,
    ContentAltered."""
    with unit_of_work(actor):
        permit(actor=actor, permission=PERMISSION, now=now)
        row = own_document(actor=actor, document_id=document_id)
        return bytes_of(row.content, expected=row.sha256) if row.scan in UNJUDGED else None


def ask_for_scans(*, actor: Actor, now: datetime) -> None:
    """Have the scanner look at a few of what was taken while there was none. They stay open meanwhile, as they were.

    Any few: those that it can't judge, which wait on the page of failures, never stand before all others.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=PERMISSION, now=now)
        rows = Document.objects.filter(organisation=actor.organisation.id, scan=Scan.NOT_SCANNED).order_by("?")
        for key in rows.values_list("pk", flat=True)[:AT_ONCE]:
            publish(actor=actor, now=now, fact="documents.scan-due", key=str(key), payload={"document_id": key})


def scanned(*, actor: Actor, now: datetime, document_id: int, answer: ScanAnswer) -> None:
    """Open the document to its readers, or put it, and every other with the same bytes, in quarantine. Told twice, nothing
    changes. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=PERMISSION, now=now)
        sha256 = own_document(actor=actor, document_id=document_id).sha256
        rows = Document.objects.select_for_update(of=("self",)).select_related("patient")
        rows = rows.filter(organisation=actor.organisation.id, sha256=sha256)
        for row in rows.order_by("pk"):
            if answer.is_clean and row.pk != document_id:
                continue  # each has its own answer; a find is everybody's
            if row.scan == (Scan.CLEAN if answer.is_clean else Scan.FOUND):
                continue
            _judge(row, answer, actor=actor, now=now)


def settle(*, actor: Actor, now: datetime, document_id: int, reason: str) -> None:
    """A person says what was done about a document in quarantine; it stays there. Raises NotFound, NotPermitted, Conflict,
    InvalidInput."""
    with unit_of_work(actor):
        permit(actor=actor, permission=PERMISSION, now=now)
        own_document(actor=actor, document_id=document_id)
        row = Document.objects.select_for_update(of=("self",)).select_related("patient").get(pk=document_id)
        if not reason.strip():
            raise InvalidInput(
                [
                    Problem(
                        "reason",
                        "missing-value",
                        "Nothing was said.",
                        "Say what was done: who was asked, and for what.",
                    )
                ]
            )
        if row.state != DocumentState.QUARANTINED or row.settled_at is not None:
            raise Conflict("Nobody needs to act on this document any more.", remedy="Look at the list again.")
        row.settled_at, row.settled_by, row.settled_reason = now, actor.name, reason.strip()
        row.save(update_fields=["settled_at", "settled_by", "settled_reason"])
        _note(row, "documents.quarantine-settled", actor=actor, now=now, reason=reason.strip())


def _judge(row: Document, answer: ScanAnswer, *, actor: Actor, now: datetime) -> None:
    row.scan = Scan.CLEAN if answer.is_clean else Scan.FOUND
    row.scan_answer, row.scanned_at = answer.words[:500], now
    if row.state != DocumentState.IN_ERROR:
        row.state = DocumentState.KEPT if answer.is_clean else DocumentState.QUARANTINED
    row.save(update_fields=["scan", "scan_answer", "scanned_at", "state"])
    _note(row, "documents.scanned" if answer.is_clean else "documents.quarantined", actor=actor, now=now)
    if not answer.is_clean:
        publish(actor=actor, now=now, fact="documents.quarantined", key=str(row.pk), payload={"document_id": row.pk})


def _note(row: Document, action: str, *, actor: Actor, now: datetime, reason: str = "") -> None:
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=trail.Subject("document", row.pk, row.patient_id, row.patient.nhs_number),
        reason=reason,
        detail={"answer": row.scan_answer},
    )
