"""Contract arithmetic, against the worked values of the specification and against counting minute by minute."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.appointments.rules import AppointmentMode, SlotState
from pcnhub.care.appointments.rules.capacity import (
    CoveringSlot,
    OfferedSlot,
    gaps_in,
    gp_cover_gaps,
    is_within_standard_hours,
    offered_minutes,
    parallel_lines,
    required_minutes,
    standard_hours,
)
from pcnhub.care.appointments.rules.timetable import period_on
from pcnhub.foundations.kernel.local_time import london_date, london_instant, week_start

MONDAY = date(2026, 11, 23)
SPRING_WEEK = date(2026, 3, 23)  # ends on the Sunday on which the clock jumps; no bank holiday in it
AUTUMN_WEEK = date(2026, 10, 19)


@pytest.mark.parametrize(
    ("population", "minutes", "lines"),
    [(30_000, 1_800, 1.9), (49_336, 2_961, 3.2), (50_000, 3_000, 3.2), (80_000, 4_800, 5.2), (0, 0, 0)],
)
def test_the_worked_values_of_the_contract(population: int, minutes: int, lines: float) -> None:
    assert required_minutes(population) == minutes
    assert round(float(parallel_lines(population)), 1) == lines


@given(st.integers(0, 300_000))
def test_required_is_never_less_than_60_for_1000_and_less_than_a_minute_more(population: int) -> None:
    exact = Fraction(population * 60, 1000)
    assert exact <= required_minutes(population) < exact + 1


def slot(start: datetime, minutes: int = 15, **more: object) -> OfferedSlot:
    values: dict[str, object] = {
        "state": SlotState.FREE,
        "type_bookable": True,
        "mode": AppointmentMode.FACE_TO_FACE,
        "counts_to_enhanced_access": True,
        **more,
    }
    return OfferedSlot(start, start + timedelta(minutes=minutes), **values)  # type: ignore[arg-type]


def test_what_counts_and_what_does_not() -> None:
    at = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    counted = [slot(at), slot(at, state=SlotState.BOOKED)]
    others = [
        slot(at, state=SlotState.BLOCKED),
        slot(at, state=SlotState.CANCELLED),
        slot(at, type_bookable=False),
        slot(at, mode=AppointmentMode.NOT_AN_APPOINTMENT),
        slot(at, counts_to_enhanced_access=False),
    ]
    assert offered_minutes(counted + others, week_from=MONDAY) == 30


def test_a_bank_holiday_has_no_standard_hours_and_a_session_then_needs_no_variation() -> None:
    """`domain.md` D19: its minutes are made up on other days."""
    good_friday = date(2026, 4, 3)
    assert standard_hours(good_friday) is None
    assert is_within_standard_hours(london_instant(good_friday, time(18, 30)), london_instant(good_friday, time(20)))
    sunday = date(2026, 4, 12)
    assert not is_within_standard_hours(london_instant(sunday, time(18, 30)), london_instant(sunday, time(20)))
    monday = date(2026, 4, 13)
    assert not is_within_standard_hours(london_instant(monday, time(18, 30)), london_instant(monday, time(20, 1)))


@pytest.mark.parametrize("week", [MONDAY, SPRING_WEEK, AUTUMN_WEEK])
def test_a_week_of_standard_hours_is_15_and_a_half_hours_by_the_wall_in_every_week(week: date) -> None:
    days = [week + timedelta(days=n) for n in range(7)]
    hours = [period for day in days if (period := standard_hours(day))]
    assert sum((end - start for start, end in hours), timedelta()) == timedelta(hours=15, minutes=30)


@given(
    st.lists(
        st.integers(0, 28 * 24 * 60).map(lambda n: datetime(2026, 10, 12, tzinfo=UTC) + timedelta(minutes=n)),
        max_size=30,
    )
)
def test_every_minute_falls_in_exactly_one_week(starts: list[datetime]) -> None:
    """Across the week whose Sunday has 25 hours, too."""
    slots = [slot(start) for start in starts]
    weeks = {week_start(london_date(start)) for start in starts}
    assert sum(offered_minutes(slots, week_from=week) for week in weeks) == 15 * len(slots)


periods = st.lists(st.tuples(st.integers(-30, 130), st.integers(1, 80)), max_size=8)


@given(periods)
def test_gaps_are_the_minutes_that_nobody_covers(covers: list[tuple[int, int]]) -> None:
    start = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)

    def at(minute: int) -> datetime:
        return start + timedelta(minutes=minute)

    gaps = gaps_in((start, at(90)), [(at(a), at(a + many)) for a, many in covers])
    covered = {minute for a, many in covers for minute in range(a, a + many)}
    found = {minute for minute in range(90) if any(a <= at(minute) < b for a, b in gaps)}
    assert found == set(range(90)) - covered
    assert all(a < b for a, b in gaps)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(gaps))


@pytest.mark.parametrize("week", [MONDAY, SPRING_WEEK, AUTUMN_WEEK])
def test_only_gps_cover(week: date) -> None:
    saturday = week + timedelta(days=5)
    period = period_on(saturday, time(9), time(16, 45))
    assert period
    for role, uncovered in (("R0260", 15), ("R0690", 480)):
        [(start, end)] = gp_cover_gaps([CoveringSlot(*period, role)], days=[saturday])
        assert (end - start) // timedelta(minutes=1) == uncovered
