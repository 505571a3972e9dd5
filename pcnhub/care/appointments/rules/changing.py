"""What a change of the published book does, before anybody makes it: to the patients, the week's minutes and GP cover.

A plan is shown, confirmed, and made again under the locks of the change itself. Its token says whether both are the same:
when somebody booked, blocked or cancelled meanwhile, it is shown again, and nothing is done that nobody saw (`domain.md` 7,
12B, 12.2 A16).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pcnhub.care.appointments.rules.booking import refusal_to_cancel
from pcnhub.care.appointments.rules.capacity import (
    CoveringSlot,
    OfferedSlot,
    gaps_in,
    gp_cover_gaps,
    is_for_patients,
    offered_minutes,
)
from pcnhub.care.appointments.rules.timetable import Period, overlap, slots_of
from pcnhub.care.appointments.rules.words import SlotState
from pcnhub.foundations.kernel.local_time import london_date, week_start
from pcnhub.foundations.kernel.refusals import Problem


class Fate(StrEnum):
    """What becomes of a booking."""

    KEPT = "kept"
    TOLD = "kept-and-told"  # same slot, but not what the patient was told
    LOSES_SLOT = "loses-its-slot"  # to be moved, or else cancelled
    STAYS = "stays"  # has arrived, been seen or begun: it can't be taken away any more


class BookedFor(NamedTuple):
    """Which consumer a booking was for: who books next must be let in by the new slot's rules as well."""

    route: str = ""
    ods_code: str = ""
    organisation_type: str = ""


FOR_NOBODY = BookedFor()


@dataclass(frozen=True, slots=True)
class BookSlot:
    """A slot of a published session that is not cancelled, as a plan counts it. `job_role` is its holder's own on the day;
    `id` is 0 for one that the plan would add."""

    id: int
    session_id: int
    slot_type_id: int
    starts_at: datetime
    ends_at: datetime
    state: str
    type_bookable: bool
    mode: str
    counts: bool
    job_role: str
    holder_id: int | None = None  # a session may have several holders, each with slots of their own
    is_extra_seat: bool = False
    delivery_channel: str = ""
    practitioner: str = ""  # as what the session is offered, in words: GP
    said: str = ""  # with whom, how and where
    closed_to: frozenset[BookedFor] = frozenset()

    @property
    def period(self) -> Period:
        return self.starts_at, self.ends_at

    @property
    def offered(self) -> OfferedSlot:
        return OfferedSlot(self.starts_at, self.ends_at, self.state, self.type_bookable, self.mode, self.counts)


@dataclass(frozen=True, slots=True)
class LiveBooking:
    """A booking that is not cancelled, with its seats in order of time."""

    id: int
    version: int
    status: str
    session_id: int
    slot_type_id: int
    starts_at: datetime
    slot_ids: tuple[int, ...]
    delivery_channel: str = ""
    practitioner: str = ""
    booked_for: BookedFor = FOR_NOBODY


@dataclass(frozen=True, slots=True)
class Affected:
    booking: LiveBooking
    fate: Fate


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What becomes of one session: its slots afterwards, those that go, and each of its bookings. `said` is what its
    patients must be told, in words."""

    session_id: int
    after: tuple[BookSlot, ...]
    dropped: tuple[int, ...]
    affected: tuple[Affected, ...]
    said: tuple[str, ...] = ()

    @property
    def added(self) -> tuple[Period, ...]:
        return tuple(slot.period for slot in self.after if not slot.id)


@dataclass(frozen=True, slots=True)
class WeekEffect:
    """Minutes and GP cover of a week (Monday to Sunday), before and after. A deficit is what the contract still asks for."""

    week_from: date
    required: int
    offered_before: int
    offered_after: int
    gaps_before: tuple[Period, ...]
    gaps_after: tuple[Period, ...]

    @property
    def deficit_before(self) -> int:
        return max(0, self.required - self.offered_before)

    @property
    def deficit_after(self) -> int:
        return max(0, self.required - self.offered_after)

    @property
    def new_gaps(self) -> tuple[Period, ...]:
        """Standard hours that a GP covers now and nobody would afterwards."""
        return tuple(part for gap in self.gaps_after for part in gaps_in(gap, self.gaps_before))


@dataclass(frozen=True, slots=True)
class Plan:
    """`problems`: why it can't be done, all of them; then nothing is."""

    sessions: tuple[SessionPlan, ...]
    weeks: tuple[WeekEffect, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def affected(self) -> tuple[Affected, ...]:
        return tuple(each for session in self.sessions for each in session.affected)

    def of_fate(self, fate: Fate) -> tuple[LiveBooking, ...]:
        return tuple(each.booking for each in self.affected if each.fate is fate)

    def token(self, *asked: object) -> str:
        """A word for what was shown and asked for: the same plan of the same book gives the same word. Whom nothing happens
        to is left out, so that a booking beside the change shows nothing again."""
        seen = [(plan.session_id, plan.dropped, plan.added, plan.said, _touched(plan)) for plan in self.sessions]
        return hashlib.sha256(repr((seen, self.weeks, self.problems, asked)).encode()).hexdigest()[:32]


def _touched(plan: SessionPlan) -> tuple[Affected, ...]:
    return tuple(each for each in plan.affected if each.fate is not Fate.KEPT)


def laid_anew(
    seats: Sequence[BookSlot], *, old: Period, new: Period, minutes: int, now: datetime
) -> tuple[tuple[BookSlot, ...], tuple[int, ...], tuple[Period, ...]]:
    """A holder's slots of a session when its times change: those kept, the ids of those dropped, and the periods to add.

    Slots that lie within the new times keep their own, so that nobody's appointment moves by five minutes. New ones are laid
    only where the session grows, touching what is there; gaps that somebody made stay gaps. Nothing is added in the past.
    """
    start, end = (instant.astimezone(UTC) for instant in new)
    kept = tuple(seat for seat in seats if start <= seat.starts_at and seat.ends_at <= end)
    dropped = tuple(seat.id for seat in seats if seat not in kept)
    if not kept:
        added = slots_of(new, minutes)
    else:
        first, last = min(seat.starts_at for seat in kept), max(seat.ends_at for seat in kept)
        length = timedelta(minutes=minutes)
        before = (first - start) // length if start < old[0] else 0
        after = (end - last) // length if old[1] < end else 0
        added = (
            *((first - (before - n) * length, first - (before - n - 1) * length) for n in range(before)),
            *((last + n * length, last + (n + 1) * length) for n in range(after)),
        )
    return kept, dropped, tuple((one, other) for one, other in added if now < one)


def new_slots(like: BookSlot, periods: Iterable[Period]) -> tuple[BookSlot, ...]:
    """Free slots of the same session and type."""
    return tuple(
        replace(like, id=0, starts_at=start, ends_at=end, state=SlotState.FREE, is_extra_seat=False)
        for start, end in periods
    )


def fates(
    bookings: Iterable[LiveBooking], *, dropped: Collection[int], other: Collection[int], now: datetime
) -> tuple[Affected, ...]:
    """What becomes of each booking when the slots `dropped` go, and the slots `other` are not what patients were told."""
    return tuple(Affected(each, _fate(each, dropped, other, now)) for each in bookings)


def _fate(booking: LiveBooking, dropped: Collection[int], other: Collection[int], now: datetime) -> Fate:
    is_over = bool(refusal_to_cancel(status=booking.status, starts_at=booking.starts_at, now=now))
    if any(slot in dropped for slot in booking.slot_ids):
        return Fate.STAYS if is_over else Fate.LOSES_SLOT
    return Fate.TOLD if not is_over and any(slot in other for slot in booking.slot_ids) else Fate.KEPT


def week_effects(
    book: Sequence[BookSlot], plans: Sequence[SessionPlan], *, days: Iterable[date], required: int
) -> tuple[WeekEffect, ...]:
    """Each week that one of `days` lies in, before and after. `book` holds every slot of those weeks."""
    changed = {plan.session_id for plan in plans}
    after = [slot for slot in book if slot.session_id not in changed]
    after += [slot for plan in plans for slot in plan.after]
    return tuple(
        WeekEffect(
            week,
            required,
            offered_minutes((slot.offered for slot in book), week_from=week),
            offered_minutes((slot.offered for slot in after), week_from=week),
            _gaps(book, week),
            _gaps(after, week),
        )
        for week in sorted({week_start(day) for day in days})
    )


def _gaps(slots: Iterable[BookSlot], week: date) -> tuple[Period, ...]:
    covering = [
        CoveringSlot(slot.starts_at, slot.ends_at, slot.job_role)
        for slot in slots
        if slot.state in (SlotState.FREE, SlotState.BOOKED)
    ]
    return gp_cover_gaps(covering, days=[week + timedelta(days=n) for n in range(7)])


def offers_to(
    bookings: Iterable[LiveBooking], free: Sequence[BookSlot], *, most: int = 3
) -> dict[int, tuple[BookSlot, ...]]:
    """For each booking the free slots like its own that come nearest in time, at most so many: of the same type, the same way
    of being seen, the same kind of practitioner, and open to whom it was booked for. A booking of several slots is offered
    none: whoever moves it looks for as many side by side."""
    return {
        each.id: tuple(
            sorted(
                (slot for slot in free if _is_like(slot, each)),
                key=lambda slot: (abs(slot.starts_at - each.starts_at), slot.starts_at, slot.id),
            )[:most]
        )
        if len(each.slot_ids) == 1
        else ()
        for each in bookings
    }


def _is_like(slot: BookSlot, booking: LiveBooking) -> bool:
    """What the patient was promised, but for the time; and nothing that their practice could not have booked for them."""
    return (
        is_for_patients(slot.offered)
        and slot.slot_type_id == booking.slot_type_id
        and (slot.delivery_channel, slot.practitioner) == (booking.delivery_channel, booking.practitioner)
        and booking.booked_for not in slot.closed_to
    )


def moves_to_nearest(bookings: Iterable[LiveBooking], free: Sequence[BookSlot]) -> dict[int, int]:
    """Booking id -> slot id: each to the nearest free slot like its own, the earliest appointment first, nobody to the
    slot of another. Whom no slot is left for is left out."""
    left = list(free)
    moves = {}
    for each in sorted(bookings, key=lambda booking: (booking.starts_at, booking.id)):
        nearest = offers_to([each], left, most=1)[each.id]
        if nearest:
            moves[each.id] = nearest[0].id
            left.remove(nearest[0])
    return moves


def clashes(slots: Sequence[BookSlot], period: Period, *, holder_id: int | None) -> tuple[BookSlot, ...]:
    """The slots of a holder that a new one would lie over."""
    its = (slot for slot in slots if slot.holder_id == holder_id and not slot.is_extra_seat)
    return tuple(slot for slot in its if overlap(slot.period, period))


def days_of(periods: Iterable[Period]) -> frozenset[date]:
    """The London days on which they start."""
    return frozenset(london_date(start) for start, _ in periods)


def problem_of_those_who_stay(bookings: Sequence[LiveBooking]) -> list[Problem]:
    """Who has arrived or been seen stays in the book: the list of the evening must know what became of them."""
    if not bookings:
        return []
    number = len(bookings)
    return [
        Problem(
            "session",
            "has-begun",
            f"{number} {'appointment has' if number == 1 else 'appointments have'} begun, or the patient has arrived",
            "Shorten the session, so that it ends after them; or set their status on the clinic list first.",
        )
    ]


def handed_over(
    seats: Iterable[BookSlot], *, was: int | None, holder_id: int, job_role: str
) -> tuple[tuple[BookSlot, ...], frozenset[int]]:
    """The same slots, those of one holder held by another of this role; and the ids of those that change hands."""
    found = tuple(seats)
    theirs = frozenset(seat.id for seat in found if seat.holder_id == was)
    after = tuple(
        replace(seat, holder_id=holder_id, job_role=job_role) if seat.id in theirs else seat for seat in found
    )
    return after, theirs
