"""The free slots that GP Connect offers to a consumer: the hot path of the provider, one statement."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

from pcnhub.care.appointments.queries.open_slots import (
    HOLDER_IS_THERE,
    NAMED,
    QUOTA_IS_LEFT,
    RELEASED,
    SEAT_IS_FREE,
    SESSION_IS_FIT,
    TIME_IS_RIGHT,
    TYPE_IS_OPEN,
    TYPE_OF_ORGANISATION,
    parameters_of,
)
from pcnhub.care.appointments.rules.visibility import Consumer, Route, reasons_of_consumer
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


class OfferedSlot(NamedTuple):
    """One free slot with its session, place and practitioner, as GP Connect's Slot, Schedule, Practitioner, Location and
    Organization need them. Versions are the rows' own (they change with every change of the row). Instants are aware."""

    slot_id: int
    slot_version: int
    starts_at: datetime
    ends_at: datetime
    slot_type: str
    session_id: int
    session_version: int
    session_name: str
    session_starts_at: datetime
    session_ends_at: datetime
    delivery_channel: str
    practitioner_role: str
    site_id: int
    site_version: int
    site_name: str
    site_address_lines: list[str]
    site_postcode: str
    site_phone: str
    practitioner_id: int
    practitioner_version: int
    practitioner_given_name: str
    practitioner_family_name: str
    practitioner_title: str
    practitioner_gender: str
    practitioner_sds_user_id: str
    hub_id: int
    hub_version: int
    hub_ods_code: str
    hub_name: str
    hub_phone: str = ""
    hub_email: str = ""


# First the sessions that these days have free slots of, each judged once; then their slots. Both by the index of free slots.
OFFERED = f"""
with session as materialized (
  select session.*, session.xmin::text::bigint as version, session.open_to_all or {NAMED} as is_open
  from appointments_session session
  where session.id in (
      select slot.session_id from appointments_slot slot
      where slot.hub_id = %(hub)s and slot.state = 'free' and slot.starts_at >= %(from)s and slot.starts_at < %(to)s)
    and session.gp_connect_bookable and {SESSION_IS_FIT} and {TYPE_OF_ORGANISATION} and {QUOTA_IS_LEFT}
)
select slot.id, slot.xmin::text::bigint, slot.starts_at, slot.ends_at, kind.name,
  session.id, session.version, session.name, session.starts_at, session.ends_at,
  session.delivery_channel, session.practitioner_role,
  site.id, site.version, site.name, site.address_lines, site.postcode, site.phone,
  account.id, account.version, account.given_name, account.family_name, account.title, account.gender,
  coalesce(account.sds_user_id, ''),
  hub.id, hub.version, hub.ods_code, hub.name, hub.phone, hub.email
from session
join appointments_slot slot on slot.session_id = session.id
join appointments_slottype kind on kind.id = slot.slot_type_id
join organisations_position holder on holder.id = coalesce(slot.holder_id, session.holder_id)
join organisations_account account on account.id = holder.account_id
join organisations_site site on site.id = session.site_id
join organisations_organisation hub on hub.id = slot.hub_id
where slot.hub_id = %(hub)s and slot.starts_at >= %(from)s and slot.starts_at < %(to)s and slot.ends_at <= %(to)s
  and {SEAT_IS_FREE} and {TYPE_IS_OPEN} and {TIME_IS_RIGHT} and {HOLDER_IS_THERE}
  and (session.is_open or {RELEASED})
order by slot.starts_at, slot.id
"""  # noqa: S608


def offered_slots(
    *, actor: Actor, now: datetime, consumer: Consumer, starts_from: datetime, ends_by: datetime
) -> list[OfferedSlot]:
    """The free slots of the actor's own hub that a GP Connect consumer may book and that lie wholly between the two instants,
    in order of time; what is past is not among them. How far apart the instants may be is the caller's to refuse.

    Put on record. Raises NotPermitted. Source: GP Connect 1.2.7, search for free slots; `domain.md` 12.1.
    """
    if consumer.route is not Route.GP_CONNECT:
        raise ValueError("offered_slots is for GP Connect's consumers: the pages ask free_slots")
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        found: list[OfferedSlot] = []
        if not any(reasons_of_consumer(consumer)):
            values = parameters_of(consumer, now=now) | {
                "hub": actor.organisation.id,
                "from": starts_from,
                "to": ends_by,
            }
            with connection.cursor() as cursor:
                # Four instants a row: psycopg's own reader, in C, in the place of Django's, in Python. It reads the same.
                cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
                cursor.execute(OFFERED, values)
                found = [OfferedSlot(*row) for row in cursor.fetchall()]
        record(
            actor=actor,
            now=now,
            action="appointments.slots-searched",
            subject=Subject("slots"),
            detail={
                "consumer": consumer.ods_code,
                "type": consumer.organisation_type,
                "found": len(found),
                "from": starts_from.isoformat(),
                "to": ends_by.isoformat(),
            },
        )
        return found
