"""What the database holds afterwards, read by the server's administrator in one snapshot, and what is amiss in it.

Every function that is named `..._amiss` answers sentences, none when all is well. Keys begin with the name of the layer that
made them: the bare statements write no events, audit or news, so those are asked of the whole operations alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import psycopg

from tests.proof.histories.attempts import Attempt, Kind, Outcome

_PROMISES = (Outcome.DONE, Outcome.GRANTED, Outcome.REPEATED)
WHOLE = ("operation", "door", "gp-connect", "own:")  # the layers that write everything


class BookingRow(NamedTuple):
    id: int
    wish: str
    status: str
    slot_id: int
    starts_at: datetime
    ends_at: datetime
    replaces_id: int | None

    @property
    def is_live(self) -> bool:
        return self.status != "cancelled"

    @property
    def is_whole(self) -> bool:
        return self.wish.partition(":")[2].startswith(WHOLE)


class SlotRow(NamedTuple):
    id: int
    state: str
    session_id: int
    starts_at: datetime
    ends_at: datetime
    clinician_id: int | None
    extra_seat_of: int | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The tables that a booking touches. `seats`: slot -> bookings that have it, live ones and all."""

    bookings: dict[int, BookingRow]
    slots: dict[int, SlotRow]
    live_seats: dict[int, list[int]]
    all_seats: dict[int, list[int]]
    events: Counter[tuple[int, str]]
    audit: Counter[tuple[int, str]]
    jobs: Counter[tuple[int, str]]
    heard: Counter[str]
    unfinished: int
    quotas: tuple[tuple[int, int, int], ...]  # (id, used, live seats that it counts)

    @property
    def by_wish(self) -> dict[str, list[BookingRow]]:
        found: dict[str, list[BookingRow]] = defaultdict(list)
        for row in self.bookings.values():
            found[row.wish].append(row)
        return found


BOOKINGS = """
select id, booked_by_ods_code || ':' || idempotency_key, status, slot_id, starts_at, ends_at, replaces_id
from appointments_booking"""
SLOTS = "select id, state, session_id, starts_at, ends_at, clinician_id, extra_seat_of_id from appointments_slot"
SEATS = "select slot_id, booking_id, is_live from appointments_bookedslot"
EVENTS = "select booking_id, status from appointments_bookingevent"
AUDIT = """
select subject_id, action from audit_auditevent where subject_type = 'booking'
and action in ('appointments.booked', 'appointments.cancelled', 'appointments.rebooked')"""
JOBS = """
select (payload ->> 'booking_id')::bigint, fact, state, dedup_key from jobs_job where handler = 'proof.hear'"""
QUOTAS = """
select q.id, q.used, (
  select count(*) from appointments_bookedslot s join appointments_booking b on b.id = s.booking_id
  join appointments_slot slot on slot.id = s.slot_id
  where s.is_live and slot.session_id = q.session_id and slot.extra_seat_of_id is null
    and b.booked_by_ods_code = q.subject)
from appointments_sessionquota q where q.profile = 'organisation'"""


def read(url: str) -> Ledger:
    """One snapshot of everything. Call it when nobody is at work any more."""
    with psycopg.connect(url) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        live, every = defaultdict(list), defaultdict(list)
        for slot_id, booking_id, is_live in reader.execute(SEATS):
            every[booking_id].append(slot_id)
            if is_live:
                live[slot_id].append(booking_id)
        jobs = reader.execute(JOBS).fetchall()
        return Ledger(
            bookings={row[0]: BookingRow(*row) for row in reader.execute(BOOKINGS)},
            slots={row[0]: SlotRow(*row) for row in reader.execute(SLOTS)},
            live_seats=live,
            all_seats=every,
            events=Counter(reader.execute(EVENTS).fetchall()),
            audit=Counter(reader.execute(AUDIT).fetchall()),
            jobs=Counter((row[0], row[1]) for row in jobs),
            heard=Counter(row[0] for row in reader.execute("select dedup_key from proof_heard")),
            unfinished=sum(row[2] != "done" for row in jobs),
            quotas=tuple(reader.execute(QUOTAS).fetchall()),
        )


def seats_amiss(ledger: Ledger) -> Iterator[str]:
    """Every seat is sold once at most, its state says so, and a booking has its seats until it is cancelled."""
    for slot_id, bookings in ledger.live_seats.items():
        if len(bookings) > 1:
            yield f"slot {slot_id} is sold {len(bookings)} times: bookings {sorted(bookings)}"
    for slot in ledger.slots.values():
        sold = slot.id in ledger.live_seats
        if sold != (slot.state == "booked"):
            yield f"slot {slot.id} is {slot.state}, but has {'a' if sold else 'no'} live booking"
        if slot.extra_seat_of and slot.state == "free":
            yield f"the extra seat {slot.id} was made for nobody"
    held = defaultdict(list)
    for slot_id, bookings in ledger.live_seats.items():
        for booking_id in bookings:
            held[booking_id].append(slot_id)
    for booking in ledger.bookings.values():
        seats, live = sorted(ledger.all_seats[booking.id]), sorted(held[booking.id])
        if live != (seats if booking.is_live else []):
            yield f"booking {booking.id} is {booking.status}: of its seats {seats} these are live: {live}"
        yield from _one_appointment(booking, [ledger.slots[seat] for seat in seats])


def _one_appointment(booking: BookingRow, seats: list[SlotRow]) -> Iterator[str]:
    seats.sort(key=lambda seat: (seat.starts_at, seat.id))
    if not seats or booking.slot_id != seats[0].id:
        yield f"booking {booking.id} names slot {booking.slot_id}, but has {[seat.id for seat in seats]}"
        return
    touching = all(a.ends_at == b.starts_at and a.session_id == b.session_id for a, b in pairwise(seats))
    if not touching or (booking.starts_at, booking.ends_at) != (seats[0].starts_at, seats[-1].ends_at):
        yield f"booking {booking.id} does not last as its seats do"


def wishes_amiss(ledger: Ledger) -> Iterator[str]:
    """One wish, one booking; and who replaces another replaced it alone."""
    for wish, rows in ledger.by_wish.items():
        if len(rows) > 1:
            yield f"the wish {wish} was granted {len(rows)} times: bookings {[row.id for row in rows]}"
    replaced = Counter(row.replaces_id for row in ledger.bookings.values() if row.replaces_id)
    for booking_id, times in replaced.items():
        if times > 1 or ledger.bookings[booking_id].is_live:
            yield f"booking {booking_id} was replaced {times} times and is {ledger.bookings[booking_id].status}"


def clinicians_amiss(ledger: Ledger) -> Iterator[str]:
    """Nobody is in two places at one time."""
    by_clinician = defaultdict(list)
    for slot in ledger.slots.values():
        if slot.clinician_id and slot.state != "cancelled" and slot.extra_seat_of is None:
            by_clinician[slot.clinician_id].append(slot)
    for clinician, slots in by_clinician.items():
        slots.sort(key=lambda slot: (slot.starts_at, slot.id))
        for one, other in pairwise(slots):
            if other.starts_at < one.ends_at:
                yield f"clinician {clinician} is in two places: slots {one.id} and {other.id}"


def quotas_amiss(ledger: Ledger) -> Iterator[str]:
    for quota, used, live in ledger.quotas:
        if used != live:
            yield f"quota {quota} says that {used} are used, but {live} live bookings count"


def records_amiss(ledger: Ledger) -> Iterator[str]:
    """Each change of a booking that a whole operation made has one event, one row of audit and one of news; no row is of a
    change that never was."""
    expected: Counter[tuple[int, str]] = Counter()
    news: Counter[tuple[int, str]] = Counter()
    for booking in ledger.bookings.values():
        if booking.is_whole:
            expected[booking.id, "booked"] += 1
            news[booking.id, "appointments.rebooked" if booking.replaces_id else "appointments.booked"] += 1
            if not booking.is_live:
                expected[booking.id, "cancelled"] += 1
                news[booking.id, "appointments.cancelled"] += 1
    yield from _differences("event", expected, ledger.events)
    yield from _differences("row of audit", news, ledger.audit)
    yield from _differences("row of the outbox", news, ledger.jobs)


def _differences(what: str, expected: Counter[tuple[int, str]], found: Counter[tuple[int, str]]) -> Iterator[str]:
    for booking_id, word in sorted({*expected, *found}):
        wanted, there = expected[booking_id, word], found[booking_id, word]
        if wanted != there:
            yield f"booking {booking_id}: {there} {what}(s) '{word}', there should be {wanted}"


def news_amiss(ledger: Ledger) -> Iterator[str]:
    """After the worker has finished: each piece of news was heard once."""
    if ledger.unfinished:
        yield f"{ledger.unfinished} pieces of news were never worked off"
    for key, times in ledger.heard.items():
        if times > 1:
            yield f"{key} was heard {times} times"
    if len(ledger.heard) != sum(ledger.jobs.values()):
        yield f"{sum(ledger.jobs.values())} pieces of news were published, {len(ledger.heard)} heard"


def promises_amiss(ledger: Ledger, attempts: Sequence[Attempt]) -> Iterator[str]:
    """Everything that a caller was told is so: the booking is there under the number that was given, and stands unless a
    cancellation or a move of it was asked for."""
    may_be_gone = {
        attempt.leaves or attempt.wish
        for attempt in attempts
        if attempt.kind in (Kind.CANCEL, Kind.MOVE) and attempt.outcome in (Outcome.DONE, Outcome.IN_DOUBT)
    }
    is_gone = {
        attempt.leaves or attempt.wish
        for attempt in attempts
        if attempt.kind in (Kind.CANCEL, Kind.MOVE) and attempt.outcome is Outcome.DONE
    }
    for attempt in attempts:
        if attempt.kind not in (Kind.BOOK, Kind.MOVE) or attempt.outcome not in _PROMISES:
            continue
        row = ledger.bookings.get(attempt.booking or 0)
        if row is None or row.wish != attempt.wish:
            yield f"{attempt.id}: booking {attempt.booking} for {attempt.wish} was acknowledged, and is not there"
        elif not row.is_live and row.wish not in may_be_gone:
            yield f"{attempt.id}: booking {row.id} was acknowledged, nobody cancelled it, and it is cancelled"
        elif row.is_live and row.wish in is_gone:
            yield f"{attempt.id}: the end of booking {row.id} was acknowledged, and it stands"
    known = {attempt.wish for attempt in attempts}
    for row in ledger.bookings.values():
        if row.wish not in known:
            yield f"booking {row.id} for {row.wish} is there, and nobody asked for it"


def happened(ledger: Ledger, attempts: Iterable[Attempt]) -> frozenset[str]:
    """Of the calls in doubt, those that the database shows to have happened. Of a cancellation only when no other was
    acknowledged: else it was that one."""
    by_wish = {wish: rows[0] for wish, rows in ledger.by_wish.items()}
    attempts = tuple(attempts)
    ended = {a.leaves or a.wish for a in attempts if a.happened and a.kind in (Kind.CANCEL, Kind.MOVE)}
    made = {a.wish for a in attempts if a.happened and a.kind in (Kind.BOOK, Kind.MOVE)}
    found = set()
    for attempt in attempts:
        if attempt.outcome not in (Outcome.IN_DOUBT, Outcome.GRANTED):
            continue
        if attempt.kind in (Kind.BOOK, Kind.MOVE):
            if attempt.wish in by_wish and attempt.wish not in made:
                made.add(attempt.wish)
                found.add(attempt.id)
        elif attempt.kind is Kind.CANCEL:
            row = by_wish.get(attempt.wish)
            moved = any(other.replaces_id == row.id for other in ledger.bookings.values()) if row else False
            if row and not row.is_live and attempt.wish not in ended and not moved:
                ended.add(attempt.wish)
                found.add(attempt.id)
    return frozenset(found)


AMISS: dict[str, Callable[[Ledger], Iterator[str]]] = {
    "every seat is sold once, and says so": seats_amiss,
    "one wish, one booking": wishes_amiss,
    "nobody is in two places": clinicians_amiss,
    "quotas count what is booked": quotas_amiss,
    "events, audit and outbox are of the bookings": records_amiss,
    "all news was heard once": news_amiss,
}
