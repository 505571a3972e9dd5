"""A document as it is shown in a list: everything but its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.rules import KIND_WORDS, DocumentKind, DocumentSource, DocumentState, Scan, safe_name
from pcnhub.care.documents.rules.types import ACCEPTED

PAGE = 25  # documents


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document. `is_replaced`: a newer version of it is held."""

    id: int
    organisation_id: int
    patient_id: int
    title: str
    kind: DocumentKind
    content_type: str
    size: int  # bytes
    sha256: str
    dated_on: date | None
    author: str
    is_confidential: bool
    source: DocumentSource
    source_name: str
    source_key: str
    version: int
    replaces_id: int | None
    is_replaced: bool
    made_at: datetime
    made_by: str
    state: DocumentState
    scan: Scan
    scan_answer: str
    scanned_at: datetime | None
    in_error_reason: str
    in_error_at: datetime | None
    in_error_by: str
    altered_at: datetime | None
    settled_at: datetime | None
    settled_by: str
    settled_reason: str

    @property
    def kind_words(self) -> str:
        return KIND_WORDS[self.kind]

    @property
    def type_words(self) -> str:
        return next((each.name for each in ACCEPTED if each.content_type == self.content_type), self.content_type)

    @property
    def is_inline(self) -> bool:
        """Whether a browser shows it without running anything of it."""
        return any(each.is_inline for each in ACCEPTED if each.content_type == self.content_type)

    @property
    def is_image(self) -> bool:
        return self.is_inline and self.content_type.startswith("image/")

    @property
    def size_words(self) -> str:
        if self.size < 1024:
            return f"{self.size} bytes"
        return f"{self.size / 1024:.0f} KB" if self.size < 1024 * 1024 else f"{self.size / 1024 / 1024:.1f} MB"

    @property
    def file_name(self) -> str:
        """The name under which it is downloaded."""
        return safe_name(self.title, self.content_type)


@dataclass(frozen=True, slots=True)
class DocumentPage:
    documents: tuple[DocumentView, ...]
    number: int
    pages: int
    total: int


def view_of(row: Document, *, is_replaced: bool | None = None) -> DocumentView:
    return DocumentView(
        id=row.pk,
        organisation_id=row.organisation_id,
        patient_id=row.patient_id,
        title=row.title,
        kind=DocumentKind(row.kind),
        content_type=row.content_type,
        size=row.size,
        sha256=row.sha256,
        dated_on=row.dated_on,
        author=row.author,
        is_confidential=row.is_confidential,
        source=DocumentSource(row.source),
        source_name=row.source_organisation.name,
        source_key=row.source_key,
        version=row.version,
        replaces_id=row.replaces_id,
        is_replaced=Document.objects.filter(replaces=row.pk).exists() if is_replaced is None else is_replaced,
        made_at=row.made_at,
        made_by=row.made_by,
        state=DocumentState(row.state),
        scan=Scan(row.scan),
        scan_answer=row.scan_answer,
        scanned_at=row.scanned_at,
        in_error_reason=row.in_error_reason,
        in_error_at=row.in_error_at,
        in_error_by=row.in_error_by,
        altered_at=row.altered_at,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        settled_reason=row.settled_reason,
    )


def views_of(rows: QuerySet[Document]) -> tuple[DocumentView, ...]:
    """In two statements, however many."""
    found = list(rows.select_related("source_organisation"))
    replaced = set(Document.objects.filter(replaces__in=found).values_list("replaces", flat=True)) if found else set()
    return tuple(view_of(row, is_replaced=row.pk in replaced) for row in found)


def page_of(rows: QuerySet[Document], number: int) -> DocumentPage:
    """Pages count from 1; a number beyond the last shows the last."""
    total = rows.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(number, 1), pages)
    start = (number - 1) * PAGE
    return DocumentPage(views_of(rows[start : start + PAGE]), number, pages, total)
