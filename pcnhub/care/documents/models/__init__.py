"""The room's tables: what is said of a document, its bytes, and how documents were found to open."""

from pcnhub.care.documents.models.content import Content, Piece
from pcnhub.care.documents.models.document import Document
from pcnhub.care.documents.models.malware import Malware
from pcnhub.care.documents.models.opening import Opening, TestDocument

__all__ = ["Content", "Document", "Malware", "Opening", "Piece", "TestDocument"]
