"""Which state follows which, by when a task must be accepted, and which team can take one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.tasks.rules import (
    ACCEPT_WITHIN,
    FOLLOWS,
    OPEN,
    PRIORITY_WORDS,
    STATE_WORDS,
    TYPE_WORDS,
    TaskPriority,
    TaskState,
    TaskType,
    accept_by,
    next_steps,
    suggested_due_on,
    why_team_cannot_take,
)
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import in_london, london_instant
from pcnhub.foundations.kernel.opening_hours import Closing, Opening, OpeningHours


def test_every_word_has_its_words() -> None:
    assert (set(STATE_WORDS), set(TYPE_WORDS), set(PRIORITY_WORDS)) == (
        set(TaskState),
        set(TaskType),
        set(TaskPriority),
    )
    assert set(FOLLOWS) == set(TaskState)
    assert {TaskState.DONE, TaskState.REJECTED, TaskState.RETURNED}.isdisjoint(OPEN)


def test_only_the_system_delivers_and_returns() -> None:
    assert all(not next_steps(state) & {TaskState.DELIVERED, TaskState.RETURNED} for state in TaskState)
    assert next_steps(TaskState.SENT) == frozenset()


@pytest.mark.parametrize(
    ("sent", "priority", "by"),
    [
        # Saturday 28 November 2026, 16:50: Monday noon (`domain.md` 12.2 A14)
        (datetime(2026, 11, 28, 16, 50, tzinfo=UTC), TaskPriority.URGENT, datetime(2026, 11, 30, 12, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), TaskPriority.URGENT, datetime(2026, 11, 23, 13, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 17, 30, tzinfo=UTC), TaskPriority.URGENT, datetime(2026, 11, 24, 11, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 6, 0, tzinfo=UTC), TaskPriority.SOON, datetime(2026, 11, 23, 18, 30, tzinfo=UTC)),
        (datetime(2026, 11, 27, 9, 0, tzinfo=UTC), TaskPriority.ROUTINE, datetime(2026, 12, 1, 9, 0, tzinfo=UTC)),
        # the clocks go forward on Sunday 29 March 2026: Monday 08:00 is 07:00 UTC
        (datetime(2026, 3, 28, 16, 50, tzinfo=UTC), TaskPriority.URGENT, datetime(2026, 3, 30, 11, 0, tzinfo=UTC)),
        # Over Easter: Thursday evening, then Tuesday noon.
        (datetime(2026, 4, 2, 18, 0, tzinfo=UTC), TaskPriority.URGENT, datetime(2026, 4, 7, 11, 0, tzinfo=UTC)),
    ],
)
def test_accept_by_counts_core_hours(sent: datetime, priority: TaskPriority, by: datetime) -> None:
    assert accept_by(sent, priority) == by


@given(
    sent=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis wants it so
    priority=st.sampled_from(TaskPriority),
    later=st.timedeltas(timedelta(0), timedelta(days=5)),
)
def test_accept_by_is_in_core_hours_and_never_too_early(
    sent: datetime, priority: TaskPriority, later: timedelta
) -> None:
    by = accept_by(sent, priority)
    local = in_london(by)
    assert by - sent >= ACCEPT_WITHIN[priority]
    assert local.weekday() < 5
    assert not bank_holiday(local.date())
    assert (8, 0) <= (local.hour, local.minute) <= (18, 30)
    assert accept_by(sent + later, priority) >= by


@pytest.mark.parametrize(
    "day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 23)], ids=["spring", "autumn", "usual"]
)
@pytest.mark.parametrize(
    ("closing", "left"),
    [
        ((None, None), []),
        ((time(4), None), [(time(0, 30), time(4))]),
        ((None, time(3)), [(time(3), time(6))]),
        ((time(1), time(3)), [(time(0, 30), time(1)), (time(3), time(6))]),
        ((time(0), time(0, 30)), [(time(0, 30), time(6))]),
    ],
)
def test_a_closed_part_of_a_day_takes_no_time_from_a_clock_also_where_the_clocks_change(
    day: date, closing: tuple[time | None, time | None], left: list[tuple[time, time]]
) -> None:
    night = Opening(time(0, 30), time(6))
    hours = OpeningHours((night,) * 7, closings=(Closing(day, *closing), Closing(day + timedelta(days=3))))
    assert hours.openings(day) == tuple(Opening(*each) for each in left)
    assert hours.openings(day + timedelta(days=1)) == (night,)
    begins = london_instant(day, time(0, 30))
    pieces = [
        (london_instant(day, opens).astimezone(UTC), london_instant(day, closes).astimezone(UTC))
        for opens, closes in left
    ]
    whole = sum(((closes - opens) for opens, closes in pieces), timedelta(0))
    assert hours.next_opening(begins) == (
        pieces[0][0] if pieces else london_instant(day + timedelta(days=1), time(0, 30))
    )
    if pieces:
        assert hours.after(begins, whole) == pieces[-1][1]
    assert hours.after(begins, whole + timedelta(hours=1)) == london_instant(day + timedelta(days=1), time(1, 30))


def test_due_dates_that_the_form_offers_skip_the_weekend() -> None:
    friday = date(2026, 11, 27)
    assert suggested_due_on(friday, TaskPriority.URGENT) == date(2026, 11, 30)
    assert suggested_due_on(friday, TaskPriority.SOON) == date(2026, 12, 2)
    assert suggested_due_on(friday, TaskPriority.ROUTINE) == date(2026, 12, 11)
    assert suggested_due_on(date(2026, 12, 24), TaskPriority.URGENT) == date(
        2026, 12, 29
    )  # Christmas, weekend, substitute


@pytest.mark.parametrize(
    ("closed", "allows", "members", "acceptors", "code"),
    [
        (False, True, 2, 1, None),
        (True, True, 2, 2, "team-closed"),
        (False, False, 2, 2, "team-does-not-accept"),
        (False, True, 0, 0, "team-cannot-accept"),
        (False, True, 3, 0, "team-cannot-accept"),
    ],
)
def test_which_team_can_take_a_task(closed: bool, allows: bool, members: int, acceptors: int, code: str | None) -> None:
    reason = why_team_cannot_take(
        team="EA Team", organisation="Ash Lane", is_closed=closed, allows_acceptance=allows, members=members, acceptors=acceptors
    )  # fmt: skip
    assert (reason.code if reason else None) == code
    if reason:
        assert reason.remedy
        assert "Ash Lane" in reason.who_can
