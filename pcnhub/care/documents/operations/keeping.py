"""Putting bytes away, once; and the row that says whose they are."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from pcnhub.care.documents.models import Content, Document, Piece
from pcnhub.care.documents.models.sealing import PIECE, SEAL, place_of
from pcnhub.care.documents.operations.quarantine import judge, known_malware
from pcnhub.care.documents.rules import DocumentKind, DocumentSource, DocumentState, Scan, first_scan
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor


def keep(content: bytes, *, organisation_id: int, brought_by: int, now: datetime) -> Content:
    """The organisation's content with these bytes: the one that is there, or a new one. Inside a unit of work."""
    sha256 = hashlib.sha256(content).hexdigest()
    held = Content.objects.filter(organisation=organisation_id, brought_by=brought_by, sha256=sha256)
    found = held.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            made = Content.objects.create(
                organisation_id=organisation_id,
                brought_by_id=brought_by,
                sha256=sha256,
                size=len(content),
                kept_at=now,
            )
            Piece.objects.bulk_create(
                Piece(
                    organisation_id=organisation_id,
                    content=made,
                    number=number,
                    sealed=SEAL.close(content[start : start + PIECE], place=place_of(organisation_id, sha256, number)),
                )
                for number, start in enumerate(range(0, len(content), PIECE))
            )
    except IntegrityError:  # the same bytes, kept this moment by somebody else
        return held.get()
    return made


def add(
    *,
    actor: Actor,
    now: datetime,
    content: Content,
    patient_id: int,
    title: str,
    kind: DocumentKind,
    content_type: str,
    source: DocumentSource,
    source_key: str = "",
    version: int = 1,
    replaces: Document | None = None,
    dated_on: date | None = None,
    author: str = "",
    is_confidential: bool = False,
) -> Document:
    """A new document of the actor's own organisation; the scanner is asked where there is one. Bytes in which it once found
    something go straight into quarantine, whether or not there is a scanner now."""
    scan = first_scan(source=source, has_scanner=bool(settings.CLAMD))
    made = Document.objects.create(
        organisation_id=actor.organisation.id,
        patient_id=patient_id,
        content=content,
        title=title,
        kind=kind,
        content_type=content_type,
        size=content.size,
        sha256=content.sha256,
        dated_on=dated_on,
        author=author,
        is_confidential=is_confidential,
        source=source,
        source_organisation_id=actor.organisation.id,
        source_key=source_key,
        version=version,
        replaces=replaces,
        made_at=now,
        made_by=actor.name,
        made_by_position_id=actor.position_id,
        state=DocumentState.CHECKING if scan is Scan.WAITING else DocumentState.KEPT,
        scan=scan,
    )
    harmful = known_malware(content.sha256)
    if harmful is not None:
        judge(made, harmful, actor=actor, now=now)
    elif scan is Scan.WAITING:
        publish(
            actor=actor,
            now=now,
            fact="documents.scan-due",
            key=str(made.pk),
            payload={"document_id": made.pk},
        )
    return made
