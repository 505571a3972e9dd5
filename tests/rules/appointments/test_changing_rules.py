"""What a change of the book does, from values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.appointments.rules.changing import (
    BookedFor,
    BookSlot,
    Fate,
    LiveBooking,
    Plan,
    SessionPlan,
    fates,
    handed_over,
    laid_anew,
    moves_to_nearest,
    offers_to,
    week_effects,
)
from pcnhub.care.appointments.rules.timetable import overlap

SATURDAY = datetime(2026, 11, 28, 9, tzinfo=UTC)
BEFORE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def slot(key: int, at: int = 0, **more: object) -> BookSlot:
    """A quarter of an hour, so many minutes after nine on Saturday."""
    values: dict[str, object] = {
        "id": key, "session_id": 1, "slot_type_id": 1, "starts_at": SATURDAY + minutes(at),
        "ends_at": SATURDAY + minutes(at + 15), "state": "free", "type_bookable": True,
        "mode": "Face to Face (Surgery)", "counts": True, "job_role": "R0260", "holder_id": 7, **more,
    }  # fmt: skip
    return BookSlot(**values)  # type: ignore[arg-type]


def booked(key: int, *slots: int, at: int = 0, status: str = "booked", kind: int = 1) -> LiveBooking:
    return LiveBooking(key, 1, status, 1, kind, SATURDAY + minutes(at), slots)


@given(
    gaps=st.sets(st.integers(0, 11)),
    start=st.integers(-120, 200),
    length=st.integers(5, 480),
)
def test_new_times_keep_what_lies_within_and_add_only_beside_it(gaps: set[int], start: int, length: int) -> None:
    seats = [slot(n + 1, n * 15) for n in range(12) if n not in gaps]
    old = (SATURDAY, SATURDAY + minutes(180))
    new = (SATURDAY + minutes(start), SATURDAY + minutes(start + length))
    kept, dropped, added = laid_anew(seats, old=old, new=new, minutes=15, now=BEFORE)
    assert {seat.id for seat in kept} | set(dropped) == {seat.id for seat in seats}
    assert all(new[0] <= seat.starts_at and seat.ends_at <= new[1] for seat in kept)
    assert all(seat.starts_at < new[0] or new[1] < seat.ends_at for seat in seats if seat.id in dropped)
    periods = [*(seat.period for seat in kept), *added]
    assert all(new[0] <= one and other <= new[1] for one, other in periods)
    ordered = sorted(periods)
    assert not any(overlap(one, other) for one, other in pairwise(ordered))


def test_the_same_times_change_nothing_and_gaps_stay_gaps() -> None:
    seats = [slot(1), slot(3, 30)]
    period = (SATURDAY, SATURDAY + minutes(45))
    assert laid_anew(seats, old=period, new=period, minutes=15, now=BEFORE) == (tuple(seats), (), ())
    longer = (SATURDAY, SATURDAY + minutes(60))
    _, _, added = laid_anew(seats, old=period, new=longer, minutes=15, now=BEFORE)
    assert added == ((SATURDAY + minutes(45), SATURDAY + minutes(60)),)


def test_nothing_is_added_in_the_past() -> None:
    old = (SATURDAY, SATURDAY + minutes(30))
    new = (SATURDAY - minutes(30), SATURDAY + minutes(60))
    _, _, added = laid_anew([slot(1), slot(2, 15)], old=old, new=new, minutes=15, now=SATURDAY + minutes(35))
    assert added == ((SATURDAY + minutes(45), SATURDAY + minutes(60)),)


def test_the_fates_of_bookings() -> None:
    both = [booked(1, 1), booked(2, 2, 3, at=15), booked(3, 4, at=45, status="arrived"), booked(4, 5, at=60)]
    assert [each.fate for each in fates(both, dropped={3, 4}, other=(), now=BEFORE)] == [
        Fate.KEPT, Fate.LOSES_SLOT, Fate.STAYS, Fate.KEPT,
    ]  # fmt: skip
    assert [each.fate for each in fates(both, dropped=(), other={1, 4}, now=BEFORE)] == [
        Fate.TOLD, Fate.KEPT, Fate.KEPT, Fate.KEPT,
    ]  # fmt: skip


@given(
    wanted=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 2)), max_size=8),
    free=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 2)), max_size=8),
)
def test_each_is_moved_to_a_slot_of_their_own_and_of_the_same_type(
    wanted: list[tuple[int, int]], free: list[tuple[int, int]]
) -> None:
    bookings = [booked(n, 100 + n, at=at * 15, kind=kind) for n, (at, kind) in enumerate(wanted)]
    slots = [slot(n, at * 15, slot_type_id=kind) for n, (at, kind) in enumerate(free, 1)]
    moves = moves_to_nearest(bookings, slots)
    assert len(set(moves.values())) == len(moves)
    kinds = {each.id: each.slot_type_id for each in slots}
    of_booking = {each.id: each.slot_type_id for each in bookings}
    assert all(kinds[slot_id] == of_booking[booking_id] for booking_id, slot_id in moves.items())
    for kind in (1, 2):
        asked = sum(1 for each in bookings if each.slot_type_id == kind)
        there = sum(1 for each in slots if each.slot_type_id == kind)
        assert sum(1 for booking_id in moves if of_booking[booking_id] == kind) == min(asked, there)


def test_the_nearest_is_offered_first_and_none_to_two_slots() -> None:
    free = [slot(1, 60), slot(2, -30), slot(3, 15), slot(4, 0, slot_type_id=9)]
    assert [each.id for each in offers_to([booked(1, 50)], free)[1]] == [3, 2, 1]
    assert offers_to([booked(1, 50, 51)], free)[1] == ()


def test_what_is_offered_is_like_what_was_promised_and_open_to_whom_it_was_for() -> None:
    asked = replace(
        booked(1, 50), delivery_channel="In-person", practitioner="GP", booked_for=BookedFor("staff", "A81001")
    )
    like = replace(
        slot(1), delivery_channel="In-person", practitioner="GP", closed_to=frozenset({BookedFor("staff", "B1")})
    )
    others = [
        replace(like, id=2, delivery_channel="Telephone"),
        replace(like, id=3, practitioner="Nurse"),
        replace(like, id=4, closed_to=frozenset({asked.booked_for})),
    ]
    assert [each.id for each in offers_to([asked], [*others, like])[1]] == [1]
    assert moves_to_nearest([asked], others) == {}


def test_a_gp_handed_over_to_a_pharmacist_leaves_a_gap() -> None:
    book = tuple(slot(n + 1, n * 15) for n in range(4))
    after, changing = handed_over(book, was=7, holder_id=8, job_role="R1290")
    assert changing == {1, 2, 3, 4}
    [week] = week_effects(book, [SessionPlan(1, after, (), ())], days=[date(2026, 11, 28)], required=100)
    assert (week.offered_before, week.offered_after, week.deficit_after) == (60, 60, 40)
    assert week.new_gaps == ((SATURDAY, SATURDAY + minutes(60)),)


def test_a_token_tells_one_plan_from_another_and_leaves_out_whom_nothing_happens_to() -> None:
    losing = fates([booked(1, 1)], dropped={1}, other=(), now=BEFORE)
    plan = Plan((SessionPlan(1, (), (1,), losing),), ())
    assert plan.token() == Plan((SessionPlan(1, (), (1,), losing),), ()).token()
    moved_on = fates([replace(booked(1, 1), version=2)], dropped={1}, other=(), now=BEFORE)
    assert plan.token() != Plan((SessionPlan(1, (), (1,), moved_on),), ()).token()
    assert plan.token("asked") != plan.token("asked otherwise")
    beside = (*losing, *fates([booked(2, 2)], dropped={1}, other=(), now=BEFORE))
    assert plan.token() == Plan((SessionPlan(1, (), (1,), beside),), ()).token()
