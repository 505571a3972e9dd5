"""One booking, read by a statement of its own: hand-written, planned once for each connection, nothing but what is told.

It is read anew with every change of a booking, and Django's SQL for it (a dozen tables, every column) takes PostgreSQL ten times
as long to plan as to run. Row security decides what it sees, as with every read; tests compare it with the ORM's answer.
"""

from __future__ import annotations

from typing import Any

from pcnhub.care.appointments.queries.views import BookingView, SlotView
from pcnhub.care.appointments.rules.booking import worst_registration
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.foundations.database import prepared
from pcnhub.foundations.kernel.actors import Actor

_SLOT = """
join appointments_slot slot on slot.id = booking.slot_id
join appointments_session session on session.id = slot.session_id
join appointments_slottype kind on kind.id = slot.slot_type_id
left join organisations_position holder on holder.id = coalesce(slot.holder_id, session.holder_id)
left join organisations_organisation booker on booker.id = booking.booked_by_organisation_id
"""

# `person`: of a row that was merged, the one that is used instead, where the reader may see it.
# The entry that the patient's was put together with. No `coalesce`: PostgreSQL takes it for something that may tell what row
# security hides, so that it would look at every patient of the platform instead of going by the index.
_WHOSE = "case when merged.id is null then patient.id else merged.id end"

BOOKING = f"""
select
  slot.id, booking.organisation_id, hub.name, session.id, session.name, slot.starts_at,
  greatest(slot.ends_at, booking.ends_at), slot.state, kind.id, kind.name, kind.eligibility_text, session.site_id,
  coalesce(site.name, ''), session.delivery_channel, session.practitioner_role, holder.id,
  coalesce(account.given_name || ' ' || account.family_name, ''), slot.blocked_reason, slot.held_until, slot.extra_seat_of_id,
  slot.override_reason,
  (patient.is_sensitive or person.is_sensitive) and not (person.nhs_number is null and person.put_down_by = %(user)s),
  person.given_name || ' ' || person.family_name,
  coalesce(person.nhs_number, ''), person.birth_date, coalesce(practice.name, ''), booking.reason, booking.notes,
  person.registration_state, home.registration_state,
  booking.id, person.id, person.registered_patient_id, booking.patient_practice_id, booking.booked_by_name,
  coalesce(booker.name, booking.booked_by_contact ->> 'name', booking.booked_by_ods_code), booking.booked_by_organisation_id,
  booking.booked_at, booking.source, booking.status, booking.version, booking.cancelled_at, booking.cancellation_reason,
  booking.replaces_id,
  array(select seat.slot_id from appointments_bookedslot seat where seat.booking_id = booking.id order by seat.slot_id),
  booking.counted_quota_ids
from appointments_booking booking
join organisations_organisation hub on hub.id = booking.organisation_id
{_SLOT}
join patients_patient patient on patient.id = booking.patient_id
left join patients_patient merged on merged.id = patient.merged_into_id
join patients_patient person on person.id = {_WHOSE}
left join organisations_site site on site.id = session.site_id
left join organisations_account account on account.id = holder.account_id
left join patients_patient home on home.id = person.registered_patient_id
left join organisations_organisation practice on practice.id = booking.patient_practice_id
where booking.id = %(booking)s
"""  # noqa: S608
_OF_SLOT, _OF_PATIENT = 21, 9  # columns of each, in this order; the booking's own come last

# In the order of `AppointmentView`, but for what the booking organisation said of itself; then whom and what it concerns.
APPOINTMENT = f"""
select booking.id, booking.version, booking.status,
  array(select seat.slot_id from appointments_bookedslot seat join appointments_slot of_seat on of_seat.id = seat.slot_id
        where seat.booking_id = booking.id order by of_seat.starts_at),
  booking.starts_at, booking.ends_at, booking.reason, booking.notes, coalesce(booking.asked_at, booking.booked_at),
  session.delivery_channel, session.practitioner_role, kind.name, session.id, session.name,
  coalesce(patient.merged_into_id, patient.id), session.site_id, holder.account_id, booking.booked_by_ods_code,
  booking.booked_by_organisation_type, booking.cancellation_reason, booking.organisation_id, booking.source,
  booking.booked_by_contact::text, coalesce(booker.name, ''), coalesce(booker.phone, ''),
  booking.slot_id, booking.patient_practice_id, coalesce(patient.nhs_number, ''), patient.is_sensitive
from appointments_booking booking
{_SLOT}
join patients_patient patient on patient.id = booking.patient_id
where booking.id = %(booking)s and booking.organisation_id = %(hub)s
"""  # noqa: S608

BY_KEY = "select id from appointments_booking where booked_by_ods_code = %(ods)s and idempotency_key = %(key)s"
_BOOKING_TYPES = {"booking": "bigint", "user": "text"}
_TYPES = {"booking": "bigint", "hub": "bigint", "ods": "text", "key": "text"}


def find_booking(*, actor: Actor, booking_id: int) -> BookingView | None:
    """The booking as far as the actor may read it (`is_withheld`: a protected patient's)."""
    for row in prepared.rows(BOOKING, _BOOKING_TYPES, {"booking": booking_id, "user": actor.user}):
        slot = SlotView(*row[:_OF_SLOT])
        of_patient, own = row[_OF_SLOT : _OF_SLOT + _OF_PATIENT], row[_OF_SLOT + _OF_PATIENT :]
        return _booking(actor, slot, of_patient, own)
    return None


def _booking(actor: Actor, slot: SlotView, of_patient: tuple[Any, ...], own: tuple[Any, ...]) -> BookingView:
    is_sensitive, name, nhs_number, birth_date, practice, reason, notes, *states = of_patient
    withheld = is_sensitive and not actor.may(Permission.VIEW_SENSITIVE)
    (
        id_, patient_id, registered_patient_id, practice_id, by_name, by, by_id, at, source, status, version, cancelled_at,
        why_cancelled, replaces_id, slot_ids, quota_ids,
    ) = own  # fmt: skip
    return BookingView(
        id=id_,
        hub_id=slot.hub_id,
        hub=slot.hub,
        slot=slot,
        patient_id=patient_id,
        registered_patient_id=registered_patient_id,
        patient_name="" if withheld else name,
        nhs_number="" if withheld else nhs_number,
        birth_date=None if withheld else birth_date,
        practice_id=practice_id,
        practice="" if withheld else practice,
        booked_by_name=by_name,
        booked_by_organisation=by,
        booked_by_organisation_id=by_id,
        booked_at=at,
        source=source,
        reason="" if withheld else reason,
        notes="" if withheld else notes,
        status=status,
        version=version,
        cancelled_at=cancelled_at,
        cancellation_reason=why_cancelled,
        replaces_id=replaces_id,
        registration=RegistrationState.ACTIVE
        if withheld
        else worst_registration([state for state in states if state is not None]),
        is_withheld=withheld,
        slot_ids=tuple(slot_ids),
        counted_quota_ids=tuple(quota_ids),
    )


def appointment_row(*, hub_id: int, booking_id: int) -> tuple[Any, ...] | None:
    """The columns of `APPOINTMENT`, of this hub's own book."""
    found = prepared.rows(APPOINTMENT, _TYPES, {"booking": booking_id, "hub": hub_id})
    return found[0] if found else None


def booked_by_key(*, ods_code: str, key: str) -> int | None:
    """The booking that this key made, of whichever organisation's."""
    found = prepared.rows(BY_KEY, _TYPES, {"ods": ods_code, "key": key})
    return found[0][0] if found else None
