"""What the pages show: slots of the hub and of other systems as rows of one list."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from pcnhub.care.appointments.queries import SlotView
from pcnhub.connections.gpconnect.client import Place
from pcnhub.connections.gpconnect.mapping.slots import SlotElsewhere
from pcnhub.connections.gpconnect.searching import Found
from pcnhub.foundations.kernel.local_time import in_london, london_date


@dataclass(frozen=True, slots=True)
class Row:
    """One free slot, wherever it is. `key` sorts rows: the instant in UTC, then the provider."""

    key: str
    day: str
    time: str
    practitioner: str
    what: str
    how: str
    where: str
    provider: str
    href: str
    label: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What is said of one provider above the list."""

    place: Place
    text: str
    failed: bool


def day_words(instant: datetime) -> str:
    return f"{in_london(instant):%A %-d %B %Y}"


def clock(instant: datetime) -> str:
    return f"{in_london(instant):%H:%M}"


def row_of_hub(slot: SlotView, patient_id: int) -> Row:
    who = f"{slot.practitioner}, {slot.holder}"
    return _row(
        slot.starts_at, slot.ends_at, who, slot.slot_type, slot.delivery_channel, slot.site, slot.hub,
        reverse("book-confirm", args=[patient_id, slot.id]),
    )  # fmt: skip


def rows_elsewhere(found: Found, patient_id: int) -> list[Row]:
    return [row_elsewhere(slot, found.place, patient_id) for slot in found.slots]


def row_elsewhere(slot: SlotElsewhere, place: Place, patient_id: int) -> Row:
    who = ", ".join(part for part in (slot.role, slot.practitioner, _gender(slot.practitioner_gender)) if part)
    what = " (".join(part for part in (slot.slot_type or "Appointment", slot.session) if part) + (
        ")" if slot.session else ""
    )
    where = ", ".join(part for part in (slot.location, slot.address) if part)
    return _row(
        slot.starts_at, slot.ends_at, who or "Practitioner not named", what, slot.channel or "How: ask them", where,
        place.name,
        reverse("book-elsewhere", args=[patient_id, place.endpoint_id, london_date(slot.starts_at).isoformat(), slot.slot_id]),
    )  # fmt: skip


def _row(starts: datetime, ends: datetime, who: str, what: str, how: str, where: str, provider: str, href: str) -> Row:
    day, time = day_words(starts), f"{clock(starts)} to {clock(ends)}"
    key = f"{starts.timestamp():015.0f} {provider}"
    return Row(
        key, day, time, who, what, how, where, provider, href, f"{time} on {day} with {who} at {provider}, {where}"
    )


def merged(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.key)


ROWS_A_PAGE = 40


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the list. `after` and `before`: the instants, as keys have them, between which a
    row of another system belongs here; empty where nothing comes before or after."""

    rows: list[Row]
    number: int
    pages: int
    after: str = ""
    before: str = ""

    def links(self, address: str) -> dict[str, dict[str, str] | None]:
        """To the pages beside this one."""

        def link(number: int) -> dict[str, str] | None:
            if not 1 <= number <= self.pages:
                return None
            return {"href": f"{address}&page={number}#slots", "labelText": f"Page {number} of {self.pages}"}

        return {"previous": link(self.number - 1), "next": link(self.number + 1)}


def page_of(rows: list[Row], asked: str) -> Listed:
    """The page with this number, as an address has it; the nearest that there is."""
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))
    wanted = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 1
    number = min(max(wanted, 1), pages)
    first, end = (number - 1) * ROWS_A_PAGE, number * ROWS_A_PAGE
    return Listed(
        rows[first:end],
        number,
        pages,
        after=_instant(rows[first - 1]) if number > 1 else "",
        before=_instant(rows[end - 1]) if number < pages else "",
    )


def between(rows: Iterable[Row], after: str, before: str) -> list[Row]:
    """Those that belong to the page: later than the last row before it, no later than its own last one."""
    return [row for row in rows if (not after or _instant(row) > after) and (not before or _instant(row) <= before)]


def _instant(row: Row) -> str:
    return row.key.partition(" ")[0]


def heard(found: Found) -> Heard:
    if found.problem:
        return Heard(found.place, f"{found.problem} {found.remedy}".strip(), failed=True)
    count = len(found.slots)
    text = f"{found.place.name}: {count or 'no'} free {'slot' if count == 1 else 'slots'}"
    if found.unshown:
        text += f"; {found.unshown} more can’t be shown, because their place or session was not sent"
    return Heard(found.place, f"{text}.", failed=False)


def new_key() -> str:
    """One wish to book: sent twice, it is answered once."""
    return secrets.token_urlsafe(18)


def _gender(word: str) -> str:
    return word if word in ("female", "male") else ""
