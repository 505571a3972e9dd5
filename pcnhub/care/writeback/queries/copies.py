"""Where each copy is. A copy names a consultation and a patient by id; what was written stays in its room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from pcnhub.care.writeback.models import Copy
from pcnhub.care.writeback.rules import STATE_WORDS, CopyState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef


@dataclass(frozen=True, slots=True)
class CopyView:
    """One version of one consultation on its way to `practice`, and what stands in its way."""

    id: int
    hub_id: int
    consultation_id: int
    version: int
    patient_id: int
    practice: OrganisationRef
    state: CopyState
    reason_code: str
    reason: str
    remedy: str
    who_can: str
    receipt: str
    finished_at: datetime
    state_changed_at: datetime
    acknowledged_at: datetime | None

    @property
    def is_acknowledged(self) -> bool:
        return self.state is CopyState.ACKNOWLEDGED

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.state]


def copies_of_consultation(*, actor: Actor, consultation_id: int) -> tuple[CopyView, ...]:
    """The copies of one consultation, oldest version first."""
    with unit_of_work(actor):
        return _views(Copy.objects.filter(consultation=consultation_id))


def outstanding(*, actor: Actor) -> tuple[CopyView, ...]:
    """Every copy of the acting hub without a receipt, oldest first."""
    with unit_of_work(actor):
        return _views(Copy.objects.filter(organisation=actor.organisation.id).exclude(state=CopyState.ACKNOWLEDGED))


def needing_action(*, actor: Actor) -> tuple[CopyView, ...]:
    """The acting hub's copies that a person must decide about, oldest first."""
    return tuple(copy for copy in outstanding(actor=actor) if copy.state is CopyState.NEEDS_ACTION)


def _views(rows: QuerySet[Copy]) -> tuple[CopyView, ...]:
    ordered = rows.select_related("target").order_by("finished_at", "consultation_id", "version")
    return tuple(view_of(row) for row in ordered)


def view_of(row: Copy) -> CopyView:
    target = row.target
    return CopyView(
        id=row.pk,
        hub_id=row.organisation_id,
        consultation_id=row.consultation_id,
        version=row.version,
        patient_id=row.patient_id,
        practice=OrganisationRef(target.pk, target.ods_code, target.name, target.kind),
        state=CopyState(row.state),
        reason_code=row.reason_code,
        reason=row.reason,
        remedy=row.remedy,
        who_can=row.who_can,
        receipt=row.receipt,
        finished_at=row.finished_at,
        state_changed_at=row.state_changed_at,
        acknowledged_at=row.acknowledged_at,
    )
