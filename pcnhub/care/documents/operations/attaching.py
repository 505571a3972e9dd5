"""A document comes to be held about a patient: chosen by a person, made here, or received from elsewhere."""

from __future__ import annotations

import zlib
from datetime import date, datetime
from typing import BinaryIO

from django.conf import settings

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations.keeping import add, keep
from pcnhub.care.documents.queries.finding import current, own_document
from pcnhub.care.documents.rules import (
    LONGEST_TITLE,
    DocumentKind,
    DocumentSource,
    DocumentState,
    FileType,
    Unscanned,
    file_type_of,
)
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, own_registration, same_person_ids
from pcnhub.care.sharing.gate import Grant, permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, Problem

PERMISSION = Permission.MANAGE_DOCUMENTS
TAKEN_WITHOUT_SCAN = frozenset({DocumentSource.MADE})


class ReplacedAlready(Conflict):
    """Somebody put a newer version in its place meanwhile, or it was marked as filed in error."""

    code = "document-replaced-already"


def attach(
    *,
    actor: Actor,
    now: datetime,
    patient_id: int,
    title: str,
    file: BinaryIO,
    file_name: str,
    kind: str,
    dated_on: date | None = None,
    author: str = "",
    is_confidential: bool = False,
    replaces_id: int | None = None,
) -> int:
    """Keep a file that a person chose, for one of the actor's own patients; the document's id.

    The same bytes under the same title, attached to the same patient twice, is one document. `replaces_id`: the document of
    the same patient that this is the newer version of. With a scanner it can be opened once that has answered. Raises
    NotFound, NotPermitted, ReplacedAlready, InvalidInput (every reason at once).
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        content = file.read(settings.DOCUMENT_BYTES + 1)
        found, problems = judged(content, file_name, source=DocumentSource.ATTACHED)
        problems = [*_of_words(title, kind, dated_on, now), *problems]
        if problems or found is None:
            raise InvalidInput(problems)
        replaces = _to_replace(actor, patient, replaces_id) if replaces_id is not None else None
        kept = keep(content, organisation_id=actor.organisation.id, brought_by=actor.organisation.id, now=now)
        if replaces is None:
            take_turn("documents.attach", patient.id)  # a button pressed twice
            same = current(Document.objects.filter(patient=patient.id, content=kept, title=title.strip())).first()
            if same is not None:
                return same.pk
        made = add(
            actor=actor,
            now=now,
            content=kept,
            patient_id=patient.id,
            title=title.strip(),
            kind=DocumentKind(kind),
            content_type=found.content_type,
            source=DocumentSource.ATTACHED,
            replaces=replaces,
            version=replaces.version + 1 if replaces else 1,
            dated_on=dated_on,
            author=author.strip(),
            is_confidential=is_confidential,
        )
        note(made, "documents.attached", patient, grant, actor=actor, now=now)
        return made.pk


def attach_made(
    *,
    actor: Actor,
    now: datetime,
    patient_id: int,
    title: str,
    content: bytes,
    content_type: str,
    kind: str,
    source_key: str,
    is_confidential: bool = False,
) -> int:
    """Keep what this platform made (a letter, a report) for one of the actor's own patients; the document's id.

    The same `source_key` with the same bytes is the same document; with others it is a newer version that replaces the one
    before. Not scanned: its bytes were written here. Raises NotFound, NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        return from_source(
            actor=actor,
            now=now,
            patient=patient,
            grant=grant,
            title=title,
            content=content,
            content_type=content_type,
            kind=DocumentKind(kind),
            source=DocumentSource.MADE,
            source_key=source_key,
            is_confidential=is_confidential,
        ).pk


def attach_received(
    *,
    actor: Actor,
    now: datetime,
    patient_id: int,
    title: str,
    content: bytes,
    file_name: str,
    kind: str,
    source_key: str,
    author: str = "",
    dated_on: date | None = None,
    is_confidential: bool = False,
) -> int:
    """Keep what another system sent, judged and scanned like a chosen file. `source_key` as for `attach_made`.

    Raises NotFound, NotPermitted, InvalidInput.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        found, problems = judged(content, file_name, source=DocumentSource.RECEIVED)
        if found is None:
            raise InvalidInput(problems)
        return from_source(
            actor=actor,
            now=now,
            patient=patient,
            grant=grant,
            title=title[:LONGEST_TITLE],
            content=content,
            content_type=found.content_type,
            kind=DocumentKind(kind),
            source=DocumentSource.RECEIVED,
            source_key=source_key,
            author=author,
            dated_on=dated_on,
            is_confidential=is_confidential,
        ).pk


def from_source(
    *,
    actor: Actor,
    now: datetime,
    patient: PatientView,
    grant: Grant,
    title: str,
    content: bytes,
    content_type: str,
    kind: DocumentKind,
    source: DocumentSource,
    source_key: str,
    author: str = "",
    dated_on: date | None = None,
    is_confidential: bool = False,
) -> Document:
    """The newest version of what `source_key` names, made anew only when its bytes or its patient differ."""
    take_turn("documents.source", zlib.crc32(f"{actor.organisation.id}:{source_key}".encode()))
    before = newest_of(actor, source_key)
    kept = keep(content, organisation_id=actor.organisation.id, brought_by=actor.organisation.id, now=now)
    ids = same_person_ids(actor=actor, patient_id=patient.id)
    if before is not None and before.content_id == kept.pk and before.patient_id in ids:
        return before
    follows = before is not None and before.patient_id == patient.id
    made = add(
        actor=actor,
        now=now,
        content=kept,
        patient_id=patient.id,
        title=title.strip(),
        kind=kind,
        content_type=content_type,
        source=source,
        source_key=source_key,
        version=before.version + 1 if before else 1,
        replaces=before if follows else None,
        dated_on=dated_on,
        author=author.strip(),
        is_confidential=is_confidential,
    )
    note(made, f"documents.{source.value}", patient, grant, actor=actor, now=now)
    if kind is DocumentKind.RESULT:
        publish_once(actor=actor, now=now, fact="documents.result-arrived")
    return made


def newest_of(actor: Actor, source_key: str) -> Document | None:
    rows = Document.objects.filter(
        organisation=actor.organisation.id, source_organisation=actor.organisation.id, source_key=source_key
    )
    return rows.order_by("-version").first()


def judged(content: bytes, file_name: str, *, source: DocumentSource) -> tuple[FileType | None, list[Problem]]:
    """The type by its bytes, or every reason against the file: its size, its type, its name, and that nobody scans it."""
    problems: list[Problem] = []
    most = settings.DOCUMENT_BYTES
    if len(content) > most:
        problems.append(
            Problem(
                "file",
                "file-too-large",
                f"The file is larger than {most // 1024 // 1024} MB.",
                "Save it with a lower resolution, or in parts.",
                file_name[-120:],
            )
        )
    found, wrong = file_type_of(content, file_name)
    problems += wrong
    refuses = Unscanned(settings.UNSCANNED_DOCUMENTS) is Unscanned.REFUSE and not settings.CLAMD
    if refuses and source not in TAKEN_WITHOUT_SCAN:
        problems.append(
            Problem(
                "file",
                "no-scanner",
                "No file is taken at present: this hub has nothing that looks for malware.",
                "Have PCNHUB_CLAMD set; whoever runs this installation can.",
            )
        )
    return (None if problems else found), problems


def note(
    made: Document, action: str, patient: PatientView, grant: Grant, *, actor: Actor, now: datetime, reason: str = ""
) -> None:
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=trail.Subject("document", made.pk, patient.id, patient.number),
        data_organisation_id=grant.data_organisation_id,
        basis=grant.basis,
        reason=reason,
        detail={"sha256": made.sha256, "type": made.content_type, "version": made.version},
    )


def _of_words(title: str, kind: str, dated_on: date | None, now: datetime) -> list[Problem]:
    problems = []
    if not title.strip():
        problems.append(Problem("title", "missing-value", "The document has no title.", "Say what it is."))
    elif len(title.strip()) > LONGEST_TITLE:
        problems.append(
            Problem("title", "too-long", f"The title has more than {LONGEST_TITLE} characters.", "Shorten it.")
        )
    if kind not in set(DocumentKind):
        problems.append(
            Problem("kind", "unknown-kind", "No kind was chosen.", "Choose what kind of document it is.", kind)
        )
    if dated_on is not None and dated_on > london_date(now):
        problems.append(
            Problem("dated_on", "in-the-future", "The document's date is in the future.", "Look at the date again.")
        )
    return problems


def _to_replace(actor: Actor, patient: PatientView, document_id: int) -> Document:
    row = own_document(actor=actor, document_id=document_id)
    if row.patient_id not in same_person_ids(actor=actor, patient_id=patient.id):
        raise InvalidInput(
            [
                Problem(
                    "file", "of-another-patient", "The document that this replaces is of another patient.", "Go back."
                )
            ]
        )
    locked = Document.objects.select_for_update().get(pk=row.pk)
    if locked.state == DocumentState.IN_ERROR or Document.objects.filter(replaces=locked).exists():
        raise ReplacedAlready(
            "This document has been replaced, or marked as filed in error, since you opened it.",
            remedy="Look at the patient's documents again.",
        )
    return locked
