"""What the scanner answered about a document, kept with it; and what a person did about one in quarantine."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations.attaching import PERMISSION
from pcnhub.care.documents.operations.quarantine import ScanAnswer, judge, known_malware, note, remember, with_bytes
from pcnhub.care.documents.queries.content import bytes_of
from pcnhub.care.documents.queries.finding import own_document
from pcnhub.care.documents.rules import DocumentState, Scan
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, Problem

UNJUDGED = frozenset({Scan.WAITING, Scan.NOT_SCANNED})
AT_ONCE = 50  # of one organisation, each time that the worker looks: what comes in new is not kept waiting for long


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
    """Open the document to its readers, or put it, and every other with the same bytes, in quarantine: bytes that were found
    harmful once stay so, whatever is answered later. Told twice, nothing changes. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=PERMISSION, now=now)
        sha256 = own_document(actor=actor, document_id=document_id).sha256
        answer = known_malware(sha256) or answer
        if not answer.is_clean:
            remember(sha256, answer, actor=actor, now=now)
        for row in with_bytes(actor, sha256).order_by("pk"):
            if row.pk == document_id or not answer.is_clean:  # each has its own answer; a find is everybody's
                judge(row, answer, actor=actor, now=now)


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
        note(row, "documents.quarantine-settled", actor=actor, now=now, reason=reason.strip())
