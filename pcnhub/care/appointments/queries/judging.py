"""Slots as `rules.visibility` judges them, whatever their state: a slot that is being booked, or a whole book to explain."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from pcnhub.care.appointments.queries.slots import SLOT_COLUMNS
from pcnhub.care.appointments.queries.views import SlotView
from pcnhub.care.appointments.rules.visibility import QuotaFacts, SlotFacts
from pcnhub.care.organisations.rules import why_position_does_not_hold
from pcnhub.foundations.database import prepared
from pcnhub.foundations.kernel.local_time import day_bounds, london_date


@dataclass(frozen=True, slots=True)
class JudgedSlot:
    """A slot as a person reads it and as the rules judge it, of one moment."""

    slot: SlotView
    facts: SlotFacts


class _Facts(NamedTuple):
    """What the rules ask besides what a person reads, in the order of `_FACTS`."""

    session_state: str
    group_ids: list[int]
    type_bookable: bool
    embargo_minutes: int | None
    gp_connect_bookable: bool
    open_to_all: bool
    organisation_types: list[str]
    organisation_ods_codes: list[str]
    window_days: int | None
    closes_minutes: int | None
    release_group_id: int | None
    release_group: str
    release_at: Any
    held_until: datetime | None
    held_by: str
    is_extra: bool
    quotas: list[list[Any]]
    holder_organisation_id: int | None
    holder_starts_on: date
    holder_ends_on: date | None
    holder_awaits: bool
    holder_job_role: str
    account_is_active: bool
    site_closed_on: date | None
    patients_may_book: bool


_FACTS = """
  session.state,
  array(select opened.organisationgroup_id from appointments_session_groups opened where opened.session_id = session.id),
  kind.bookable, kind.embargo_minutes, session.gp_connect_bookable, session.open_to_all, session.organisation_types,
  session.organisation_ods_codes, session.window_days, session.closes_minutes, session.release_group_id,
  coalesce(release_to.name, ''), session.release_at, slot.held_until, slot.held_by, slot.extra_seat_of_id is not null,
  (select coalesce(json_agg(json_build_array(quota.id, quota.profile, quota.subject, quota.at_most, quota.used,
      (select of_group.name from organisations_organisationgroup of_group
       where quota.profile = 'group' and of_group.id::text = quota.subject)) order by quota.id), '[]')
   from appointments_sessionquota quota where quota.session_id = session.id),
  holder.organisation_id, holder.starts_on, holder.ends_on, holder.awaits_acceptance, holder.job_role_code,
  account.is_active, site.closed_on, kind.patients_may_book,
"""
_JUDGED = f"""
select {_FACTS} {SLOT_COLUMNS}
left join organisations_organisationgroup release_to on release_to.id = session.release_group_id
"""
_BY_ID = f"{_JUDGED} where slot.id = any(%(slots)s) order by slot.starts_at, slot.id"
_SAME_SESSION = f"""{_JUDGED}
where slot.session_id = (select one.session_id from appointments_slot one where one.id = %(slot)s)
order by slot.starts_at, slot.id
"""  # noqa: S608
_OF_HUB = f"""{_JUDGED}
where slot.hub_id = %(hub)s and slot.starts_at >= %(from)s and slot.starts_at < %(to)s order by slot.starts_at, slot.id
"""


def judged_slots(*, slot_ids: list[int]) -> list[JudgedSlot]:
    """These slots, in order of time; whoever does not exist is not among them."""
    return _each(prepared.rows(_BY_ID, {"slots": "bigint[]"}, {"slots": slot_ids}))


def judged_session(*, slot_id: int) -> list[JudgedSlot]:
    """Every slot of the session that this one is of, whatever its state, in order of time."""
    return _each(prepared.rows(_SAME_SESSION, {"slot": "bigint"}, {"slot": slot_id}))


def judged_book(*, hub_id: int, from_on: date, to_on: date) -> list[JudgedSlot]:
    """Every slot of a hub that starts on those London days, both included, whatever its state, in order of time."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_HUB, {"hub": hub_id, "from": day_bounds(from_on)[0], "to": day_bounds(to_on)[1]})
        return _each(cursor.fetchall())


def _each(rows: Iterable[tuple[Any, ...]]) -> list[JudgedSlot]:
    many = len(_Facts._fields)
    return [_of(_Facts(*row[:many]), SlotView(*row[many:])) for row in rows]


def _of(row: _Facts, slot: SlotView) -> JudgedSlot:
    facts = SlotFacts(
        hub_id=slot.hub_id,
        state=slot.state,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        session_state=row.session_state,
        session_group_ids=frozenset(row.group_ids),
        type_bookable=row.type_bookable,
        gp_connect_bookable=row.gp_connect_bookable,
        open_to_all=row.open_to_all,
        organisation_types=frozenset(row.organisation_types),
        organisation_ods_codes=frozenset(row.organisation_ods_codes),
        release_group_id=row.release_group_id,
        release_group=row.release_group,
        release_at=row.release_at,
        window_days=row.window_days,
        embargo_minutes=row.embargo_minutes,
        closes_minutes=row.closes_minutes,
        holder_says=_of_holder(row, slot),
        site_says=_of_site(row, slot),
        delivery_channel=slot.delivery_channel,
        practitioner_role=slot.practitioner_role,
        quotas=tuple(_quota(*quota) for quota in _read(row.quotas)),
        held_until=row.held_until,
        held_by=row.held_by,
        is_extra=row.is_extra,
        blocked_reason=slot.blocked_reason,
        slot_type_id=slot.slot_type_id,
        patients_may_book=row.patients_may_book,
    )
    return JudgedSlot(slot, facts)


def _read(quotas: Any) -> list[list[Any]]:
    """Django's cursor leaves JSON as text."""
    return list(json.loads(quotas) if isinstance(quotas, str) else quotas)


def _quota(id_: int, profile: str, subject: str, at_most: int, used: int, group: str | None) -> QuotaFacts:
    return QuotaFacts(id_, profile, subject, group or subject, at_most, used)


def _of_holder(row: _Facts, slot: SlotView) -> str:
    """Why nobody can be booked with the holder on the slot's day, one sentence; empty when they can (12.1 #7)."""
    if slot.holder_id is None:
        return "The session has no holder."
    if row.holder_organisation_id != slot.hub_id:
        return "The holder's position is at another organisation."
    if row.holder_awaits:
        return "The holder has not accepted the position yet."
    if not row.holder_job_role:
        return "The holder's position has no job role."
    return why_position_does_not_hold(
        london_date(slot.starts_at),
        starts_on=row.holder_starts_on,
        ends_on=row.holder_ends_on,
        account_is_active=row.account_is_active,
        organisation_closed_on=None,
    )


def _of_site(row: _Facts, slot: SlotView) -> str:
    """Why nobody can be seen at the site on the slot's day; empty when they can (12.1 #8)."""
    if slot.site_id is None:
        return "The session has no site."
    if row.site_closed_on is not None and row.site_closed_on <= london_date(slot.starts_at):
        return f"{slot.site} closed on {row.site_closed_on:%-d %B %Y}."
    return ""
