"""What stands behind a receipt in one's own record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.records.models import FiledConsultation
from pcnhub.care.records.queries.views import entries_in
from pcnhub.care.records.rules import CodedEntry
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def receipts_held(*, actor: Actor, receipts: Collection[str]) -> frozenset[str]:
    """Those of the receipts whose consultation stands in the actor's own record: for reconciling, no patient is named."""
    with unit_of_work(actor):
        rows = FiledConsultation.objects.filter(organisation=actor.organisation.id, receipt__in=set(receipts))
        return frozenset(rows.values_list("receipt", flat=True))


@dataclass(frozen=True, slots=True)
class Filed:
    """One version of a consultation as it stands in the acting organisation's record."""

    patient_id: int
    source_organisation_id: int
    source_key: str
    version: int
    is_newest: bool
    started_at: datetime
    author_name: str
    entries: tuple[CodedEntry, ...]
    is_confidential: bool
    is_in_error: bool
    in_error_reason: str
    document_keys: frozenset[str]  # of all its versions


def filed(*, actor: Actor, receipt: str) -> Filed | None:
    """What the receipt was given for, of the actor's own record; for work inside the house: whoever shows it audits it."""
    with unit_of_work(actor):
        rows = FiledConsultation.objects.filter(organisation=actor.organisation.id)
        row = rows.filter(receipt=receipt).first()
        if row is None:
            return None
        every = rows.filter(source_organisation=row.source_organisation_id, source_key=row.source_key)
        return Filed(
            patient_id=row.patient_id,
            source_organisation_id=row.source_organisation_id,
            source_key=row.source_key,
            version=row.version,
            is_newest=not every.filter(version__gt=row.version).exists(),
            started_at=row.started_at,
            author_name=row.author_name,
            entries=entries_in(row),
            is_confidential=row.is_confidential,
            is_in_error=row.is_in_error,
            in_error_reason=row.in_error_reason,
            document_keys=frozenset(key for keys in every.values_list("document_keys", flat=True) for key in keys),
        )
