"""London's wall clock: slots on ordinary days and on the two days of the clock changes."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.appointments.rules.timetable import overlap, period_on, slots_of, weekdays_between
from pcnhub.foundations.kernel.local_time import in_london

SPRING = date(2027, 3, 28)  # 01:00 becomes 02:00
AUTUMN = date(2026, 10, 25)  # 02:00 becomes 01:00
days = st.dates(date(2024, 1, 1), date(2035, 12, 31))
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def wall(instants: tuple[tuple[datetime, datetime], ...]) -> list[str]:
    return [f"{in_london(start):%H:%M}" for start, _ in instants]


def hours_of(day: date, starts: time, ends: time, minutes: int) -> list[str]:
    period = period_on(day, starts, ends)
    return wall(slots_of(period, minutes)) if period else []


def test_the_evening_is_at_half_past_six_on_the_wall_in_both_seasons() -> None:
    for day in (date(2026, 7, 1), date(2026, 12, 1), SPRING, AUTUMN):
        assert hours_of(day, time(18, 30), time(20), 30) == ["18:30", "19:00", "19:30"]


def test_when_the_clock_jumps_forward_an_hour_of_slots_is_missing() -> None:
    assert hours_of(SPRING, time(0), time(3), 30) == ["00:00", "00:30", "02:00", "02:30"]


def test_when_the_clock_falls_back_an_hour_of_slots_is_there_twice() -> None:
    assert hours_of(AUTUMN, time(0), time(3), 30) == [
        "00:00", "00:30", "01:00", "01:30", "01:00", "01:30", "02:00", "02:30",
    ]  # fmt: skip


def test_a_period_within_the_hour_that_is_skipped_keeps_its_length_or_is_refused() -> None:
    period = period_on(SPRING, time(1, 15), time(1, 45))
    assert period is None or period[1] - period[0] == timedelta(minutes=30)
    assert period_on(SPRING, time(1, 30), time(2, 15)) is None  # 01:30 that never was is 02:30


@given(days, clocks, clocks, st.integers(1, 480))
def test_slots_fill_the_period_without_gap_or_overlap(day: date, starts: time, ends: time, minutes: int) -> None:
    period = period_on(day, starts, ends)
    if period is None:
        return
    found = slots_of(period, minutes)
    assert all(end - start == timedelta(minutes=minutes) for start, end in found)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(found))
    if found:
        assert found[0][0] == period[0]
        assert timedelta() <= period[1] - found[-1][1] < timedelta(minutes=minutes)
    else:
        assert period[1] - period[0] < timedelta(minutes=minutes)


@given(st.integers(1, 7), days, st.integers(0, 60))
def test_weekdays_are_all_of_them_and_nothing_else(weekday: int, first: date, many: int) -> None:
    last = first + timedelta(days=many)
    wanted = [day for n in range(many + 1) if (day := first + timedelta(days=n)).isoweekday() == weekday]
    assert list(weekdays_between(weekday, first, last)) == wanted


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50))
def test_touching_is_not_overlapping(a: int, many_a: int, b: int, many_b: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def period(at: int, many: int) -> tuple[datetime, datetime]:
        return start + timedelta(minutes=at), start + timedelta(minutes=at + many)

    shared = set(range(a, a + many_a)) & set(range(b, b + many_b))
    assert overlap(period(a, many_a), period(b, many_b)) == bool(shared)
