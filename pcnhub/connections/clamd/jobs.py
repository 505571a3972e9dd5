"""What the worker asks clamd, and tells the documents room."""

from __future__ import annotations

from django.conf import settings

from pcnhub.care.documents.operations import ScanAnswer, bytes_to_scan, scanned
from pcnhub.connections.clamd.client import ScannerRefused, scan
from pcnhub.foundations.jobs.outbox import PermanentFailure, Told


def on_scan_due(told: Told) -> None:
    """While clamd gives no answer the document stays closed, and the job is tried again."""
    document_id = told.payload["document_id"]
    content = bytes_to_scan(actor=told.actor, now=told.now, document_id=document_id)
    if content is None:
        return
    if not settings.CLAMD:
        raise PermanentFailure(
            "The document waits for a scanner, and none is configured any more.",
            code="no-scanner",
            remedy="Set PCNHUB_CLAMD, then retry.",
        )
    try:
        verdict = scan(content, address=settings.CLAMD, seconds=settings.CLAMD_SECONDS)
    except ScannerRefused as refusal:
        raise PermanentFailure(refusal.message, code=refusal.code, remedy=refusal.remedy) from None
    answer = ScanAnswer(is_clean=verdict.is_clean, words=verdict.words)
    scanned(actor=told.actor, now=told.now, document_id=document_id, answer=answer)
