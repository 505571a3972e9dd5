"""The words of documents, and what can be decided from their bytes alone."""

from pcnhub.care.documents.rules.index import INDEX, IndexRow, read_index
from pcnhub.care.documents.rules.kinds import (
    KIND_WORDS,
    LONGEST_TITLE,
    DocumentKind,
    DocumentSource,
    DocumentState,
    Scan,
    Unscanned,
    first_scan,
    is_open_to,
    retention,
)
from pcnhub.care.documents.rules.latency import PROBE_HOLDS, percentile
from pcnhub.care.documents.rules.types import ACCEPTED, FileType, file_type_of, safe_name

__all__ = [
    "ACCEPTED",
    "INDEX",
    "KIND_WORDS",
    "LONGEST_TITLE",
    "PROBE_HOLDS",
    "DocumentKind",
    "DocumentSource",
    "DocumentState",
    "FileType",
    "IndexRow",
    "Scan",
    "Unscanned",
    "file_type_of",
    "first_scan",
    "is_open_to",
    "percentile",
    "read_index",
    "retention",
    "safe_name",
]
