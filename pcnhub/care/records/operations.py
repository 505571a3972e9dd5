"""Every change of a record: what is filed into it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.records.models import FiledConsultation
from pcnhub.care.records.rules import Filing, Origin, Receipt
from pcnhub.care.sharing.gate import permit
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def file_consultation(
    *, actor: Actor, now: datetime, target_organisation_id: int, target_patient_id: int, filing: Filing
) -> Receipt:
    """File a hub's consultation into a practice's record, under Consultation Write Back and its copy agreement.

    The same source key and version answer the same receipt, however often they are sent. Raises NotPermitted, NotShared.
    Source: `domain.md` 12A.5.
    """
    with unit_of_work(actor):
        grant = permit(
            actor=actor,
            permission=Permission.CONSULT,
            now=now,
            data_organisation_id=target_organisation_id,
            agreement=AgreementKind.WRITE_BACK,
        )
        permit(
            actor=actor,
            permission=Permission.CONSULT,
            now=now,
            data_organisation_id=target_organisation_id,
            agreement=AgreementKind.COPY_CONSULTATION,
        )
        same = FiledConsultation.objects.filter(
            organisation=target_organisation_id,
            source_organisation=actor.organisation.id,
            source_key=filing.source_key,
            version=filing.version,
        )
        there = same.first()
        if there is not None:
            return _receipt(there)
        try:
            with transaction.atomic():
                row = FiledConsultation.objects.create(
                    organisation_id=target_organisation_id,
                    patient_id=target_patient_id,
                    title=filing.title,
                    started_at=filing.started_at,
                    author_name=filing.author_name,
                    author_role=filing.author_role,
                    site_name=filing.site_name,
                    sections=[{"heading": heading, "text": text} for heading, text in filing.sections],
                    entries=[{"code": code, "term": term, "value": value} for code, term, value in filing.entries],
                    outcome=filing.outcome,
                    origin=Origin.WRITE_BACK,
                    source_organisation_id=actor.organisation.id,
                    source_key=filing.source_key,
                    version=filing.version,
                    amendment_reason=filing.amendment_reason,
                    receipt=_receipt_code(actor.organisation.id, target_organisation_id, filing),
                    received_at=now,
                )
        except IntegrityError:  # filed by another worker a moment ago: its receipt is the answer
            return _receipt(same.get())
        trail.record(
            actor=actor,
            now=now,
            action="records.consultation-filed",
            subject=Subject("filed-consultation", row.pk, target_patient_id),
            data_organisation_id=grant.data_organisation_id,
            basis=grant.basis,
            detail={"source": filing.source_key, "version": filing.version},
        )
        return _receipt(row)


def _receipt(row: FiledConsultation) -> Receipt:
    return Receipt(row.receipt, row.received_at, row.pk)


def _receipt_code(source_id: int, target_id: int, filing: Filing) -> str:
    """Made from what identifies the filing, so that it can't differ between two attempts."""
    identity = f"{source_id}:{target_id}:{filing.source_key}:{filing.version}"
    return f"R-{hashlib.sha256(identity.encode()).hexdigest()[:16].upper()}"
