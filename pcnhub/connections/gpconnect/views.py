"""What is known of bookings elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.connections.gpconnect.client import Place
from pcnhub.connections.gpconnect.directory import endpoint
from pcnhub.connections.gpconnect.models import BookingElsewhere
from pcnhub.connections.gpconnect.words import OPEN_STATES, STATE_WORDS, Deed, State
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class ElsewhereView:
    """A booking elsewhere as it stands in our books. Ids other than `id` and `patient_id` are the other system's."""

    id: int
    patient_id: int
    place: Place
    state: State
    deed: Deed | None
    appointment_id: str
    version: str
    their_patient_id: str
    slot_ids: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    what: str
    description: str
    comment: str
    answer: str
    asked_at: datetime
    asked_by: str
    looked_at: datetime | None
    trace_id: str

    @property
    def words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def is_open(self) -> bool:
        """Something was asked, and what came of it is not known."""
        return self.state in OPEN_STATES


def booking_elsewhere(*, actor: Actor, now: datetime, booking_id: int) -> ElsewhereView:
    """One booking of the actor's organisation, put on record. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        row = row_of(actor=actor, booking_id=booking_id)
        noted(actor=actor, now=now, action="gpconnect.booking-opened", row=row)
        return view_of(actor, row)


def bookings_elsewhere(*, actor: Actor, now: datetime, patient_id: int) -> tuple[ElsewhereView, ...]:
    """What was asked elsewhere for a patient of the actor's organisation, latest first."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        rows = BookingElsewhere.objects.filter(organisation=actor.organisation.id, patient=patient_id)
        found = list(rows.select_related("patient").order_by("-starts_at", "-id"))
        found = [row for row in found if not _is_withheld(actor, row)]
        if found:
            its = found[0].patient
            subject = Subject("patient", its.pk, its.pk, its.nhs_number)
            record(actor=actor, now=now, action="gpconnect.patient-listed", subject=subject)
        return tuple(view_of(actor, row) for row in found)


def row_of(*, actor: Actor, booking_id: int, locked: bool = False) -> BookingElsewhere:
    """Raises NotFound, also for a protected patient whom the actor may not see."""
    rows = BookingElsewhere.objects.filter(organisation=actor.organisation.id, pk=booking_id)
    row = (rows.select_for_update() if locked else rows).first()
    if row is None or _is_withheld(actor, row):
        raise NotFound("There is no such booking.")
    return row


def _is_withheld(actor: Actor, row: BookingElsewhere) -> bool:
    """A patient may be protected after the booking; the worker goes on looking what became of it."""
    return row.patient.is_sensitive and not actor.may(Permission.VIEW_SENSITIVE)


def view_of(actor: Actor, row: BookingElsewhere) -> ElsewhereView:
    return ElsewhereView(
        id=row.pk,
        patient_id=row.patient_id,
        place=endpoint(actor=actor, endpoint_id=row.endpoint_id).place,
        state=State(row.state),
        deed=Deed(row.deed) if row.deed else None,
        appointment_id=row.appointment_id,
        version=row.version,
        their_patient_id=row.their_patient_id,
        slot_ids=tuple(row.slot_ids),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        what=row.what,
        description=row.description,
        comment=row.comment,
        answer=row.answer,
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        looked_at=row.looked_at,
        trace_id=row.trace_id,
    )


def noted(
    *, actor: Actor, now: datetime, action: str, row: BookingElsewhere, **detail: str | int | bool | None
) -> None:
    """On the patient's record of who did what."""
    record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("booking-elsewhere", row.pk, row.patient_id, row.patient.nhs_number),
        detail={"state": row.state, "endpoint": row.endpoint_id, "trace_id": row.trace_id, **detail},
    )
