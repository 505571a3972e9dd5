"""Whose word a contact detail is, and what becomes of another's: taken over, or offered to a person.

A hub often hears a patient's newer number first: at its desk, or from whoever booked. What a person of the hub wrote down, or
one source said, no other source overwrites: two that differ are shown to a person, with both values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol


class ContactField(StrEnum):
    """What is decided as one. The address is its lines and the postcode together: half of one and half of another leads
    nowhere."""

    MOBILE_PHONE = "mobile_phone"
    HOME_PHONE = "home_phone"
    WORK_PHONE = "work_phone"
    EMAIL = "email"
    ADDRESS = "address"


REACHED_BY = ("mobile_phone", "home_phone", "work_phone", "email", "address_lines", "postcode")  # the columns


class ContactSource(StrEnum):
    HUB = "hub"  # a person of the organisation that holds the row
    BOOKER = "booker"  # a practice of the network that booked the person as one whom no list names
    GP_CONNECT = "gp-connect"  # whoever registered the person over GP Connect, for an appointment
    PRACTICE = "practice"  # the practice's own row
    PDS = "pds"  # the national service
    MERGED = "merged"  # the other entry of the person, which a merge put aside


# Who has just spoken with the patient is believed before a register, and the hub's own people before all.
_RANK = {
    ContactSource.HUB: 3,
    ContactSource.BOOKER: 2,
    ContactSource.GP_CONNECT: 2,
    ContactSource.PRACTICE: 1,
    ContactSource.PDS: 1,
    ContactSource.MERGED: 1,
}


class Reachable(Protocol):
    """A row with contact details."""

    mobile_phone: str
    home_phone: str
    work_phone: str
    email: str
    address_lines: list[str]
    postcode: str
    contact_sources: Any


Source = dict[str, str]  # {"source": a ContactSource, "at": an instant as ISO 8601 text}
Said = Mapping[ContactField, str]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a source's word leads to. `columns`: of the row, with their new values; empty when nothing changes. `offers`: what
    a person is to decide. `settled`: the fields in which this source and the row do not differ (any more)."""

    columns: dict[str, Any]
    offers: dict[ContactField, str]
    settled: frozenset[ContactField]


def address_text(lines: Sequence[str], postcode: str) -> str:
    """An address as one value: its lines, and the postcode as the last (perhaps empty) one. Empty when there is none."""
    kept = [line.strip() for line in lines if line.strip()]
    return "\n".join([*kept, postcode.strip()]) if kept or postcode.strip() else ""


def said_by(row: Reachable) -> dict[ContactField, str]:
    """The details that a row has."""
    texts = {field: str(getattr(row, field)) for field in ContactField if field is not ContactField.ADDRESS}
    return texts | {ContactField.ADDRESS: address_text(row.address_lines, row.postcode)}


def columns_of(field: ContactField, text: str) -> dict[str, Any]:
    """The columns that a detail stands in."""
    if field is not ContactField.ADDRESS:
        return {field.value: text}
    *lines, postcode = text.split("\n")
    return {"address_lines": lines, "postcode": postcode}


def source_of(sources: Mapping[str, Source], field: ContactField) -> str:
    """Whose word a detail is. What nobody put down came with the practice's row."""
    return sources.get(field, {}).get("source", ContactSource.PRACTICE)


def sources_at_first(said: Said, source: ContactSource, at: datetime) -> dict[str, Source]:
    """Of a row that begins with what one source says."""
    return {str(field): _source(source, at) for field, text in said.items() if text}


def hear(held: Reachable, said: Said, *, source: ContactSource, at: datetime) -> Heard:
    """What a source says of how to reach a person, beside what is held.

    A source may change and take back its own word, and that of a lower rank. It may fill what is empty, unless a person of
    the hub emptied it. It never overwrites the word of an equal or higher rank, and by saying nothing it removes none.
    """
    columns: dict[str, Any] = {}
    offers: dict[ContactField, str] = {}
    settled = set()
    sources = dict(held.contact_sources)
    for field, here in said_by(held).items():
        if field not in said:
            continue
        there, whose = said[field], source_of(sources, field)
        if is_same(here, there):
            settled.add(field)
        elif _may_replace(source, whose, here, there):
            settled.add(field)
            columns |= columns_of(field, there)
            sources[str(field)] = _source(source, at)
        elif there:
            offers[field] = there
        else:
            settled.add(field)
    if columns:
        columns["contact_sources"] = sources
    return Heard(columns, offers, frozenset(settled))


def without_words_of(held: Reachable, other: Reachable) -> dict[str, Any]:
    """The columns, with their new values, when what a merge brought from the other entry is taken out again; nobody else's
    word is touched, and what was changed since is somebody's."""
    columns: dict[str, Any] = {}
    sources, theirs = dict(held.contact_sources), said_by(other)
    for field, here in said_by(held).items():
        if here and source_of(sources, field) == ContactSource.MERGED and is_same(here, theirs[field]):
            columns |= columns_of(field, "")
            del sources[str(field)]
    return columns | {"contact_sources": sources} if columns else {}


@dataclass(frozen=True, slots=True)
class Newest:
    """Of two entries of one person the newer words. `columns` of the row that stays, with their new values; `offers`: the
    older words that differ, by the source under which a person is asked about them."""

    columns: dict[str, Any]
    offers: dict[ContactSource, dict[ContactField, str]]


def newest(held: Reachable, other: Reachable) -> Newest:
    """Whatever the sources, the newer word stands: it was asked for later. What has no date came with a list, and is older.

    A postcode alone adds nothing to an address with that postcode.
    """
    columns: dict[str, Any] = {}
    offers: dict[ContactSource, dict[ContactField, str]] = {}
    sources, theirs = dict(held.contact_sources), said_by(other)
    for field, here in said_by(held).items():
        there = theirs[field]
        if not there or is_same(here, there) or _says_less(there, here):
            continue
        own, others = sources.get(str(field)), other.contact_sources.get(str(field))
        if _at(others) > _at(own) or (not here and own is None):
            columns |= columns_of(field, there)
            if here:
                offers.setdefault(ContactSource(source_of(sources, field)), {})[field] = here
            sources[str(field)] = others or {"source": ContactSource.MERGED.value}
        else:
            offers.setdefault(ContactSource.MERGED, {})[field] = there
    return Newest(columns | {"contact_sources": sources} if columns else {}, offers)


def _says_less(there: str, here: str) -> bool:
    *lines, postcode = there.split("\n")
    return not lines and bool(postcode) and is_same(here.rsplit("\n", maxsplit=1)[-1], postcode)


def _at(source: Source | None) -> datetime:
    return datetime.fromisoformat(source["at"]) if source and source.get("at") else datetime.min.replace(tzinfo=UTC)


def _may_replace(source: ContactSource, whose: str, here: str, there: str) -> bool:
    if source in (whose, ContactSource.HUB):
        return True
    if not there or whose == ContactSource.HUB:
        return False
    return not here or _RANK[source] > _RANK[ContactSource(whose)]


def is_same(one: str, other: str) -> bool:
    """Whether two texts reach the same: spaces, capitals, and the way a number is written don't matter."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    close = re.sub(r"[\s().,-]", "", text).casefold()
    return re.sub(r"^(\+44|0044)0?", "0", close)


def _source(source: ContactSource, at: datetime) -> Source:
    return {"source": source.value, "at": at.isoformat()}
