"""What traces have led to, as long as it stands: so that a wrong one can be shown, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient, TraceAttempt
from pcnhub.care.patients.queries.patients import PatientView, no_such_patient, view_of, visible_to
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class LinkView:
    """One trace and whom it led to. `from_id` is the row that was asked about, `said_name` and `said_birth_date` what was said
    of it; `standing` the row that stands for the person now. `booking_ids`: the appointments that moved with it."""

    from_id: int
    standing: PatientView
    said_name: str
    said_birth_date: date
    at: datetime
    by: str
    booking_ids: tuple[int, ...]

    @property
    def is_joined(self) -> bool:
        """Whether the hub held the person already."""
        return self.from_id != self.standing.id


def standing_link(*, actor: Actor, patient_id: int) -> TraceAttempt | None:
    """The table's row, for operations: the newest link of a patient that nobody took back. In the running unit of work."""
    rows = TraceAttempt.objects.filter(organisation=actor.organisation.id, patient=patient_id, before__isnull=False)
    return rows.filter(undone_at__isnull=True).order_by("-pk").first()


def links_into(*, actor: Actor, patient_id: int) -> tuple[LinkView, ...]:
    """The traces that led to this patient of the acting organisation; none of whom the actor may not know of."""
    with unit_of_work(actor):
        standing = visible_to(actor).filter(pk=patient_id).first()
        if standing is None or standing.nhs_number is None:
            return ()
        rows = [standing.pk, *Patient.objects.filter(merged_into=standing.pk).values_list("pk", flat=True)]
        found = (standing_link(actor=actor, patient_id=each) for each in rows)
        return tuple(_view(each, view_of(standing)) for each in found if each is not None)


def open_link(*, actor: Actor, now: datetime, patient_id: int) -> LinkView:
    """The trace of one row that was asked about, for whoever may take it back; on record as an opening. Raises NotPermitted,
    NotFound."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        row = visible_to(actor).filter(pk=patient_id).first()
        standing = visible_to(actor).filter(pk=row.merged_into_id).first() if row and row.merged_into_id else row
        if row is None or standing is None:
            raise no_such_patient(actor)
        link = standing_link(actor=actor, patient_id=row.pk) if standing.nhs_number else None
        if link is None:
            raise NotFound("No trace stands that this patient could be taken from.", remedy="Open the patient again.")
        trail.record(
            actor=actor,
            now=now,
            action="patients.opened",
            subject=trail.Subject("patient", standing.pk, standing.pk, standing.number),
            data_organisation_id=standing.registered_practice_id,
            basis=grant.basis,
            reason="a trace to be taken back",
        )
        return _view(link, view_of(standing))


def _view(link: TraceAttempt, standing: PatientView) -> LinkView:
    before = link.before or {}
    said = before["said"]
    return LinkView(
        from_id=link.patient_id,
        standing=standing,
        said_name=f"{said['family_name'].upper()}, {said['given_name']}",
        said_birth_date=date.fromisoformat(said["birth_date"]),
        at=link.at,
        by=link.by,
        booking_ids=tuple(sorted(int(each) for each in before.get("bookings", {}))),
    )
