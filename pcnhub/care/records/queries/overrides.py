"""Records that were opened without asking the patient, for those who answer for privacy at either end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, patients_by_id
from pcnhub.care.records.models import OverrideReview, ViewPermission
from pcnhub.care.records.rules import PermissionAnswer
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Shown, record_list
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.refusals import NotFound

SHOWN_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class OverrideView:
    """One override. `patient` is the reader's own row, None where the reader may not know of them or holds none; nobody reviews
    their own (`is_readers_own`)."""

    id: int
    patient: PatientView | None
    by: str
    by_organisation: OrganisationRef
    holder_ods: str
    reason: str
    at: datetime
    is_readers_own: bool
    finding: str = ""
    reviewed_by: str = ""
    reviewed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.reviewed_at is None


def overrides(*, actor: Actor, now: datetime) -> tuple[OverrideView, ...]:
    """Overrides of the actor's organisation, or of the record that it keeps: first those that nobody here has looked at, however
    old, then the newest. The patients shown are put on record. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_AUDIT, now=now)
        newest = "-answered_at", "-pk"
        unseen = list(_unseen(actor).order_by(*newest)[:SHOWN_AT_MOST])
        seen = _all().filter(reviews__organisation=actor.organisation.id).order_by(*newest)
        views = _views(actor, [*unseen, *seen[: SHOWN_AT_MOST - len(unseen)]])
        shown = [Shown(each.patient.id, each.patient.number) for each in views if each.patient]
        record_list(actor=actor, now=now, action="records.overrides-listed", kind="record", shown=shown)
        return tuple(views)


def override(*, actor: Actor, now: datetime, permission_id: int) -> OverrideView:
    """One of them, put on record with its patient. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        view = override_held(actor=actor, now=now, permission_id=permission_id)
        shown = [Shown(view.patient.id, view.patient.number)] if view.patient else []
        record_list(actor=actor, now=now, action="records.override-opened", kind="record", shown=shown)
        return view


def override_held(*, actor: Actor, now: datetime, permission_id: int) -> OverrideView:
    """The same for operations, which put their own act on record."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_AUDIT, now=now)
        row = _all().filter(pk=permission_id).first()
        if row is None:
            raise NotFound("There is no such override.", remedy="Choose one from the list.")
        return _views(actor, [row])[0]


def open_overrides(*, actor: Actor) -> int:
    """How many nobody of the actor's organisation has looked at: for pages that lead there. Needs no permission."""
    with unit_of_work(actor):
        return _unseen(actor).count()


def _all() -> QuerySet[ViewPermission]:
    """As far as the database shows them to the acting organisation: whoever overrode, or keeps the record."""
    return ViewPermission.objects.filter(answer=PermissionAnswer.OVERRIDDEN)


def _unseen(actor: Actor) -> QuerySet[ViewPermission]:
    return _all().exclude(reviews__organisation=actor.organisation.id)


def _views(actor: Actor, rows: list[ViewPermission]) -> list[OverrideView]:
    reviews = {
        each.permission_id: each
        for each in OverrideReview.objects.filter(organisation=actor.organisation.id, permission__in=rows)
    }
    ids = {row.pk: _own_id(actor, row) for row in rows}
    patients = patients_by_id(actor=actor, ids={each for each in ids.values() if each})
    return [_view(actor, row, patients.get(ids[row.pk] or 0), reviews.get(row.pk)) for row in rows]


def _own_id(actor: Actor, row: ViewPermission) -> int | None:
    return row.patient_id if row.organisation_id == actor.organisation.id else row.holder_patient_id


def _view(
    actor: Actor, row: ViewPermission, patient: PatientView | None, review: OverrideReview | None
) -> OverrideView:
    return OverrideView(
        id=row.pk,
        patient=patient,
        by=row.user_name,
        by_organisation=organisation_ref(id=row.organisation_id),
        holder_ods=row.holder_ods,
        reason=row.reason,
        at=row.answered_at,
        is_readers_own=row.user == actor.user,
        finding=review.finding if review else "",
        reviewed_by=review.user_name if review else "",
        reviewed_at=review.reviewed_at if review else None,
    )
