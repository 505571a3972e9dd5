"""Contract arithmetic: minutes required and offered in a week, and GP cover of network standard hours (`domain.md` 12B, C)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

from pcnhub.care.appointments.rules.timetable import Period, period_on
from pcnhub.care.appointments.rules.words import GP_ROLES, AppointmentMode, SlotState
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import day_bounds, london_date

MINUTES_FOR_1000_PATIENTS = 60  # D2: a week, by adjusted population
WEEKDAY_EVENING = (time(18, 30), time(20, 0))  # D1: Monday to Friday
SATURDAY = (time(9, 0), time(17, 0))  # D1
STANDARD_HOURS_A_WEEK = Fraction(31, 2)  # 5 x 1.5 h + 8 h


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """A slot of a published session, as capacity counts it. `opens_at`: when booking opens, by its window and its embargo;
    None: it is open since it was published."""

    starts_at: datetime
    ends_at: datetime
    state: str
    type_bookable: bool
    mode: str
    counts_to_enhanced_access: bool
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CoveringSlot:
    """A free or booked slot of a published session. `job_role` is the SDS job role of its holder's own position, empty when
    that position does not hold on the slot's day."""

    starts_at: datetime
    ends_at: datetime
    job_role: str


@dataclass(frozen=True, slots=True)
class ContractWeek:
    """What the contract asks of a week (D2), Monday to Sunday, and what the book offers in it; minutes."""

    begins_on: date
    required: int
    offered: int

    @property
    def short(self) -> int:
        """How many minutes are owed."""
        return max(0, self.required - self.offered)


def required_minutes(adjusted_population: int) -> int:
    """Of a week: 60 for each 1,000 adjusted patients, a part of a minute counted as a whole one."""
    return math.ceil(Fraction(adjusted_population * MINUTES_FOR_1000_PATIENTS, 1000))


def parallel_lines(adjusted_population: int) -> Fraction:
    """How many sessions must run side by side in network standard hours to offer what is required."""
    return Fraction(adjusted_population, 1000) / STANDARD_HOURS_A_WEEK


def is_for_patients(slot: OfferedSlot) -> bool:
    """A patient has it or could have it."""
    return slot.type_bookable and slot.state in (SlotState.FREE, SlotState.BOOKED)


def could_be_booked(slot: OfferedSlot, *, now: datetime) -> bool:
    """A patient has it, or could have it now: what opens later is not bookable in advance (D5)."""
    return is_for_patients(slot) and (slot.state == SlotState.BOOKED or slot.opens_at is None or slot.opens_at <= now)


def counts(slot: OfferedSlot) -> bool:
    """Offered, not attended: a clinical appointment in a counting session that a patient has or could have."""
    return slot.counts_to_enhanced_access and slot.mode != AppointmentMode.NOT_AN_APPOINTMENT and is_for_patients(slot)


def offered_minutes(slots: Iterable[OfferedSlot], *, week_from: date) -> int:
    """Minutes of counting slots that start in the week (Monday to Sunday, London) of seven days from `week_from`."""
    start, end = day_bounds(week_from)[0], day_bounds(week_from + timedelta(days=7))[0]
    length = sum(
        (slot.ends_at - slot.starts_at for slot in slots if counts(slot) and start <= slot.starts_at < end), timedelta()
    )
    return length // timedelta(minutes=1)


def standard_hours(day: date) -> Period | None:
    """Network standard hours of a day, as instants; None on Sundays, and on bank holidays, whose minutes are made up on other
    days (D19)."""
    return None if bank_holiday(day) else _hours_of_weekday(day)


def is_within_standard_hours(starts_at: datetime, ends_at: datetime) -> bool:
    """Whether all of it lies in the hours of its London weekday. A bank holiday keeps its weekday's hours here: whoever works
    then needs no variation for it."""
    hours = _hours_of_weekday(london_date(starts_at))
    return hours is not None and hours[0] <= starts_at and ends_at <= hours[1]


def _hours_of_weekday(day: date) -> Period | None:
    if day.isoweekday() <= 5:
        return period_on(day, *WEEKDAY_EVENING)
    return period_on(day, *SATURDAY) if day.isoweekday() == 6 else None


def days_without_slots(slots: Iterable[OfferedSlot], *, days: Iterable[date]) -> tuple[date, ...]:
    """The days with network standard hours in which no slot for patients lies (D5): a booked one shows that there was."""
    periods = [(slot.starts_at, slot.ends_at) for slot in slots if is_for_patients(slot)]
    return tuple(
        day
        for day in days
        if (hours := standard_hours(day)) and not any(start < hours[1] and hours[0] < end for start, end in periods)
    )


def gaps_in(period: Period, covers: Iterable[Period]) -> tuple[Period, ...]:
    """The parts of a period that none of `covers` covers, in order (UTC)."""
    at, end = (instant.astimezone(UTC) for instant in period)
    gaps = []
    for start, stop in sorted((start.astimezone(UTC), stop.astimezone(UTC)) for start, stop in covers):
        if start > at:
            gaps.append((at, min(start, end)))
        at = max(at, stop)
        if at >= end:
            return tuple(gaps)
    gaps.append((at, end))
    return tuple(gaps)


def gp_cover_gaps(slots: Iterable[CoveringSlot], *, days: Iterable[date]) -> tuple[Period, ...]:
    """Every minute of network standard hours in which no GP has a slot that a patient has or could have (D8), as periods.

    What the session calls its practitioner counts for nothing: a session offered as a GP's makes nobody a GP (R9).
    """
    by_gps = [(slot.starts_at, slot.ends_at) for slot in slots if slot.job_role in GP_ROLES]
    return tuple(gap for day in days if (hours := standard_hours(day)) for gap in gaps_in(hours, by_gps))
