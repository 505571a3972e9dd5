"""Every read of the room: lists, openings of one's own and of a practice's documents, and what wants somebody."""

from pcnhub.care.documents.queries.attention import attention, attention_count, waiting_for_scan
from pcnhub.care.documents.queries.finding import document, documents_by_id, documents_of, fingerprint, results_held
from pcnhub.care.documents.queries.opening import (
    ContentAltered,
    DescribedDocument,
    NotToBeOpened,
    OpenedDocument,
    described,
    open_document,
)
from pcnhub.care.documents.queries.shared import SharedDocuments, shared_documents_of
from pcnhub.care.documents.queries.testing import TrialView, measured, open_test_document, trials
from pcnhub.care.documents.queries.views import DocumentPage, DocumentView

__all__ = [
    "ContentAltered",
    "DescribedDocument",
    "DocumentPage",
    "DocumentView",
    "NotToBeOpened",
    "OpenedDocument",
    "SharedDocuments",
    "TrialView",
    "attention",
    "attention_count",
    "described",
    "document",
    "documents_by_id",
    "documents_of",
    "fingerprint",
    "measured",
    "open_document",
    "open_test_document",
    "results_held",
    "shared_documents_of",
    "trials",
    "waiting_for_scan",
]
