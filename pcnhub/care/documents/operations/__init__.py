"""Every change of the room: documents come in, go home, are judged, are marked as filed in error; nothing is ever deleted."""

from pcnhub.care.documents.operations.attaching import attach, attach_made, attach_received
from pcnhub.care.documents.operations.correcting import mark_in_error
from pcnhub.care.documents.operations.delivering import NotOfThisPerson, deliver
from pcnhub.care.documents.operations.following import follow
from pcnhub.care.documents.operations.importing import DocumentsImport, import_documents
from pcnhub.care.documents.operations.opening import open_measured
from pcnhub.care.documents.operations.quarantine import ScanAnswer
from pcnhub.care.documents.operations.scanning import bytes_to_scan, scanned, settle
from pcnhub.care.documents.operations.testing import make_test_document, try_test_documents

__all__ = [
    "DocumentsImport",
    "NotOfThisPerson",
    "ScanAnswer",
    "attach",
    "attach_made",
    "attach_received",
    "bytes_to_scan",
    "deliver",
    "follow",
    "import_documents",
    "make_test_document",
    "mark_in_error",
    "open_measured",
    "scanned",
    "settle",
    "try_test_documents",
]
