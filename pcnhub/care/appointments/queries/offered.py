"""The free slots that GP Connect offers to a consumer: the hot path of the provider, one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from pcnhub.care.appointments.queries.open_slots import (
    DAY,
    HOLDER_IS_THERE,
    NAMED,
    QUOTA_IS_LEFT,
    RELEASED,
    SEAT_IS_FREE,
    SESSION_IS_FIT,
    TIME_IS_RIGHT,
    TYPE_IS_OPEN,
    TYPE_OF_ORGANISATION,
    TYPES_OF_PARAMETERS,
    on_day,
    parameters_of,
)
from pcnhub.care.appointments.rules.visibility import Consumer, Route, reasons_of_consumer
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database import prepared
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


class OfferedClinic(NamedTuple):
    """What slots of one session, practitioner and type have in common, as GP Connect's Schedule, Practitioner, Location and
    Organization need it. Versions are the rows' own (they change with every change of the row). Instants are aware."""

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


class OfferedSlot(NamedTuple):
    """One free slot, and the clinic that it is of: the same object for all of its slots."""

    slot_id: int
    version: int
    starts_at: datetime
    ends_at: datetime
    clinic: OfferedClinic


# The free slots of these days by their index; then what they hang on, each row found by its id, judged and sent once; only then
# the two together. Written so that a plan for any values does as well as one for these: nothing is looked up slot by slot.
OFFERED = f"""
with free as materialized (
  select slot.id, slot.xmin::text::bigint as version, slot.starts_at, slot.ends_at, {DAY} as day, slot.hub_id, slot.session_id,
    slot.slot_type_id, slot.holder_id
  from appointments_slot slot
  where slot.hub_id = %(hub)s and slot.starts_at >= %(from)s and slot.starts_at < %(to)s and slot.ends_at <= %(to)s
    and {SEAT_IS_FREE}
), session as materialized (
  select session.*, session.xmin::text::bigint as version, session.open_to_all or {NAMED} as is_open
  from appointments_session session
  where session.id = any(array(select distinct free.session_id from free))
    and session.gp_connect_bookable and {SESSION_IS_FIT} and {TYPE_OF_ORGANISATION} and {QUOTA_IS_LEFT}
), slot as materialized (
  select slot.*, coalesce(slot.holder_id, session.holder_id) as held_by_id, session.site_id
  from free slot join session on session.id = slot.session_id
  where {on_day(TIME_IS_RIGHT)} and (session.is_open or {on_day(RELEASED)})
), kind as materialized (
  select kind.* from appointments_slottype kind where kind.id = any(array(select distinct slot.slot_type_id from slot))
), holder as materialized (
  select holder.* from organisations_position holder where holder.id = any(array(select distinct slot.held_by_id from slot))
), account as materialized (
  select account.* from organisations_account account where account.id = any(array(select holder.account_id from holder))
), site as materialized (
  select site.* from organisations_site site where site.id = any(array(select distinct slot.site_id from slot))
), clinic as (
  select slot.session_id, slot.slot_type_id, holder.id as holder_id, array_agg(slot.id) as ids,
    array_agg(slot.version) as versions, array_agg(slot.starts_at) as starts, array_agg(slot.ends_at) as ends
  from slot
  join kind on kind.id = slot.slot_type_id
  join holder on holder.id = slot.held_by_id
  join account on account.id = holder.account_id
  join site on site.id = slot.site_id
  where {TYPE_IS_OPEN} and {on_day(HOLDER_IS_THERE)}
  group by slot.session_id, slot.slot_type_id, holder.id
)
select clinic.ids, clinic.versions, clinic.starts, clinic.ends, kind.name,
  session.id, session.version, session.name, session.starts_at, session.ends_at,
  session.delivery_channel, session.practitioner_role,
  site.id, site.version, site.name, site.address_lines, site.postcode, site.phone,
  account.id, account.version, account.given_name, account.family_name, account.title, account.gender,
  coalesce(account.sds_user_id, ''),
  hub.id, hub.version, hub.ods_code, hub.name, hub.phone, hub.email
from clinic
join session on session.id = clinic.session_id
join kind on kind.id = clinic.slot_type_id
join holder on holder.id = clinic.holder_id
join account on account.id = holder.account_id
join site on site.id = session.site_id
join organisations_organisation hub on hub.id = %(hub)s
"""  # noqa: S608
TYPES = TYPES_OF_PARAMETERS | {"hub": "bigint", "from": "timestamptz", "to": "timestamptz"}


def offered_slots(
    *, actor: Actor, now: datetime, consumer: Consumer, starts_from: datetime, ends_by: datetime
) -> list[OfferedSlot]:
    """The free slots of the actor's own hub that a GP Connect consumer may book and that lie wholly between the two instants,
    in order of time; what is past is not among them. How far apart the instants may be is the caller's to refuse.

    Put on record. Raises NotPermitted. Source: GP Connect 1.2.7, search for free slots; `domain.md` 12.1.
    """
    if consumer.route is not Route.GP_CONNECT:
        raise ValueError("offered_slots is for GP Connect's consumers: the pages ask free_slots")
    with unit_of_work(actor, only_reads=True):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        found: list[OfferedSlot] = []
        if not any(reasons_of_consumer(consumer)):
            values = parameters_of(consumer, now=now) | {
                "hub": actor.organisation.id,
                "from": starts_from,
                "to": ends_by,
            }
            found = sorted(_slots(prepared.rows(OFFERED, TYPES, values)), key=_by_time)
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


def _slots(rows: Iterable[tuple[Any, ...]]) -> Iterator[OfferedSlot]:
    for ids, versions, starts, ends, *shared in rows:
        clinic = OfferedClinic(*shared)
        for each in zip(ids, versions, starts, ends, strict=True):
            yield OfferedSlot(*each, clinic)


def _by_time(slot: OfferedSlot) -> tuple[datetime, int]:
    return slot.starts_at, slot.slot_id
