"""What stands in a pack: frozen values that go through JSON and come back the same. Instants are aware. Knows no Django."""

from __future__ import annotations

from datetime import date, datetime

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The patient of a booking as the desk needs them. Empty where nothing is known."""

    name: str
    born: date | None
    nhs_number: str
    phones: tuple[str, ...]
    practice: str
    warning: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One slot. `words`: free, blocked (with why), or the booking's status. `is_protected`: booked, and whose it is stays
    hidden, as on the clinic list. `continues`: its appointment began in the slot before it."""

    starts_at: datetime
    ends_at: datetime
    slot_type: str
    words: str
    is_free: bool = False
    is_protected: bool = False
    continues: bool = False
    note: str = ""
    person: Person | None = None
    reason: str = ""
    notes: str = ""


class Clinic(msgspec.Struct, frozen=True, kw_only=True):
    """One session."""

    id: int
    name: str
    starts_at: datetime
    ends_at: datetime
    holders: tuple[str, ...]
    practitioner: str
    channel: str
    site: str
    site_address: str
    site_phone: str
    rows: tuple[Row, ...]


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ring. `phone` is empty where none is kept."""

    name: str
    phone: str
    email: str = ""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """A hub's lists from the start of a London day to 48 hours ahead."""

    hub: str
    hub_ods: str
    hub_phone: str
    made_at: datetime
    until: datetime
    call: tuple[str, ...]
    practices: tuple[Number, ...]
    managers: tuple[Number, ...]
    clinics: tuple[Clinic, ...]

    @property
    def patients(self) -> int:
        """How many appointments name somebody."""
        return sum(row.person is not None for clinic in self.clinics for row in clinic.rows)


def encode(contents: Contents) -> bytes:
    return msgspec.json.encode(contents)


def decode(content: bytes) -> Contents:
    """Raises msgspec.ValidationError: a pack of a later release, for it was authentic."""
    return msgspec.json.decode(content, type=Contents)
