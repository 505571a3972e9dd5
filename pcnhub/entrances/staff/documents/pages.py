"""What the pages about documents show, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.documents.queries import DocumentView, SharedDocuments, documents_of, shared_documents_of
from pcnhub.care.documents.rules import DocumentSource, DocumentState, Scan
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london

FEW = 5  # documents beside something else

SOURCES = {
    DocumentSource.ATTACHED: "Attached by {who}",
    DocumentSource.MADE: "Made here by {who}",
    DocumentSource.IMPORTED: "Brought in with the practice’s documents",
    DocumentSource.DELIVERED: "Delivered by {source}, from {who}",
    DocumentSource.RECEIVED: "Received from another system",
}
SCANS = {
    Scan.WAITING: ("Being looked at for malware", "yellow"),
    Scan.CLEAN: ("Looked at for malware: nothing found", "green"),
    Scan.FOUND: ("Malware found", "red"),
    Scan.NOT_SCANNED: ("Not scanned for malware", "orange"),
    Scan.MADE_HERE: ("Made here", "grey"),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """A patient's newest documents, shown on another page: the organisation's own, and what the practice shares."""

    patient_id: int
    own: tuple[DocumentView, ...]
    own_total: int
    shared: SharedDocuments | None
    may_add: bool

    @property
    def shared_few(self) -> tuple[DocumentView, ...]:
        return self.shared.page.documents[:FEW] if self.shared and self.shared.page else ()


def may_see(actor: Actor) -> bool:
    return actor.may(Permission.VIEW_RECORD) or actor.may(Permission.MANAGE_DOCUMENTS)


def beside(actor: Actor, now: datetime, patient_id: int) -> Beside | None:
    """None for who may not see documents. Raises NotFound."""
    if not may_see(actor):
        return None
    own = documents_of(actor=actor, now=now, patient_id=patient_id)
    return Beside(patient_id, own.documents[:FEW], own.total, shared_of(actor, now, patient_id), may_add(actor))


def shared_of(actor: Actor, now: datetime, patient_id: int, page: int = 1) -> SharedDocuments | None:
    if not actor.may(Permission.VIEW_RECORD):
        return None
    return shared_documents_of(actor=actor, now=now, patient_id=patient_id, page=page)


def may_add(actor: Actor) -> bool:
    return actor.may(Permission.MANAGE_DOCUMENTS)


def origin(view: DocumentView) -> str:
    return SOURCES[view.source].format(who=view.made_by, source=view.source_name)


def marks(view: DocumentView) -> list[tuple[str, str]]:
    """What a reader must know of it: words and the colour of their tag."""
    found = []
    if view.state is DocumentState.IN_ERROR:
        found.append(("Filed in error", "red"))
    if view.is_replaced:
        found.append(("Replaced", "grey"))
    if view.is_confidential:
        found.append(("Confidential", "red"))
    if view.state is DocumentState.QUARANTINED:
        found.append(("In quarantine", "red"))
    elif view.scan in (Scan.WAITING, Scan.NOT_SCANNED):
        found.append(SCANS[view.scan])
    return found


def page_number(text: str) -> int:
    """The page asked for; the first when it is no number."""
    return int(text) if text.isdecimal() and len(text) < 9 else 1


def day(value: date | None) -> str:
    return f"{value:%-d %B %Y}" if value else ""


def clock(instant: datetime | None) -> str:
    return f"{in_london(instant):%-d %B %Y, %H:%M}" if instant else ""


WORDS = {"origin": origin, "marks": marks, "day": day, "clock": clock}
