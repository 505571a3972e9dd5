"""The slot search of the pages: hand-written SQL (tests compare it with the rules and the ORM)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from pcnhub.care.appointments.queries.consumers import staff_consumer
from pcnhub.care.appointments.queries.open_slots import (
    BOOKABLE,
    HOLDER_AND_PLACE,
    OPEN_TO_PATIENTS,
    OPEN_TO_STAFF,
    parameters_of,
    parameters_of_link,
)
from pcnhub.care.appointments.queries.views import SlotCriteria, SlotPage, SlotView
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit, permitted_among
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotShared, Problem

MOST_DAYS = 14  # GP Connect: one search spans two weeks at most; `domain.md` 12.2 A3
PAGE_SIZE = 50
FEW_HUBS = 4  # more are searched a few hours at a time
FIRST_HOURS = (12, 48)

SLOT_COLUMNS = (
    """
  slot.id, slot.hub_id, hub.name, session.id, session.name, slot.starts_at, slot.ends_at, slot.state,
  kind.id, kind.name, kind.eligibility_text, site.id, coalesce(site.name, ''),
  session.delivery_channel, session.practitioner_role, holder.id,
  coalesce(account.given_name || ' ' || account.family_name, ''), slot.blocked_reason,
  slot.held_until, slot.extra_seat_of_id, slot.override_reason
from appointments_slot slot
join appointments_session session on session.id = slot.session_id
join appointments_slottype kind on kind.id = slot.slot_type_id
join organisations_organisation hub on hub.id = slot.hub_id
"""
    + HOLDER_AND_PLACE
)

# As `rules.visibility.reasons_unseen` decides; the agreement is asked before, hub by hub. Constants only: nothing that anybody
# typed becomes SQL.
_OPEN = f"slot.hub_id = any(%(hubs)s) and {OPEN_TO_STAFF} and {OPEN_TO_PATIENTS} and {BOOKABLE}"

_SEARCH = f"""
select {SLOT_COLUMNS} where {_OPEN}
  and slot.starts_at >= %(from)s and slot.starts_at < %(to)s
  and (%(site)s::bigint is null or session.site_id = %(site)s)
  and (%(kind)s::bigint is null or slot.slot_type_id = %(kind)s)
  and (%(channel)s = '' or session.delivery_channel = %(channel)s)
  and (cardinality(%(roles)s::text[]) = 0 or session.practitioner_role = any(%(roles)s))
  and (%(from_time)s::time is null or (slot.starts_at at time zone 'Europe/London')::time >= %(from_time)s)
  and (%(to_time)s::time is null or (slot.starts_at at time zone 'Europe/London')::time < %(to_time)s)
order by slot.starts_at, slot.id limit %(limit)s offset %(offset)s
"""

# The same kind of slot first, then by distance in time.
_NEAREST = f"""
select {SLOT_COLUMNS} where {_OPEN} and slot.id <> %(slot)s
  and slot.starts_at between %(near)s - interval '14 days' and %(near)s + interval '14 days'
order by slot.slot_type_id <> %(kind)s, abs(extract(epoch from slot.starts_at - %(near)s)), slot.id limit %(limit)s
"""  # noqa: S608

# What serves as well: another clinician at the same time, for the same.
_ALIKE = f"""
select {SLOT_COLUMNS} where {_OPEN} and slot.id <> %(slot)s and slot.starts_at = %(starts)s
  and slot.slot_type_id = %(kind)s and session.delivery_channel = %(channel)s order by slot.id
"""

_BY_SESSION = f"select {SLOT_COLUMNS} where slot.session_id = %(session)s order by slot.starts_at, slot.id"
_BY_SESSIONS = f"select {SLOT_COLUMNS} where slot.session_id = any(%(sessions)s) order by slot.starts_at, slot.id"
_ONE = f"select {SLOT_COLUMNS} where slot.id = %(slot)s"


def free_slots(*, actor: Actor, now: datetime, criteria: SlotCriteria) -> SlotPage:
    """The free slots that the actor's organisation may book, `PAGE_SIZE` a page.

    A hub whose agreement is not effective adds a note, not an error: what a non-member finds is nothing (`domain.md` 12.2
    A2). Raises InvalidInput (more than 14 days, end before start) and NotPermitted.
    """
    problems = problems_of(criteria)
    if problems:
        raise InvalidInput(problems)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.BOOK_APPOINTMENTS, now=now)
        hubs, notes = open_hubs(actor=actor, now=now, hub_id=criteria.hub_id)
        values = {
            **_who(actor, hubs, now),
            "from": day_bounds(criteria.from_on)[0],
            "to": day_bounds(criteria.to_on)[1],
            "site": criteria.site_id,
            "kind": criteria.slot_type_id,
            "channel": criteria.delivery_channel,
            "roles": list(criteria.practitioner_roles),
            "from_time": criteria.from_time,
            "to_time": criteria.to_time,
            "limit": PAGE_SIZE + 1,
            "offset": (criteria.page - 1) * PAGE_SIZE,
        }
        found = _page(values) if hubs else ()
        record(
            actor=actor,
            now=now,
            action="appointments.slots-searched",
            subject=Subject("slots"),
            detail={"hubs": hubs, "from": criteria.from_on.isoformat(), "to": criteria.to_on.isoformat()},
        )
    return SlotPage(found[:PAGE_SIZE], criteria.page, len(found) > PAGE_SIZE, notes)


def _page(values: dict[str, Any]) -> tuple[SlotView, ...]:
    """The rows of one page. Over many hubs the first hours mostly fill it: what comes later is looked for only when they
    don't, since judging two weeks of every hub to show fifty slots would take seconds."""
    if len(values["hubs"]) > FEW_HUBS:
        begin = max(values["from"], values["now"])
        for hours in FIRST_HOURS:
            end = begin + timedelta(hours=hours)
            found = _rows(_SEARCH, values | {"to": end}) if end < values["to"] else ()
            if len(found) == values["limit"]:  # in order of time: nothing later can stand before these
                return found
    return _rows(_SEARCH, values)


def nearest_free(*, actor: Actor, now: datetime, slot: SlotView, most: int = 3) -> tuple[SlotView, ...]:
    """The free slots of the same hub that come nearest to one that is gone: its own kind first, then by time."""
    values = {**_who(actor, [slot.hub_id], now), "slot": slot.id, "kind": slot.slot_type_id, "near": slot.starts_at}
    return _rows(_NEAREST, values | {"limit": most})


def alike(*, actor: Actor, now: datetime, slot: SlotView) -> tuple[SlotView, ...]:
    """The free slots of the same hub, time, type and delivery channel: any suitable clinician."""
    values = {**_who(actor, [slot.hub_id], now), "slot": slot.id, "kind": slot.slot_type_id}
    return _rows(_ALIKE, values | {"starts": slot.starts_at, "channel": slot.delivery_channel})


def find_slot(*, slot_id: int) -> SlotView | None:
    """One slot, whatever its state. Says nothing of who may see it: ask `rules.visibility`."""
    found = _rows(_ONE, {"slot": slot_id})
    return found[0] if found else None


def slots_of_session(*, session_id: int) -> tuple[SlotView, ...]:
    """Every slot of a session, in order of time, whatever its state."""
    return _rows(_BY_SESSION, {"session": session_id})


def slots_of_sessions(*, session_ids: Sequence[int]) -> tuple[SlotView, ...]:
    """Every slot of these sessions, in order of time, whatever its state."""
    return _rows(_BY_SESSIONS, {"sessions": list(session_ids)})


def open_hubs(*, actor: Actor, now: datetime, hub_id: int | None) -> tuple[list[int], tuple[str, ...]]:
    """The hubs whose slots the actor may look for (the one asked for, or all that work for the organisation), and for each
    of the others a sentence that says why not."""
    day = london_date(now)
    candidates = (
        organisations.hubs_of(organisation_id=actor.organisation.id, day=day)
        if hub_id is None
        else (organisations.organisation_ref(id=hub_id),)
    )
    asked: dict[str, Any] = {
        "actor": actor,
        "permission": Permission.BOOK_APPOINTMENTS,
        "now": now,
        "agreement": AgreementKind.APPOINTMENTS,
    }
    granted = permitted_among(**asked, data_organisation_ids=[hub.id for hub in candidates])
    hubs, notes = [], []
    for hub in candidates:
        if hub.id in granted:
            hubs.append(hub.id)
            continue
        try:
            permit(**asked, data_organisation_id=hub.id)
        except NotShared as refusal:
            notes.append(refusal.sentence())
        else:
            hubs.append(hub.id)
    if not candidates:
        notes.append(
            f"{actor.organisation.name} belongs to no network with a hub here. Ask for it to be added to the network. "
            "Who can: the hub's manager."
        )
    return hubs, tuple(notes)


def problems_of(criteria: SlotCriteria) -> list[Problem]:
    problems = []
    if criteria.to_on < criteria.from_on:
        problems.append(
            Problem(
                "to_on",
                "before-start",
                "The last day is before the first",
                "Give a later day.",
                criteria.to_on.isoformat(),
            )
        )
    elif criteria.to_on - criteria.from_on >= timedelta(days=MOST_DAYS):
        latest = criteria.from_on + timedelta(days=MOST_DAYS - 1)
        problems.append(
            Problem(
                "to_on",
                "more-than-14-days",
                f"One search spans at most {MOST_DAYS} days",
                f"Search to {latest:%-d %B %Y}, then from the day after.",
                criteria.to_on.isoformat(),
            )
        )
    if criteria.from_time and criteria.to_time and criteria.to_time <= criteria.from_time:
        problems.append(
            Problem(
                "to_time", "before-start", "The end of the time of day is not after its start", "Give a later time."
            )
        )
    if criteria.page < 1:
        problems.append(
            Problem("page", "out-of-range", "Pages count from 1", "Start at the first page.", str(criteria.page))
        )
    return problems


def _who(actor: Actor, hubs: list[int], now: datetime) -> dict[str, Any]:
    """The agreement has been asked for each of the hubs; for one's own it need not be."""
    consumer = staff_consumer(actor=actor, agreement_effective=True)
    return {**parameters_of(consumer, now=now), **parameters_of_link(consumer, now=now), "hubs": hubs}


def _rows(statement: str, values: Mapping[str, Any]) -> tuple[SlotView, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return tuple(SlotView(*row) for row in cursor.fetchall())
