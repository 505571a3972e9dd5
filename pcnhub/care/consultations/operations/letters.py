"""Making a letter, certificate or request form of a consultation: set as PDF, put on record, kept with the patient."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from pcnhub.care.consultations.operations.asked import note_deed
from pcnhub.care.consultations.operations.attachments import attach_document
from pcnhub.care.consultations.operations.filling import in_use
from pcnhub.care.consultations.operations.standing import locked, may_consult
from pcnhub.care.consultations.queries.letters import Prepared, prepared
from pcnhub.care.consultations.rules.definitions import DefinitionKind
from pcnhub.care.consultations.rules.letters import Headed
from pcnhub.care.consultations.rules.protocols import DeedKind
from pcnhub.care.documents import operations as documents
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.paper.typesetting import pdf

LETTER = Path(__file__).parent.parent / "data" / "letter.typ"
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Letter:
    """A document as it was made; `document_id` is the patient's document that keeps these very bytes."""

    title: str
    kind: str
    pdf: bytes
    sha256: str
    template_version: int
    document_id: int


def letter(
    *,
    actor: Actor,
    now: datetime,
    consultation_id: int,
    template_id: int,
    answers: Mapping[str, str],
    site_id: int | None = None,
) -> Letter:
    """Make the document of a template in use, file it to the consultation, and put on record that it was made.

    Made anew with the same answers it takes the place of the one before; with others it stands beside it: two requests of one
    evening are two. Raises InvalidInput with
    all that is wrong or missing, NotInUse, NotFound, NotPermitted.
    """
    with unit_of_work(actor):
        consulter = may_consult(actor, now)
        row = locked(actor, consultation_id)
        in_use(actor, template_id, DefinitionKind.DOCUMENT)
        ready = prepared(
            actor=actor, now=now, consultation_id=row.pk, template_id=template_id, answers=answers, site_id=site_id
        )
        content = typeset(actor=actor, now=now, ready=ready)
        sha256 = hashlib.sha256(content).hexdigest()
        view = ready.template
        document_id = documents.attach_made(
            actor=actor,
            now=now,
            patient_id=row.patient_id,
            title=view.title,
            content=content,
            content_type=PDF,
            kind=ready.document.kind.value,
            source_key=_key(row.pk, view.key, ready.answers),
            is_confidential=ready.is_confidential,
        )
        attach_document(actor=actor, now=now, consultation_id=row.pk, document_id=document_id)
        note_deed(
            row,
            actor,
            now,
            DeedKind.DOCUMENT,
            basis=consulter.basis,
            text=view.title,
            what=view.key,
            definition_id=view.id,
            reference=str(document_id),
            sha256=sha256,
        )
        return Letter(view.title, ready.document.kind, content, sha256, view.number, document_id)


def typeset(*, actor: Actor, now: datetime, ready: Prepared) -> bytes:
    """The PDF of what is prepared; nothing is kept. Who is named as its author is whoever makes it."""
    head, patient = ready.letterhead, ready.patient
    number = "not known" if patient.is_untraced else patient.number_words
    born = f"{patient.birth_date:%-d %B %Y}"
    name = f"{patient.family_name.upper()}, {patient.given_name}" + (f" ({patient.title})" if patient.title else "")
    for_whom = f" for {head.name}" if ready.document.headed is Headed.PRACTICE else ""
    values: dict[str, Any] = {
        "title": ready.template.title,
        "head": {
            "name": head.name,
            "ods_code": head.ods_code,
            "address": [*head.address.lines, head.address.postcode],
            "phone": head.phone,
            "email": head.email,
        },
        "date": f"{london_date(now):%-d %B %Y}",
        "patient": [name, f"Born {born}, NHS number {number}"],
        "blocks": [{"kind": block.kind.value, "text": block.text} for block in ready.blocks],
        "signed": {
            "shown": ready.document.is_signed,
            "name": actor.name,
            "role": actor.role_name or actor.job_category,
            "organisation": actor.organisation.name,
        },
        # On every page: whose it is, so that a page that went astray is nobody else's.
        "about": f"{name}, born {born}, NHS number {number}",
        "made": f"Made by {actor.organisation.name}{for_whom}. {ready.template.title}, version {ready.template.number}.",
    }
    return pdf(_template(), values=values)


def _key(consultation_id: int, template: str, answers: Mapping[str, str]) -> str:
    """Names one wish: the same template with the same answers."""
    digest = hashlib.sha256(json.dumps(dict(answers), sort_keys=True).encode()).hexdigest()
    return f"consultation:{consultation_id}:{template}:{digest[:32]}"


@cache
def _template() -> str:
    return LETTER.read_text(encoding="utf-8")
