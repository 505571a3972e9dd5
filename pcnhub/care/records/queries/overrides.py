"""Records that were opened without asking the patient, for those who answer for privacy at either end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
    """One override. `patient` is the reader's own row, None where the reader may not know of them or holds none."""

    id: int
    patient: PatientView | None
    by: str
    by_organisation: OrganisationRef
    holder_ods: str
    reason: str
    at: datetime
    finding: str = ""
    reviewed_by: str = ""
    reviewed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.reviewed_at is None


def overrides(*, actor: Actor, now: datetime) -> tuple[OverrideView, ...]:
    """The newest overrides of the actor's organisation, or of the record that it keeps: first those that nobody here has
    looked at. The patients shown are put on record. Raises NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_AUDIT, now=now)
        rows = ViewPermission.objects.filter(answer=PermissionAnswer.OVERRIDDEN).order_by("-answered_at", "-pk")
        views = _views(actor, list(rows[:SHOWN_AT_MOST]))
        shown = [Shown(each.patient.id, each.patient.number) for each in views if each.patient]
        record_list(actor=actor, now=now, action="records.overrides-listed", kind="record", shown=shown)
        return tuple(sorted(views, key=lambda view: not view.is_open))


def override(*, actor: Actor, now: datetime, permission_id: int) -> OverrideView:
    """One of them. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_AUDIT, now=now)
        row = ViewPermission.objects.filter(pk=permission_id, answer=PermissionAnswer.OVERRIDDEN).first()
        if row is None:
            raise NotFound("There is no such override.", remedy="Choose one from the list.")
        return _views(actor, [row])[0]


def open_overrides(*, actor: Actor) -> int:
    """How many nobody of the actor's organisation has looked at: for pages that lead there. Needs no permission."""
    with unit_of_work(actor):
        rows = ViewPermission.objects.filter(answer=PermissionAnswer.OVERRIDDEN)
        return rows.exclude(reviews__organisation=actor.organisation.id).count()


def _views(actor: Actor, rows: list[ViewPermission]) -> list[OverrideView]:
    reviews = {
        each.permission_id: each
        for each in OverrideReview.objects.filter(organisation=actor.organisation.id, permission__in=rows)
    }
    ids = {row.pk: _own_id(actor, row) for row in rows}
    patients = patients_by_id(actor=actor, ids={each for each in ids.values() if each})
    return [_view(row, patients.get(ids[row.pk] or 0), reviews.get(row.pk)) for row in rows]


def _own_id(actor: Actor, row: ViewPermission) -> int | None:
    return row.patient_id if row.organisation_id == actor.organisation.id else row.holder_patient_id


def _view(row: ViewPermission, patient: PatientView | None, review: OverrideReview | None) -> OverrideView:
    return OverrideView(
        id=row.pk,
        patient=patient,
        by=row.user_name,
        by_organisation=organisation_ref(id=row.organisation_id),
        holder_ods=row.holder_ods,
        reason=row.reason,
        at=row.answered_at,
        finding=review.finding if review else "",
        reviewed_by=review.user_name if review else "",
        reviewed_at=review.reviewed_at if review else None,
    )
