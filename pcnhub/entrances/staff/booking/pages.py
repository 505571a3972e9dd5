"""What the booking pages show: slots by day, in London time."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

from django.http import QueryDict

from pcnhub.care.appointments.queries import SlotPage, SlotView
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One slot of a list. `label` tells it from every other: it is the hidden part of its link's text."""

    slot: SlotView
    day: str
    starts: str
    ends: str
    label: str
    alike: bool = False  # the first of several slots of one time, type and channel: any clinician will do


@dataclass(frozen=True, slots=True)
class Found:
    """A page of free slots, by day, with the addresses of the pages before and after ('' when there is none)."""

    days: tuple[tuple[str, tuple[SlotRow, ...]], ...]
    notes: tuple[str, ...]
    previous: str
    next: str


def day_words(instant: datetime) -> str:
    return f"{in_london(instant):%A %-d %B %Y}"


def clock(instant: datetime) -> str:
    return f"{in_london(instant):%H:%M}"


def slot_row(slot: SlotView) -> SlotRow:
    day, starts = day_words(slot.starts_at), clock(slot.starts_at)
    label = f"{starts} on {day} with {slot.holder}, {slot.slot_type}, {slot.site}"
    return SlotRow(slot, day, starts, clock(slot.ends_at), label)


def found_of(page: SlotPage, query: QueryDict) -> Found:
    rows = _with_alike(page)
    return Found(
        days=tuple((day, tuple(of_day)) for day, of_day in groupby(rows, key=lambda row: row.day)),
        notes=page.notes,
        previous=_page_address(query, page.page - 1) if page.page > 1 else "",
        next=_page_address(query, page.page + 1) if page.has_more else "",
    )


def _with_alike(page: SlotPage) -> list[SlotRow]:
    """Each slot's row; the first of several that differ in the clinician alone is marked."""
    many = Counter(_kind(slot) for slot in page.slots)
    rows, seen = [], set()
    for slot in page.slots:
        kind = _kind(slot)
        rows.append(replace(slot_row(slot), alike=many[kind] > 1 and kind not in seen))
        seen.add(kind)
    return rows


def _kind(slot: SlotView) -> tuple[object, ...]:
    return slot.hub_id, slot.starts_at, slot.slot_type_id, slot.delivery_channel


def may_override(actor: Actor, *, hub_id: int) -> bool:
    """Whether the actor gives extra seats in this hub's book."""
    at_hub = actor.organisation.id == hub_id and actor.organisation.kind == OrganisationKind.HUB
    return at_hub and actor.may(Permission.MANAGE_ROTA)


def page_number(query: QueryDict) -> int:
    text = query.get("page", "")
    return int(text) if text.isdecimal() and 0 < len(text) < 5 and int(text) else 1


def new_key() -> str:
    """One wish to book: sent twice, it is answered once."""
    return secrets.token_urlsafe(18)


def _page_address(query: QueryDict, number: int) -> str:
    kept = [(name, value) for name, value in query.items() if name != "page"]
    return f"?{urlencode([*kept, ('page', number)])}"
