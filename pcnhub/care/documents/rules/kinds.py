"""What a document is, where it came from, and how it stands."""

from __future__ import annotations

from enum import StrEnum

LONGEST_TITLE = 200  # characters


class DocumentKind(StrEnum):
    LETTER = "letter"
    DISCHARGE = "discharge"
    RESULT = "result"
    IMAGE = "image"
    CERTIFICATE = "certificate"
    REQUEST_FORM = "request-form"
    REPORT = "report"  # of a consultation elsewhere
    CONSENT = "consent"
    OTHER = "other"


KIND_WORDS: dict[DocumentKind, str] = {
    DocumentKind.LETTER: "Letter",
    DocumentKind.DISCHARGE: "Discharge summary",
    DocumentKind.RESULT: "Result",
    DocumentKind.IMAGE: "Image",
    DocumentKind.CERTIFICATE: "Certificate",
    DocumentKind.REQUEST_FORM: "Request form",
    DocumentKind.REPORT: "Consultation report",
    DocumentKind.CONSENT: "Consent",
    DocumentKind.OTHER: "Other",
}


class DocumentSource(StrEnum):
    """How a document came to the organisation that holds it."""

    ATTACHED = "attached"  # a person of it chose the file
    MADE = "made"  # by this platform, from a template
    IMPORTED = "imported"  # with the practice's other documents
    DELIVERED = "delivered"  # by a hub on this platform, with a consultation
    RECEIVED = "received"  # from another system


class DocumentState(StrEnum):
    """That another one replaces it is not a state: the newer one says so."""

    CHECKING = "checking"  # not opened before the scanner has answered
    KEPT = "kept"
    QUARANTINED = "quarantined"  # never opened; a person must act
    IN_ERROR = "in-error"  # never deleted, no longer part of what is shared


class Scan(StrEnum):
    """What is known of malware in it."""

    WAITING = "waiting"
    CLEAN = "clean"
    FOUND = "found"
    NOT_SCANNED = "not-scanned"
    MADE_HERE = "made-here"  # this platform wrote its bytes


class Unscanned(StrEnum):
    """What becomes of a file while no scanner is configured."""

    TAKE = "take"
    REFUSE = "refuse"


def first_scan(*, source: DocumentSource, has_scanner: bool) -> Scan:
    """How a document stands towards malware as it comes in. What a hub delivers was judged at the hub, and is again here."""
    if source is DocumentSource.MADE:
        return Scan.MADE_HERE
    return Scan.WAITING if has_scanner else Scan.NOT_SCANNED


def is_open_to(state: DocumentState, scan: Scan, *, is_holder: bool) -> bool:
    """Whether its content may be opened: what was filed in error is for the holder alone, to see what the error was; what the
    scanner found something in, or has not answered about, for nobody."""
    if scan in (Scan.FOUND, Scan.WAITING):
        return False
    return state is DocumentState.KEPT or (is_holder and state is DocumentState.IN_ERROR)


def retention(*, is_practice: bool) -> str:
    """How long it is kept, in a sentence (NHS Records Management Code of Practice, 2021 with its later updates)."""
    if is_practice:
        return (
            "Kept with the patient's GP record: while the person is registered, then as that record is, at least until 10 years "
            "after their death. Nothing here deletes it."
        )
    return (
        "Kept with the hub's record of the consultation, at least 8 years after it (a child's: until their 25th birthday). "
        "What was delivered to the practice is kept by the practice. Nothing here deletes it."
    )
