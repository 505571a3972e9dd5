"""What follows from every change of a booking, in its transaction: its event, the audit, the news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.appointments.models import OwnLink
from pcnhub.care.appointments.queries.bookings import OnRecord, record_booking
from pcnhub.care.appointments.queries.views import SlotView
from pcnhub.care.sharing.gate import Grant
from pcnhub.foundations.audit.trail import OWN_RECORD, Basis, Detail, Subject, record
from pcnhub.foundations.database import prepared
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor

EVENT = """
insert into appointments_bookingevent (organisation_id, booking_id, status, at, by, by_name, reason)
values (%(hub)s, %(booking)s, %(status)s, %(at)s, %(by)s, %(name)s, %(reason)s)
"""
_TYPES = {
    "hub": "bigint", "booking": "bigint", "status": "text", "at": "timestamptz", "by": "text", "name": "text", "reason": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Concerned:
    """What a change of a booking is put on record with, where no whole view of it is at hand."""

    id: int
    hub_id: int
    patient_id: int
    nhs_number: str
    practice_id: int | None
    slot: SlotView


def put_on_record(
    actor: Actor,
    now: datetime,
    fact: str,
    view: OnRecord,
    status: str,
    grant: Grant,
    *,
    reason: str = "",
    version: int = 1,
) -> None:
    """Handlers of the news act for the hub, whose book it is."""
    prepared.rows(
        EVENT,
        _TYPES,
        {
            "hub": view.hub_id, "booking": view.id, "status": status, "at": now, "by": actor.user, "name": actor.name,
            "reason": reason,
        },
    )  # fmt: skip
    record_booking(actor=actor, now=now, action=fact, view=view, grant=grant, reason=reason, status=status)
    publish(
        actor=actor,
        now=now,
        fact=fact,
        key=f"{view.id}:{version}",
        payload={"booking_id": view.id},
        organisation_id=view.hub_id,
        ordering_key=f"booking:{view.id}",
    )


def record_link(
    actor: Actor,
    now: datetime,
    action: str,
    *,
    row: OwnLink,
    nhs_number: str,
    home_id: int,
    basis: Basis = OWN_RECORD,
    **more: str | int,
) -> None:
    """Put on record what becomes of a patient's own link. `home_id`: the practice whose patient it is, who may know of it."""
    detail: Detail = {"booking": row.booking_id} if row.booking_id else {}
    record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("own-link", row.pk, row.patient_id, nhs_number),
        data_organisation_id=home_id,
        basis=basis,
        detail={**detail, **more},
    )
