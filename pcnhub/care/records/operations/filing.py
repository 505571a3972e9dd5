"""Consultation Write Back: a hub files a finished consultation into the record of the patient's practice."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, patients_by_id, registration_linked_to
from pcnhub.care.records.models import FiledConsultation
from pcnhub.care.records.operations.apart import add_parts, apart
from pcnhub.care.records.rules import Filing, Origin, Receipt, receipt_number
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound


class UnknownPatient(NotFound):
    """The hub holds no temporary registration that links to this row of the practice: it must not guess the person."""

    code = "patient-not-linked"


def file_consultation(
    *,
    actor: Actor,
    now: datetime,
    target_organisation_id: int,
    target_patient_id: int,
    filing: Filing,
    registration_id: int | None = None,
) -> Receipt:
    """File one version into the practice's record, once: the same source key and version answers the same receipt.

    An amendment goes where an earlier version stands, though the person has moved since: `registration_id`, the hub's own
    row, then tells the audit who it is. Acts under Consultation Write Back and its copy agreement. Raises NotPermitted,
    NotShared, UnknownPatient.
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
        filed = _filed(actor, target_organisation_id, filing)
        if filed is not None:
            return Receipt(filed.receipt, filed.received_at, is_new=False)
        person = _person(actor, target_organisation_id, target_patient_id, filing, registration_id)
        try:
            with transaction.atomic():
                made = _create(actor, now, target_organisation_id, target_patient_id, filing)
        except IntegrityError:  # the same version, filed this moment by another worker
            filed = _filed(actor, target_organisation_id, filing)
            if filed is None:
                raise
            return Receipt(filed.receipt, filed.received_at, is_new=False)
        trail.record(
            actor=actor,
            now=now,
            action="records.consultation-filed",
            subject=trail.Subject("filed consultation", made.pk, target_patient_id, person.nhs_number),
            data_organisation_id=grant.data_organisation_id,
            basis=grant.basis,
            detail={"receipt": made.receipt, "version": made.version},
        )
        return Receipt(made.receipt, made.received_at, is_new=True)


def _filed(actor: Actor, target: int, filing: Filing) -> FiledConsultation | None:
    return FiledConsultation.objects.filter(
        organisation=target,
        source_organisation=actor.organisation.id,
        source_key=filing.source_key,
        version=filing.version,
    ).first()


def _person(
    actor: Actor, target: int, target_patient_id: int, filing: Filing, registration_id: int | None
) -> PatientView:
    """The hub's own row, which says who the person is at the practice, or was when an earlier version was filed there."""
    row = registration_linked_to(actor=actor, practice_id=target, practice_patient_id=target_patient_id)
    if row is None and registration_id is not None and _stands_with(actor, target, target_patient_id, filing):
        row = patients_by_id(actor=actor, ids=[registration_id]).get(registration_id)
    if row is None:
        raise UnknownPatient(
            "The hub's registration of this patient is not linked to a registration at this practice.",
            remedy="Have the practice import its patients and book again; then the copy can be retried.",
            who_can="the practice's reception",
        )
    return row


def _stands_with(actor: Actor, target: int, target_patient_id: int, filing: Filing) -> bool:
    """Whether an earlier version of this consultation was filed under that row."""
    return FiledConsultation.objects.filter(
        organisation=target,
        patient=target_patient_id,
        source_organisation=actor.organisation.id,
        origin=Origin.WRITE_BACK,
        source_key=filing.source_key,
        version__lt=filing.version,
    ).exists()


def _create(actor: Actor, now: datetime, target: int, target_patient_id: int, filing: Filing) -> FiledConsultation:
    said = apart(filing.sections, filing.entries)
    made = FiledConsultation.objects.create(
        organisation_id=target,
        patient_id=target_patient_id,
        title=filing.title,
        started_at=filing.started_at,
        author_name=filing.author_name,
        author_role=filing.author_role,
        site_name=filing.site_name,
        sections=said.sections,
        entries=said.entries,
        outcome=filing.outcome,
        origin=Origin.WRITE_BACK,
        source_organisation_id=actor.organisation.id,
        source_key=filing.source_key,
        version=filing.version,
        amendment_reason=filing.amendment_reason,
        follow_up=filing.follow_up,
        is_confidential=filing.is_confidential,
        is_in_error=filing.is_in_error,
        in_error_reason=filing.in_error_reason,
        document_keys=list(filing.document_keys),
        receipt=receipt_number(
            target=target, source=actor.organisation.id, source_key=filing.source_key, version=filing.version
        ),
        received_at=now,
    )
    add_parts(made, said.parts)
    return made
