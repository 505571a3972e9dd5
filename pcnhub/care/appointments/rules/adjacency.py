"""Slots that touch make one appointment: of one session, one clinician, one delivery channel, one type (GP Connect 1.2.7,
multi-slot)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Protocol, TypeVar

MOST_SLOTS = 4
"""On the pages: how many slots one appointment may take. Over GP Connect the consumer says which."""


class Timed(Protocol):
    """What is asked of a slot."""

    @property
    def id(self) -> int: ...
    @property
    def session_id(self) -> int: ...
    @property
    def holder_id(self) -> int | None: ...
    @property
    def slot_type_id(self) -> int: ...
    @property
    def delivery_channel(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def extra_seat_of(self) -> int | None: ...


class HasSlot(Protocol):
    @property
    def slot(self) -> Timed: ...


T = TypeVar("T", bound=HasSlot)


def why_not_adjacent(slots: Sequence[Timed]) -> str:
    """One sentence, empty when these slots, in order of time, make one appointment."""
    for before, after in pairwise(slots):
        if after.session_id != before.session_id:
            return "These slots are of different sessions."
        if after.holder_id != before.holder_id:
            return "These slots are with different clinicians."
        if after.slot_type_id != before.slot_type_id or after.delivery_channel != before.delivery_channel:
            return "These slots are of different types, or patients are seen in them in different ways."
        if after.starts_at != before.ends_at:
            return "These slots don't touch: there is time between them, or they overlap."
    return ""


def chain_from(session: Sequence[T], first_id: int, most: int) -> list[T]:
    """The slot and those that follow on it without a gap, at most so many; `session` holds slots of one session in order of
    time. Extra seats are beside the book, never in a chain."""
    chain: list[T] = []
    for each in session:
        if each.slot.id == first_id or (
            chain and each.slot.extra_seat_of is None and not why_not_adjacent([chain[-1].slot, each.slot])
        ):
            chain.append(each)
        if len(chain) == most:
            break
    return chain
