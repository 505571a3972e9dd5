"""Where each copy is. A copy names a consultation and a patient by id; what was written stays in its room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.writeback.models import Copy
from pcnhub.care.writeback.rules import (
    MAY_TRY_AGAIN,
    OVER,
    STATE_WORDS,
    WAITS_FOR_EDITS,
    Alarm,
    CopyState,
    Route,
    alarm,
    is_on_its_way,
    may_be_sent_otherwise,
    needs_person,
)
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
    route: Route = Route.RECORD
    due_at: datetime | None = None
    sent_at: datetime | None = None
    message_id: str = ""
    documents_left_behind: int = 0
    replaced_by: int = 0  # the newest later version that the practice has, too; 0: none

    @property
    def is_acknowledged(self) -> bool:
        return self.state is CopyState.ACKNOWLEDGED

    @property
    def is_over(self) -> bool:
        """Nothing is owed any more: the practice has it, a later version goes instead, or a person took it there."""
        return self.state in OVER

    @property
    def needs_person(self) -> bool:
        return needs_person(self.state, self.reason_code) or self.documents_left_behind > 0

    @property
    def left_behind_words(self) -> str:
        """What went without, what to do and who can; empty where nothing did."""
        number = self.documents_left_behind
        if not number:
            return ""
        which, it = ("1 document was", "it") if number == 1 else (f"{number} documents were", "them")
        return (
            f"{which} filed to the consultation after this report had left: the practice does not have {it}."
            f" Amend the consultation, and the next version takes {it} along. Who can: a clinician of the hub."
        )

    @property
    def may_retry(self) -> bool:
        return self.state in MAY_TRY_AGAIN

    @property
    def may_send_otherwise(self) -> bool:
        return may_be_sent_otherwise(self.state, self.reason_code)

    def is_on_its_way(self, now: datetime) -> bool:
        """Not home yet, and where it should be at this time."""
        return is_on_its_way(self.state, self.reason_code, due_at=self.due_at, now=now)

    def alarm(self, now: datetime) -> Alarm:
        return alarm(self.state, due_at=self.due_at, now=now)

    @property
    def replaced_words(self) -> str:
        """That a later version stands in front of this one at the practice; empty where none does."""
        if not (self.is_acknowledged and self.replaced_by):
            return ""
        return f"Version {self.replaced_by} has replaced it there."

    @property
    def state_words(self) -> str:
        if self.reason_code == WAITS_FOR_EDITS.code:
            return "Waits for further edits"
        if self.state is CopyState.ACKNOWLEDGED and self.route is Route.MESH:
            return "Accepted by the practice"
        return STATE_WORDS[self.state]


def copies_of_consultation(*, actor: Actor, consultation_id: int) -> tuple[CopyView, ...]:
    """The copies of one consultation, oldest version first."""
    with unit_of_work(actor):
        return _views(Copy.objects.filter(consultation=consultation_id))


def outstanding(*, actor: Actor) -> tuple[CopyView, ...]:
    """Every copy of the acting hub that is still owed, or there without a document of its consultation, oldest first."""
    with unit_of_work(actor):
        owed = ~Q(state__in=OVER) | Q(documents_left_behind__gt=0)
        return _views(Copy.objects.filter(owed, organisation=actor.organisation.id))


def needing_action(*, actor: Actor) -> tuple[CopyView, ...]:
    """The acting hub's copies that a person must decide about, oldest first."""
    return tuple(copy for copy in outstanding(actor=actor) if copy.needs_person)


def _views(rows: QuerySet[Copy]) -> tuple[CopyView, ...]:
    ordered = with_replacements(rows).select_related("target").order_by("finished_at", "consultation_id", "version")
    return tuple(view_of(row) for row in ordered)


def with_replacements(rows: QuerySet[Copy]) -> QuerySet[Copy]:
    """Each with the number of the newest later version that its practice has acknowledged."""
    later = Copy.objects.filter(
        consultation=OuterRef("consultation"), version__gt=OuterRef("version"), state=CopyState.ACKNOWLEDGED
    )
    newest = later.order_by().values("consultation").annotate(newest=Max("version")).values("newest")
    return rows.annotate(replaced_by=Subquery(newest))


def view_of(row: Copy) -> CopyView:
    return CopyView(
        id=row.pk,
        hub_id=row.organisation_id,
        consultation_id=row.consultation_id,
        version=row.version,
        patient_id=row.patient_id,
        practice=_practice(row),
        state=CopyState(row.state),
        reason_code=row.reason_code,
        reason=row.reason,
        remedy=row.remedy,
        who_can=row.who_can,
        receipt=row.receipt,
        finished_at=row.finished_at,
        state_changed_at=row.state_changed_at,
        acknowledged_at=row.acknowledged_at,
        route=Route(row.route),
        due_at=row.due_at,
        sent_at=row.sent_at,
        message_id=row.message_id,
        documents_left_behind=row.documents_left_behind,
        replaced_by=getattr(row, "replaced_by", None) or 0,
    )


def _practice(row: Copy) -> OrganisationRef:
    """One outside the network has no name here, and no id."""
    if row.target is None:
        return OrganisationRef(0, row.target_ods, f"the practice {row.target_ods}", OrganisationKind.PRACTICE)
    return OrganisationRef(row.target.pk, row.target.ods_code, row.target.name, row.target.kind)
