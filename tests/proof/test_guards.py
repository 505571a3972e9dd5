"""Negative controls: with each guard of "one slot, one booking" taken away, the checkers of `histories` find what happens.

Where one guard stands behind another, each is taken away alone (the other holds), then both. All calls go in by the whole
operations, at one moment, each on a connection of its own; a pause in the statement lets the other caller in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection

from pcnhub.care.appointments.operations import booking, claiming, holds
from pcnhub.care.appointments.operations.slots import split_slot
from pcnhub.care.appointments.queries.judging import judged_slots
from tests.proof.histories.attempts import Answer, Outcome
from tests.proof.histories.game import Game
from tests.proof.histories.ledger import AMISS
from tests.proof.histories.verdict import LINEARIZABLE, NO_ERRORS, SHARES

pytestmark = pytest.mark.slow

SEATS, WISHES, CLINICIANS, QUOTAS, RECORDS, _ = AMISS
PAUSE = "pg_sleep(0.15)"

# ruff: noqa: S608 - the statements are constants of this file
# What a careless programmer would write: look, then set. The pause is where the other caller gets in.
LOOK_THEN_SET = f"""
with seen as materialized (
  select id, hub_id, starts_at, ends_at from appointments_slot where id = any(%(slots)s) and state = 'free'),
paused as materialized (select seen.*, {PAUSE} from seen),
claimed as (update appointments_slot set state = 'booked' where id in (select id from paused)
  returning id, hub_id, starts_at, ends_at)
""" + claiming.CLAIM_AND_BOOK[claiming.CLAIM_AND_BOOK.index("insert into") :]  # fmt: skip
LOOK_THEN_COUNT = f"""
with change as (select * from unnest(%(ids)s::bigint[], %(by)s::int[]) as change (id, by)),
seen as materialized (select quota.id, quota.used, quota.at_most, by from appointments_sessionquota quota join change using (id)),
paused as materialized (select seen.*, {PAUSE} from seen)
update appointments_sessionquota quota set used = paused.used + by from paused
where quota.id = paused.id and (by <= 0 or paused.used + by <= paused.at_most)
returning quota.id
"""
LOOK_THEN_HOLD = f"""
with seen as materialized (select id from appointments_slot where id = any(%(slots)s) and state = 'free'),
paused as materialized (select seen.*, {PAUSE} from seen)
update appointments_slot set held_until = %(until)s, held_by = %(holds_as)s where id in (select id from paused)
returning id
"""


def run(database: Any, statement: str) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(statement)


@contextmanager
def instead(owner: Any, name: str, other: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, other)
        yield


def without_claim() -> Any:
    return instead(claiming, "CLAIM_AND_BOOK", LOOK_THEN_SET)


def without_index(game: Game) -> None:
    run(game.database, "drop index booking_one_live_a_slot")


def four_want_one(game: Game) -> list[Outcome]:
    seat = game.seat()
    calls = [game.wants(seat, desk=desk, patient=patient) for desk in (0, 1) for patient in (0, 1)]
    return [answer.outcome for answer in game.at_once(*calls)]


def test_with_every_guard_one_of_many_gets_the_seat(game: Game) -> None:
    assert sorted(four_want_one(game)) == [Outcome.DONE, *[Outcome.TAKEN] * 3]
    assert game.faults() == []


def test_without_the_unique_index_the_claim_still_holds(game: Game) -> None:
    without_index(game)
    assert four_want_one(game).count(Outcome.DONE) == 1
    assert game.faults() == []


def test_without_the_claim_the_unique_index_still_holds(game: Game) -> None:
    with without_claim():
        assert four_want_one(game).count(Outcome.DONE) == 1
    assert game.faults() == []


def test_without_both_the_double_booking_is_found(game: Game) -> None:
    without_index(game)
    with without_claim():
        assert four_want_one(game).count(Outcome.DONE) > 1
    assert {LINEARIZABLE, SEATS} <= {*game.faults()}


def two_overlapping_doubles(game: Game) -> list[Answer]:
    first, second, third = (game.seat(place) for place in range(3))
    return game.at_once(game.wants(first, second), game.wants(second, third, desk=1))


def test_of_two_appointments_that_share_a_seat_one_is_made(game: Game) -> None:
    answers = two_overlapping_doubles(game)
    assert sorted(answer.outcome for answer in answers) == [Outcome.DONE, Outcome.TAKEN]
    assert game.faults() == []


def test_without_all_or_nothing_half_an_appointment_is_found(game: Game) -> None:
    """Whoever gets some of the seats takes them, and the count of the seats' rows is not looked at either."""
    without_index(game)
    half = claiming.CLAIM_AND_BOOK.replace("having count(*) = cardinality(%(slots)s::bigint[])", "having count(*) > 0")
    assert half != claiming.CLAIM_AND_BOOK
    with instead(claiming, "CLAIM_AND_BOOK", half):
        two_overlapping_doubles(game)
    assert {LINEARIZABLE, SEATS} <= {*game.faults()}


def test_without_asking_again_whether_seats_touch_a_gap_is_found(game: Game) -> None:
    """Looked at, then split by somebody, then claimed. That it is refused otherwise: `test_booking_race.py`."""
    first, second = game.seat(0), game.seat(1)
    touching = " and sum(ends_at - starts_at) = max(ends_at) - min(starts_at)"
    assert touching in claiming.CLAIM_AND_BOOK
    split_slot(actor=game.book.manager, now=datetime.now(UTC), slot_id=first)
    with (
        instead(claiming, "CLAIM_AND_BOOK", claiming.CLAIM_AND_BOOK.replace(touching, "")),
        instead(booking, "run_of", lambda *_: judged_slots(slot_ids=[first, second])),
    ):
        game.one(game.wants(first, second))
    assert SEATS in game.faults()


def one_wish_twice(game: Game) -> list[Answer]:
    """An extra seat, of which there are as many as are asked for: only the key makes it one booking."""
    asked = game.wants(desk=2, key="once", beside=game.seat())
    with slow_claims():
        return game.at_once(asked, asked)


@contextmanager
def slow_claims() -> Iterator[None]:
    """Everybody has looked for the key before anybody claims."""
    claim = claiming.claim_and_book

    def later(**values: Any) -> int | None:
        with connection.cursor() as cursor:
            cursor.execute(f"select {PAUSE}")
        return claim(**values)

    with instead(claiming, "claim_and_book", later):
        yield


def test_one_wish_asked_twice_at_once_is_one_booking(game: Game) -> None:
    answers = one_wish_twice(game)
    assert len({answer.booking for answer in answers}) == 1
    assert game.faults() == []


def test_without_the_key_two_bookings_of_one_wish_are_found(game: Game) -> None:
    run(game.database, "alter table appointments_booking drop constraint booking_asked_once")
    one_wish_twice(game)
    assert WISHES in game.faults()


def swap(game: Game) -> list[Answer]:
    """Two patients each want the other's seat."""
    here, there = game.seat(0), game.seat(5)
    one = game.one(game.wants(here, key="one"))
    other = game.one(game.wants(there, desk=1, key="other"))
    return game.at_once(
        game.moves(one, here, there, key="one", to_key="one2"),
        game.moves(other, there, here, desk=1, key="other", to_key="other2"),
    )


def test_two_who_swap_are_refused_and_nobody_waits_for_ever(game: Game) -> None:
    assert [answer.outcome for answer in swap(game)] == [Outcome.TAKEN] * 2
    assert game.faults() == []


def test_without_the_order_of_locks_the_deadlock_is_found(game: Game) -> None:
    def as_they_come(slot_ids: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            for slot in slot_ids:
                cursor.execute(f"select {PAUSE} from appointments_slot where id = %s for update", [slot])

    with instead(claiming, "lock_slots", as_they_come):
        swap(game)
    assert NO_ERRORS in game.faults()


def all_of_a_share(game: Game) -> list[Answer]:
    """One more than Ash Lane has left in the session whose share runs out; all but one are booked before."""
    share = game.book.shares[0]
    seats = sorted(share.slots)
    for place in range(share.at_most - 1):
        assert game.one(game.wants(seats[place], patient=place)).outcome is Outcome.DONE
    return game.at_once(*(game.wants(seats[place], patient=place) for place in range(share.at_most, share.at_most + 3)))


def test_of_many_who_want_the_last_of_a_share_one_gets_it(game: Game) -> None:
    assert sorted(answer.outcome for answer in all_of_a_share(game)) == [Outcome.DONE, Outcome.FULL, Outcome.FULL]
    assert game.faults() == []


def test_without_compare_and_set_of_the_share_it_is_found_exceeded(game: Game) -> None:
    with instead(claiming, "COUNT_QUOTAS", LOOK_THEN_COUNT):
        all_of_a_share(game)
    assert {SHARES, QUOTAS} <= {*game.faults()}


def two_hold_one(game: Game) -> list[Outcome]:
    return [answer.outcome for answer in game.at_once(game.holds(game.seat()), game.holds(game.seat(), desk=1))]


def test_of_two_who_hold_one_seat_one_does(game: Game) -> None:
    assert sorted(two_hold_one(game)) == [Outcome.DONE, Outcome.TAKEN]
    assert game.faults() == []


def test_without_compare_and_set_of_the_hold_two_holders_are_found(game: Game) -> None:
    with instead(holds, "HOLD", LOOK_THEN_HOLD):
        assert two_hold_one(game) == [Outcome.DONE] * 2
    assert LINEARIZABLE in game.faults()


def test_without_one_transaction_a_booking_without_its_record_is_found(game: Game) -> None:
    """What is committed by itself stands although what belongs to it failed."""
    made = game.one(game.wants(game.seat()))
    assert game.faults() == []
    run(game.database, "alter table audit_auditevent disable trigger audit_append_only")
    run(game.database, "alter table audit_auditevent no force row level security")
    run(game.database, f"delete from audit_auditevent where subject_type = 'booking' and subject_id = {made.booking}")
    run(game.database, f"delete from jobs_job where payload ->> 'booking_id' = '{made.booking}'")
    assert game.faults() == [RECORDS]
