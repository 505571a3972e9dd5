"""Filing documents to a consultation, and saying that one was filed there in error. Nothing is deleted."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.consultations.models import Consultation
from pcnhub.care.consultations.models.attachments import Attachment
from pcnhub.care.consultations.operations.standing import (
    ConsultationMovedOn,
    Consulter,
    locked,
    may_consult,
    refuse,
    refuse_in_error,
)
from pcnhub.care.documents.queries import DocumentView, document
from pcnhub.care.documents.rules import DocumentState
from pcnhub.care.patients import queries as patients
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


def attach_document(*, actor: Actor, now: datetime, consultation_id: int, document_id: int) -> None:
    """File one of the patient's documents to the consultation; twice changes nothing. A newer version takes the place of the
    one that it replaces. Raises NotFound, NotPermitted, ConsultationMovedOn, InvalidInput (another patient's; in error)."""
    with unit_of_work(actor):
        consulter = may_consult(actor, now)
        row = locked(actor, consultation_id)
        refuse_in_error(row)
        view = document(actor=actor, now=now, document_id=document_id)
        refuse(_problems(actor, row, view))
        live = Attachment.objects.filter(consultation=row, detached_at=None)
        if live.filter(document=document_id).exists():
            return
        older = live.filter(document=view.replaces_id).first() if view.replaces_id else None
        if older is not None:
            _detach(older, actor, now, "A newer version took its place.")
        Attachment.objects.create(
            organisation_id=actor.organisation.id,
            consultation=row,
            document_id=document_id,
            attached_at=now,
            attached_by=actor.name,
        )
        _tell(row, actor, now, consulter, "consultations.document-attached", document_id)


def detach_document(*, actor: Actor, now: datetime, consultation_id: int, document_id: int, reason: str) -> None:
    """Say that a document was filed to the consultation in error: it stays with the patient, and here with the reason.

    Raises NotFound, NotPermitted, ConsultationMovedOn (it is not filed here any more), InvalidInput (no reason).
    """
    with unit_of_work(actor):
        consulter = may_consult(actor, now)
        row = locked(actor, consultation_id)
        if not reason.strip():
            raise InvalidInput(
                [Problem("reason", "missing-value", "No reason was given.", "Say why it does not belong here.")]
            )
        held = Attachment.objects.filter(consultation=row, document=document_id, detached_at=None).first()
        if held is None:
            raise ConsultationMovedOn("This document is not filed to the consultation any more.")
        _detach(held, actor, now, reason.strip())
        _tell(row, actor, now, consulter, "consultations.document-detached", document_id, reason.strip())


def _detach(held: Attachment, actor: Actor, now: datetime, reason: str) -> None:
    held.detached_at, held.detached_by, held.detach_reason = now, actor.name, reason
    held.save(update_fields=["detached_at", "detached_by", "detach_reason"])


def _problems(actor: Actor, row: Consultation, view: DocumentView) -> list[Problem]:
    problems = []
    if view.patient_id not in patients.same_person_ids(actor=actor, patient_id=row.patient_id):
        problems.append(
            Problem(
                "document",
                "of-another-patient",
                "This document is of another patient.",
                "Choose one of this patient's documents.",
            )
        )
    if view.state is DocumentState.IN_ERROR or view.is_replaced:
        problems.append(
            Problem(
                "document",
                "not-current",
                "This document was replaced, or marked as filed in error.",
                "Choose the newest version.",
            )
        )
    return problems


def _tell(
    row: Consultation,
    actor: Actor,
    now: datetime,
    consulter: Consulter,
    action: str,
    document_id: int,
    reason: str = "",
) -> None:
    """On record; and news for whoever carries the consultation home, in its order."""
    patient = patients.own_registration(actor=actor, patient_id=row.patient_id)
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=trail.Subject("consultation", row.pk, patient.id, patient.number),
        data_organisation_id=patient.home_id,
        basis=consulter.basis,
        reason=reason,
        detail={"document": document_id},
    )
    practice = patient.registered_practice.id if patient.registered_practice else 0
    publish(
        actor=actor,
        now=now,
        fact="consultations.documents-changed",
        key=f"{row.pk}:{document_id}:{action.rpartition('-')[2]}:{now.isoformat()}",
        payload={"consultation_id": row.pk, "version": row.version, "document_id": document_id},
        ordering_key=f"write-back:{practice}:{row.patient_id}",
    )
