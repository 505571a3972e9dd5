"""Appointments as GP Connect tells of them: one, or a patient's, whoever booked them and by which way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Prefetch, QuerySet

from pcnhub.care.appointments.models import BookedSlot, Booking
from pcnhub.care.appointments.queries.narrow import appointment_row
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import own_registration, same_person_ids
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """An appointment in the actor's own book. Site, practitioner, channel and role are what the session says now, so that a
    change of clinician shows (GP Connect: reflection of state). `created` is what the consumer sent, else when it was booked;
    `booked_by_contact` is what the booking organisation said of itself. Instants are aware; `slot_ids` in order of time."""

    id: int
    version: int
    status: str
    slot_ids: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    description: str
    comment: str
    created: datetime
    delivery_channel: str
    practitioner_role: str
    slot_type: str
    session_id: int
    session_name: str
    patient_id: int
    site_id: int | None
    practitioner_id: int | None
    booked_by_ods_code: str
    booked_by_name: str
    booked_by_type: str
    booked_by_contact: Mapping[str, Any]
    cancellation_reason: str
    hub_id: int
    source: str


def appointment(*, actor: Actor, now: datetime, booking_id: int) -> AppointmentView:
    """One appointment of the actor's own book, past or to come, cancelled or not; on record.

    Raises NotPermitted, NotFound (also of a protected patient's, for who may not know of it).
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        kept = kept_appointment(hub_id=actor.organisation.id, booking_id=booking_id)
        if kept is None or (kept.is_sensitive and not actor.may(Permission.VIEW_SENSITIVE)):
            raise no_such_appointment()
        record(
            actor=actor,
            now=now,
            action="appointments.opened",
            subject=Subject("booking", kept.view.id, kept.view.patient_id, kept.nhs_number),
            data_organisation_id=kept.practice_id,
            detail={"slot": kept.slot_id},
        )
        return kept.view


def appointments_of(
    *, actor: Actor, now: datetime, patient_id: int, from_on: date, to_on: date
) -> tuple[AppointmentView, ...]:
    """A patient's appointments that start on those London days, both included: of every status, whoever booked them, in order
    of time; on record. `patient_id` is the hub's own row. Which days may be asked for is the caller's to refuse.

    Raises NotPermitted, NotFound (no such patient, a protected one, or one whose registration has ended: who left or died is
    not found, and their list is not either).
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        patient = own_registration(actor=actor, patient_id=patient_id)
        if patient.registration_state != RegistrationState.ACTIVE:
            raise no_such_registration()
        rows = appointment_rows(actor).filter(
            patient__in=same_person_ids(actor=actor, patient_id=patient.id),
            starts_at__gte=day_bounds(from_on)[0],
            starts_at__lt=day_bounds(to_on)[1],
        )
        found = tuple(view_of(row) for row in rows.order_by("starts_at", "pk"))
        record(
            actor=actor,
            now=now,
            action="appointments.listed",
            subject=Subject("patient", patient.id, patient.id, patient.nhs_number),
            data_organisation_id=patient.home_id,
            detail={"bookings": [each.id for each in found]},
        )
        return found


def no_such_registration() -> NotFound:
    return NotFound(
        "There is no such patient here.",
        remedy="Register the patient again: that renews a registration that has ended.",
        who_can="the booking organisation",
    )


def no_such_appointment() -> NotFound:
    return NotFound(
        "There is no such appointment in this book.",
        remedy="Retrieve the patient's appointments again.",
        who_can="whoever books appointments for the patient",
    )


class KeptAppointment(NamedTuple):
    """An appointment as it is kept, and whom it concerns."""

    view: AppointmentView
    slot_id: int
    practice_id: int | None
    nhs_number: str
    is_sensitive: bool


def kept_appointment(*, hub_id: int, booking_id: int) -> KeptAppointment | None:
    """One appointment of this hub's book, inside a unit of work, by a statement of its own; `view_of` says the same of what the
    ORM reads."""
    row = appointment_row(hub_id=hub_id, booking_id=booking_id)
    if row is None:
        return None
    *told, ods_code, by_type, why_cancelled, hub, source, contact, name, phone = row[:25]
    sent = json.loads(contact)
    by_name, by_contact = sent.get("name") or name, sent or _contact(phone)
    told[3] = tuple(told[3])
    fields = [*told, ods_code, by_name, by_type, by_contact, why_cancelled, hub, source]
    return KeptAppointment(AppointmentView(*fields), *row[25:])


def view_of(row: Booking) -> AppointmentView:
    session = row.slot.session
    holder = row.slot.holder or session.holder
    organisation = row.booked_by_organisation
    return AppointmentView(
        id=row.pk,
        version=row.version,
        status=row.status,
        slot_ids=tuple(seat.slot_id for seat in row.booked_slots.all()),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        description=row.reason,
        comment=row.notes,
        created=row.asked_at or row.booked_at,
        delivery_channel=session.delivery_channel,
        practitioner_role=session.practitioner_role,
        slot_type=row.slot.slot_type.name,
        session_id=session.pk,
        session_name=session.name,
        patient_id=row.patient.merged_into_id or row.patient_id,
        site_id=session.site_id,
        practitioner_id=holder.account_id if holder else None,
        booked_by_ods_code=row.booked_by_ods_code,
        booked_by_name=row.booked_by_contact.get("name") or (organisation.name if organisation else ""),
        booked_by_type=row.booked_by_organisation_type,
        booked_by_contact=row.booked_by_contact or _contact(organisation.phone if organisation else ""),
        cancellation_reason=row.cancellation_reason,
        hub_id=row.organisation_id,
        source=row.source,
    )


def _contact(phone: str) -> dict[str, Any]:
    """Of who booked on a page, and so sent nothing: what is known here."""
    return {"telecom": [{"system": "phone", "value": phone, "use": "work"}]} if phone else {}


def appointment_rows(actor: Actor) -> QuerySet[Booking]:
    """The actor's own book, as `view_of` reads it."""
    rows = Booking.objects.filter(organisation=actor.organisation.id)
    seats = Prefetch("booked_slots", BookedSlot.objects.order_by("slot__starts_at"))
    return rows.select_related(
        "slot__session__holder", "slot__holder", "slot__slot_type", "patient", "booked_by_organisation"
    ).prefetch_related(seats)
