"""What the scanner answered, on a document's row; and bytes that it once found harmful, which nobody opens here ever again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from pcnhub.care.documents.models import Document, Malware
from pcnhub.care.documents.rules import DocumentState, Scan
from pcnhub.care.organisations.queries import organisation_refs
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """`words` is the scanner's own answer: "stream: OK", or the name of what it found."""

    is_clean: bool
    words: str


def known_malware(sha256: str) -> ScanAnswer | None:
    """What was found in these bytes, whoever held them and whether or not there is a scanner now; None where nothing was."""
    found = Malware.objects.filter(sha256=sha256).values_list("found", flat=True).first()
    return None if found is None else ScanAnswer(is_clean=False, words=found)


def remember(sha256: str, answer: ScanAnswer, *, actor: Actor, now: datetime) -> None:
    """Keep for ever that these bytes are harmful, and have every organisation look whether it holds them. In a unit of work."""
    row, is_new = Malware.objects.get_or_create(sha256=sha256, defaults={"found": answer.words[:500], "found_at": now})
    for organisation in organisation_refs() if is_new else ():
        publish(
            actor=actor,
            now=now,
            fact="documents.malware-found",
            key=f"{row.pk}:{organisation.id}",
            payload={"malware_id": row.pk},
            organisation_id=organisation.id,
        )


def quarantine_same(*, actor: Actor, now: datetime, malware_id: int) -> int:
    """Put whatever the acting organisation holds with these bytes in quarantine; how many. Told twice, nothing changes."""
    with unit_of_work(actor):
        malware = Malware.objects.get(pk=malware_id)
        rows = with_bytes(actor, malware.sha256).exclude(scan=Scan.FOUND)
        return sum(
            judge(row, ScanAnswer(is_clean=False, words=malware.found), actor=actor, now=now)
            for row in rows.order_by("pk")
        )


def with_bytes(actor: Actor, sha256: str) -> QuerySet[Document]:
    """The acting organisation's documents with these bytes, held until commit."""
    rows = Document.objects.select_for_update(of=("self",)).select_related("patient")
    return rows.filter(organisation=actor.organisation.id, sha256=sha256)


def judge(row: Document, answer: ScanAnswer, *, actor: Actor, now: datetime) -> bool:
    """Open the document to its readers, or put it in quarantine, with work for a person; whether anything changed. What once was
    found harmful stays so."""
    scan = Scan.CLEAN if answer.is_clean else Scan.FOUND
    if row.scan in (scan, Scan.FOUND):
        return False
    row.scan, row.scan_answer, row.scanned_at = scan, answer.words[:500], now
    if row.state != DocumentState.IN_ERROR:
        row.state = DocumentState.KEPT if answer.is_clean else DocumentState.QUARANTINED
    row.save(update_fields=["scan", "scan_answer", "scanned_at", "state"])
    note(row, "documents.scanned" if answer.is_clean else "documents.quarantined", actor=actor, now=now)
    if not answer.is_clean:
        publish(actor=actor, now=now, fact="documents.quarantined", key=str(row.pk), payload={"document_id": row.pk})
    return True


def note(row: Document, action: str, *, actor: Actor, now: datetime, reason: str = "") -> None:
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=trail.Subject("document", row.pk, row.patient_id, row.patient.nhs_number),
        reason=reason,
        detail={"answer": row.scan_answer},
    )
