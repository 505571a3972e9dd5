"""A hub's document goes into the record of the patient's practice, with the consultation that it belongs to."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations.keeping import keep
from pcnhub.care.documents.operations.quarantine import known_malware
from pcnhub.care.documents.queries.content import bytes_of
from pcnhub.care.documents.queries.finding import own_document
from pcnhub.care.documents.queries.opening import NotToBeOpened
from pcnhub.care.documents.rules import DocumentSource, DocumentState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import registration_linked_to, same_person_ids
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Basis
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound


class NotOfThisPerson(NotFound):
    """The hub's registration of whom the document is about does not link to that row of the practice."""

    code = "document-of-another"


def deliver(
    *,
    actor: Actor,
    now: datetime,
    document_id: int,
    target_organisation_id: int,
    target_patient_id: int,
    basis: Basis | None = None,
    is_confidential: bool = False,
) -> int:
    """Put one of the hub's own documents into the practice's record, once; the id that it has there.

    What replaces a document that was delivered replaces it there. Acts under Consultation Write Back and its copy agreement;
    `basis` is what the audit names (default: the latter's); `is_confidential` that what it belongs to is. Raises NotFound,
    NotPermitted, NotShared, NotOfThisPerson, NotToBeOpened (in quarantine, in error, or not scanned yet), ContentAltered.
    """
    with unit_of_work(actor):
        for agreement in (AgreementKind.COPY_CONSULTATION, AgreementKind.WRITE_BACK):
            grant = permit(
                actor=actor,
                permission=Permission.CONSULT,
                now=now,
                data_organisation_id=target_organisation_id,
                agreement=agreement,
            )
        source = own_document(actor=actor, document_id=document_id)
        there = _delivered(actor, target_organisation_id, document_id)
        if there is not None:
            return there.pk
        nhs_number = _whose(actor, source, target_organisation_id, target_patient_id)
        if source.state != DocumentState.KEPT or known_malware(source.sha256):
            how = source.state if source.state != DocumentState.KEPT else DocumentState.QUARANTINED
            raise NotToBeOpened(
                f"Document {source.pk} can't go to the practice: it is {how.replace('-', ' ')}.",
                remedy="Once it is clean, the copy can be sent again; otherwise detach it from the consultation.",
            )
        kept = keep(
            bytes_of(source.content, expected=source.sha256),
            organisation_id=target_organisation_id,
            brought_by=actor.organisation.id,
            now=now,
        )
        before = _delivered(actor, target_organisation_id, source.replaces_id) if source.replaces_id else None
        try:
            with transaction.atomic():
                made = Document.objects.create(
                    organisation_id=target_organisation_id,
                    patient_id=target_patient_id,
                    content=kept,
                    title=source.title,
                    kind=source.kind,
                    content_type=source.content_type,
                    size=source.size,
                    sha256=source.sha256,
                    dated_on=source.dated_on,
                    author=source.author,
                    is_confidential=source.is_confidential or is_confidential,
                    source=DocumentSource.DELIVERED,
                    source_organisation_id=actor.organisation.id,
                    source_key=_key(source.pk),
                    version=1,
                    replaces=before if before and before.patient_id == target_patient_id else None,
                    made_at=now,
                    made_by=source.made_by,
                    made_by_position_id=source.made_by_position_id,
                    state=DocumentState.KEPT,
                    scan=source.scan,  # judged at the hub, by the one scanner of this installation
                    scan_answer=source.scan_answer,
                    scanned_at=source.scanned_at,
                )
        except IntegrityError:  # delivered this moment by another worker
            there = _delivered(actor, target_organisation_id, document_id)
            if there is None:
                raise
            return there.pk
        trail.record(
            actor=actor,
            now=now,
            action="documents.delivered",
            subject=trail.Subject("document", made.pk, target_patient_id, nhs_number),
            data_organisation_id=grant.data_organisation_id,
            basis=basis or grant.basis,
            detail={"sha256": made.sha256, "from": source.pk},
        )
        return made.pk


def _key(document_id: int) -> str:
    return f"document:{document_id}"


def _delivered(actor: Actor, target: int, document_id: int) -> Document | None:
    return Document.objects.filter(
        organisation=target, source_organisation=actor.organisation.id, source_key=_key(document_id)
    ).first()


def _whose(actor: Actor, source: Document, target: int, target_patient_id: int) -> str:
    """The NHS number of whom both rows are about."""
    person = registration_linked_to(actor=actor, practice_id=target, practice_patient_id=target_patient_id)
    if person is None or source.patient_id not in same_person_ids(actor=actor, patient_id=person.id):
        raise NotOfThisPerson(
            "The hub's registration of this document's patient is not linked to that patient of the practice.",
            remedy="Have the practice import its patients and book again; then the copy can be retried.",
            who_can="the practice's reception",
        )
    return person.number
