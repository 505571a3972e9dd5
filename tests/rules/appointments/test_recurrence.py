"""On which days a template takes place: weeks apart, single days, closed days, bank holidays, both clock changes."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.appointments.rules.recurrence import Recurrence, SingleDay, in_its_week, occurrences, starts_anew_on
from pcnhub.care.appointments.rules.timetable import period_on, slots_of
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import in_london, week_start

SATURDAY = 6
FIRST = date(2026, 11, 28)
BOXING_DAY = date(2026, 12, 26)
days = st.dates(date(2025, 1, 1), date(2029, 12, 31))


def said(recurrence: Recurrence, until: date, hub_days: dict[date, SingleDay] | None = None) -> dict[date, str]:
    found = occurrences(recurrence, from_on=FIRST, until=until, hub_days=hub_days or {})
    return {each.day: each.why_not for each in found}


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 12, 25), "Christmas Day"),
        (BOXING_DAY, "Boxing Day"),  # a Saturday: the day itself,
        (date(2026, 12, 28), "Boxing Day (substitute day)"),  # and the Monday that stands in for it
        (date(2026, 12, 29), ""),
        (date(2027, 12, 27), "Christmas Day (substitute day)"),
        (date(2028, 1, 3), "New Year's Day (substitute day)"),
        (date(2026, 4, 3), "Good Friday"),
        (date(2026, 4, 6), "Easter Monday"),
        (date(2026, 3, 17), ""),  # Northern Ireland's alone
        (date(2026, 8, 3), ""),  # Scotland's
    ],
)
def test_the_bank_holidays_are_englands(day: date, name: str) -> None:
    assert bank_holiday(day) == name


@pytest.mark.parametrize("year", range(2024, 2036))
def test_every_year_has_eight_days_off_that_are_weekdays(year: int) -> None:
    """Weekend holidays are stood in for, so whoever works Monday to Friday has eight."""
    year_days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    assert len([day for day in year_days if day.year == year and day.weekday() < 5 and bank_holiday(day)]) == 8


def test_a_saturday_clinic_leaves_boxing_day_out_and_says_so() -> None:
    every = Recurrence(SATURDAY, FIRST)
    assert said(every, BOXING_DAY) == {
        FIRST: "",
        date(2026, 12, 5): "",
        date(2026, 12, 12): "",
        date(2026, 12, 19): "",
        BOXING_DAY: "bank holiday: Boxing Day",
    }
    assert said(Recurrence(SATURDAY, FIRST, on_bank_holidays=True), BOXING_DAY)[BOXING_DAY] == ""


def test_every_other_week_is_counted_from_the_week_of_the_first_day() -> None:
    # the first day is a Thursday; its week's Saturday counts
    fortnightly = Recurrence(SATURDAY, date(2026, 11, 26), every_weeks=2)
    assert list(said(fortnightly, date(2027, 1, 2))) == [FIRST, date(2026, 12, 12), BOXING_DAY]
    assert list(said(Recurrence(SATURDAY, FIRST, date(2026, 12, 12), every_weeks=2), date(2027, 1, 2))) == [FIRST]


def test_who_has_the_last_word_about_a_day() -> None:
    off, on, shut = SingleDay(False, "painting"), SingleDay(True, "by agreement"), SingleDay(False, "training")
    assert said(Recurrence(SATURDAY, FIRST, single_days={FIRST: off}), FIRST) == {FIRST: "painting"}
    assert said(Recurrence(SATURDAY, FIRST, single_days={BOXING_DAY: on}), BOXING_DAY)[BOXING_DAY] == ""
    assert said(Recurrence(SATURDAY, FIRST), BOXING_DAY, {BOXING_DAY: on})[BOXING_DAY] == ""
    held = Recurrence(SATURDAY, FIRST, on_bank_holidays=True, single_days={BOXING_DAY: on})
    assert said(held, BOXING_DAY, {BOXING_DAY: shut})[BOXING_DAY] == "the hub is closed: training"


def test_a_day_brought_in_is_one_more_within_its_time() -> None:
    tuesday, too_late = date(2026, 12, 1), date(2026, 12, 15)
    on = SingleDay(True, "catching up")
    extra = Recurrence(SATURDAY, FIRST, date(2026, 12, 10), single_days={tuesday: on, too_late: on})
    assert list(said(extra, date(2026, 12, 31))) == [FIRST, tuesday, date(2026, 12, 5)]


@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)])
def test_on_the_days_of_the_clock_changes_the_wall_decides(sunday: date) -> None:
    every = Recurrence(7, sunday - timedelta(days=14))
    found = list(occurrences(every, from_on=every.starts_on, until=sunday + timedelta(days=7), hub_days={}))
    assert [each.day for each in found] == [sunday + timedelta(days=7 * n) for n in (-2, -1, 0, 1)]
    for each in found:
        period = period_on(each.day, time(9), time(11))
        assert period is not None
        walls = [f"{in_london(start):%H:%M}" for start, _ in slots_of(period, 30)]
        assert walls == ["09:00", "09:30", "10:00", "10:30"]


@pytest.mark.parametrize(("sunday", "slots"), [(date(2026, 3, 29), 2), (date(2026, 10, 25), 6)])
def test_a_night_clinic_on_the_days_of_the_clock_changes_has_the_hours_that_there_are(sunday: date, slots: int) -> None:
    period = period_on(sunday, time(0, 30), time(2, 30))
    assert period is not None
    found = slots_of(period, 30)
    assert len(found) == slots
    assert all(end - start == timedelta(minutes=30) for start, end in found)


@given(st.integers(1, 7), days, days, st.integers(1, 12), st.booleans(), st.sets(days, max_size=5))
def test_what_takes_place_is_on_its_weekday_in_its_week_and_never_on_a_closed_day(
    weekday: int, first: date, from_on: date, every: int, on_bank_holidays: bool, shut: set[date]
) -> None:
    recurrence = Recurrence(weekday, first, every_weeks=every, on_bank_holidays=on_bank_holidays)
    until = from_on + timedelta(days=120)
    closed = {day: SingleDay(False, "closed") for day in shut}
    found = list(occurrences(recurrence, from_on=from_on, until=until, hub_days=closed))
    wanted = [
        day
        for n in range(121)
        if (day := from_on + timedelta(days=n)) >= first
        and day.isoweekday() == weekday
        and (week_start(day) - week_start(first)).days % (7 * every) == 0
    ]
    assert [each.day for each in found] == wanted
    for each in found:
        assert bool(each.why_not) == (each.day in shut or (not on_bank_holidays and bool(bank_holiday(each.day))))


@given(days, st.integers(1, 12), st.integers(0, 400))
def test_a_change_from_a_day_on_keeps_the_weeks(first: date, every: int, later: int) -> None:
    recurrence = Recurrence(3, first, every_weeks=every)
    anew = starts_anew_on(recurrence, first + timedelta(days=later))
    assert anew >= first + timedelta(days=later)
    assert in_its_week(recurrence, anew)
    assert (anew - first).days <= later + 7 * every
