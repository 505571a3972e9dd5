"""A consultation report that came by MESH is filed into the practice's own record (GP Connect Send Document, as receiver)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import own_registration
from pcnhub.care.records.models import FiledConsultation
from pcnhub.care.records.operations.apart import add_parts, apart
from pcnhub.care.records.rules import Origin, Passage, Receipt, receipt_number
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def file_received(
    *,
    actor: Actor,
    now: datetime,
    patient_id: int,
    title: str,
    started_at: datetime,
    author_name: str,
    author_role: str,
    site_name: str,
    sender_ods: str,
    source_key: str,
    version: int,
    text: str,
    document_id: int | None = None,
    replaces_key: str = "",
    is_confidential: bool = False,
    more_document_ids: tuple[int, ...] = (),
) -> Receipt:
    """File one report under the acting practice's patient, once: the same `source_key` answers the same receipt.

    `source_key` is the document's own number, `replaces_key` the number of the one that it replaces: the two become versions of
    one consultation, whichever came first, and the newest is shown in front (SD-126). `text` is what is read in the record,
    `document_id` the practice's own document with the whole of it, `more_document_ids` the files that came
    beside it. Raises NotFound (no such patient here), NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        practice = actor.organisation.id
        take_turn("records.received", practice)  # a report and its replacement may be filed at the same moment
        rows = FiledConsultation.objects.filter(organisation=practice, origin=Origin.RECEIVED)
        filed = rows.filter(message_key=source_key).first()
        if filed is not None:
            return Receipt(filed.receipt, filed.received_at, is_new=False)
        patient = own_registration(actor=actor, patient_id=patient_id)
        chain = _chain(patient.id, source_key, replaces_key)
        taken = rows.filter(source_key=chain)
        if taken.filter(version=version).exists():  # the sender counted wrongly: nothing that came is lost for it
            version = 1 + (taken.aggregate(newest=Max("version"))["newest"] or 0)
        said = apart([Passage("", text, is_confidential=is_confidential)])
        made = FiledConsultation.objects.create(
            organisation_id=practice,
            patient_id=patient.id,
            title=title,
            started_at=started_at,
            author_name=author_name,
            author_role=author_role,
            site_name=site_name,
            sections=said.sections,
            origin=Origin.RECEIVED,
            source_organisation_id=practice,
            sender_ods=sender_ods,
            source_key=chain,
            message_key=source_key,
            replaces_key=replaces_key,
            version=version,
            is_confidential=is_confidential,
            document_ids=[*([document_id] if document_id is not None else []), *more_document_ids],
            receipt=receipt_number(
                target=practice, source=practice, source_key=f"{sender_ods}:{source_key}", version=0
            ),
            received_at=now,
        )
        add_parts(made, said.parts)
        trail.record(
            actor=actor,
            now=now,
            action="records.report-filed",
            subject=trail.Subject("filed consultation", made.pk, patient.id, patient.nhs_number),
            detail={"receipt": made.receipt, "version": version, "sender": sender_ods},
        )
        return Receipt(made.receipt, made.received_at, is_new=True)


def _chain(patient_id: int, source_key: str, replaces_key: str) -> str:
    """The key that all versions of the consultation share: of the one that it replaces, or of the one that replaced it already.
    Of this person only: a number that leads to another's record is not followed."""
    rows = FiledConsultation.objects.filter(patient=patient_id, origin=Origin.RECEIVED)
    before = rows.filter(message_key=replaces_key).first() if replaces_key else None
    later = rows.filter(replaces_key=source_key).first()
    return next((row.source_key for row in (before, later) if row is not None), source_key)
