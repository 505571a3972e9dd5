"""One slot, one booking: many callers at once, each with a connection of its own, on a database where changes commit.

Two guards stand one behind the other: the claim by compare-and-set, and the unique index on live bookings. Each is taken
away alone (the other holds), then both (the checker must find the double booking: else it proves nothing).
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from pcnhub.care.appointments.models import Booking, Slot
from pcnhub.care.appointments.operations import (
    Booked,
    BookingMoved,
    SessionHasPatients,
    SessionsMade,
    SlotTaken,
    TemplateDetails,
    book,
    cancel,
    cancel_session,
    make_sessions,
    publish_session,
    rebook,
    save_template,
)
from pcnhub.care.appointments.operations import claiming
from pcnhub.care.organisations.models import Position
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Refusal
from tests.cast import NOW, World, patient, world
from tests.conftest import FreshDatabase
from tests.rooms.appointments.book import EVENING, TUESDAY, details, request, session, slot_type, slots

pytestmark = pytest.mark.slow

CALLERS = 12
ROUNDS = 6

# What a careless programmer would write: look, then set. The pause is where the other caller gets in.
_WHERE = claiming.CLAIM_AND_BOOK[claiming.CLAIM_AND_BOOK.index("where") : claiming.CLAIM_AND_BOOK.index("returning")]
CHECK_THEN_SET = f"""
with seen as materialized (select id from appointments_slot {_WHERE}),
paused as materialized (select seen.*, pg_sleep(0.05) from seen),
claimed as (update appointments_slot set state = 'booked' where id in (select id from paused)
  returning id, hub_id, starts_at, ends_at)
{claiming.CLAIM_AND_BOOK[claiming.CLAIM_AND_BOOK.index("insert into") :]}
"""  # noqa: S608


@pytest.fixture
def w(fresh_database: FreshDatabase) -> World:
    """Committed, so that every connection sees it."""
    with transaction.atomic():
        return world()


def all_at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """What each call answered or raised, all of them let go at one moment, each in a thread with its own connection."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        with closing(connection):
            connection.ensure_connection()
            gate.wait()
            try:
                return call()
            except (Refusal, IntegrityError) as refusal:
                return refusal

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def patients_of(w: World, many: int) -> list[tuple[Actor, int]]:
    """Callers of two practices, each with a patient of their own."""
    numbers = iter(valid_numbers(many))
    callers = []
    for n in range(many):
        actor, practice = ((w.ada, w.ash), (w.efe, w.birch))[n % 2]
        with transaction.atomic():
            callers.append((actor, patient(practice, next(numbers), f"P{n}", "Race", date(1980, 1, 1)).pk))
    return callers


def valid_numbers(many: int) -> Iterator[str]:
    from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit

    found = 0
    for n in range(100_000_000):
        nine = f"9{n + 10_000:08d}"
        if (digit := nhs_number_check_digit(nine)) < 10:
            yield f"{nine}{digit}"
            found += 1
            if found == many:
                return


def race(w: World, *, rounds: int = ROUNDS) -> list[object]:
    """Every caller wants the same slot, round after round."""
    callers = patients_of(w, CALLERS)
    answers: list[object] = []
    free = slots(session(w))
    for n in range(rounds):
        slot = free[n % len(free)].id
        answers += all_at_once(
            [partial(book, actor=actor, now=NOW, request=request(slot, person)) for actor, person in callers]
        )
    return answers


def double_bookings(database: FreshDatabase) -> dict[int, int]:
    """The checker: slots with more than one live booking, read by the server's administrator, whom no policy hides a row
    from."""
    with psycopg.connect(database.superuser_url) as reader:
        rows = reader.execute("select slot_id from appointments_bookedslot where is_live").fetchall()
    return {slot: many for slot, many in Counter(slot for (slot,) in rows).items() if many > 1}


def live_bookings(database: FreshDatabase) -> int:
    with psycopg.connect(database.superuser_url) as reader:
        [(many,)] = reader.execute("select count(*) from appointments_booking where status <> 'cancelled'").fetchall()
    return int(many)


def without_index(database: FreshDatabase) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("drop index booking_one_live_a_slot")


@contextmanager
def without_compare_and_set() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claiming, "CLAIM_AND_BOOK", CHECK_THEN_SET)
        yield


def test_of_many_callers_exactly_one_gets_the_slot(w: World, fresh_database: FreshDatabase) -> None:
    answers = race(w)
    won = [answer for answer in answers if not isinstance(answer, Exception)]
    assert len(won) == ROUNDS == live_bookings(fresh_database)
    assert {type(answer) for answer in answers if isinstance(answer, Exception)} == {SlotTaken}
    assert not double_bookings(fresh_database)


def test_without_the_index_the_claim_still_holds(w: World, fresh_database: FreshDatabase) -> None:
    without_index(fresh_database)
    race(w)
    assert live_bookings(fresh_database) == ROUNDS
    assert not double_bookings(fresh_database)


def test_without_the_claim_the_index_still_holds(w: World, fresh_database: FreshDatabase) -> None:
    with without_compare_and_set():
        race(w)
    assert live_bookings(fresh_database) == ROUNDS
    assert not double_bookings(fresh_database)


def test_without_both_the_checker_finds_the_double_booking(w: World, fresh_database: FreshDatabase) -> None:
    without_index(fresh_database)
    with without_compare_and_set():
        race(w)
    assert double_bookings(fresh_database)


def test_one_request_sent_many_times_at_once_is_one_booking(w: World, fresh_database: FreshDatabase) -> None:
    wish = request(slots(session(w))[0].id, w.patient_of_ash.pk)
    answers = all_at_once([lambda: book(actor=w.ada, now=NOW, request=wish)] * CALLERS)
    assert len({getattr(answer, "booking_id", answer) for answer in answers}) == 1
    assert live_bookings(fresh_database) == 1


def test_cancelling_many_times_at_once_frees_the_slot_once(w: World, fresh_database: FreshDatabase) -> None:
    slot = slots(session(w))[0].id
    made = book(actor=w.ada, now=NOW, request=request(slot, w.patient_of_ash.pk))
    answers = all_at_once([lambda: cancel(actor=w.ada, now=NOW, booking_id=made.booking_id, version=1)] * CALLERS)
    assert answers.count(None) == 1
    assert Slot.objects.get(pk=slot).state == "free"


@contextmanager
def slow_claims(seconds: float = 0.4) -> Iterator[threading.Event]:
    """Whoever claims a slot pauses before, holding what they hold; the event says that somebody does."""
    claim, holding = claiming.claim_and_book, threading.Event()

    def pause(*values: Any, **more: Any) -> int | None:
        holding.set()
        time.sleep(seconds)
        return claim(*values, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claiming, "claim_and_book", pause)
        yield holding


def move(w: World, booking_id: int, to: int) -> Booked:
    return rebook(
        actor=w.ada,
        now=NOW,
        booking_id=booking_id,
        version=1,
        slot_id=to,
        idempotency_key="move",
        patient_agrees=True,
    )


def test_whoever_cancels_while_another_moves_the_booking_is_told_so(w: World, fresh_database: FreshDatabase) -> None:
    """Each needs the slot and the booking: in one order, or both would wait until the server ends one of them."""
    first, _, third, *_ = (slot.id for slot in slots(session(w)))
    made = book(actor=w.ada, now=NOW, request=request(first, w.patient_of_ash.pk)).booking_id
    with slow_claims() as holding:

        def call_off() -> None:
            assert holding.wait(10)
            cancel(actor=w.carys, now=NOW, booking_id=made, version=1)

        moved, cancelled = all_at_once([lambda: move(w, made, third), call_off])
    assert (type(moved), type(cancelled)) == (Booked, BookingMoved)
    assert [Slot.objects.get(pk=slot).state for slot in (first, third)] == ["free", "booked"]


def test_a_session_is_cancelled_or_a_booking_moved_within_it(w: World, fresh_database: FreshDatabase) -> None:
    held = session(w)
    first, _, third, *_ = (slot.id for slot in slots(held))
    made = book(actor=w.ada, now=NOW, request=request(third, w.patient_of_ash.pk)).booking_id
    with slow_claims() as holding:

        def call_off() -> None:
            assert holding.wait(10)
            cancel_session(actor=w.carys, now=NOW, session_id=held, reason="Ill")

        moved, cancelled = all_at_once([lambda: move(w, made, first), call_off])
    assert (type(moved), type(cancelled)) == (Booked, SessionHasPatients)


def test_a_move_asked_twice_at_once_is_one_move_and_both_are_told_so(w: World, fresh_database: FreshDatabase) -> None:
    first, _, third, *_ = (slot.id for slot in slots(session(w)))
    made = book(actor=w.ada, now=NOW, request=request(first, w.patient_of_ash.pk)).booking_id
    with slow_claims():
        answers = all_at_once([lambda: move(w, made, third)] * 2)
    assert all(isinstance(answer, Booked) for answer in answers), answers
    assert len({answer.booking_id for answer in answers if isinstance(answer, Booked)}) == 1
    assert live_bookings(fresh_database) == 1


def test_two_patients_who_swap_slots_wait_for_nobody_for_ever(w: World, fresh_database: FreshDatabase) -> None:
    """Both want the other's slot: each is refused or done, and every slot has one booking at most."""
    first, second, *_ = (slot.id for slot in slots(session(w)))
    callers = ((w.ada, w.patient_of_ash.pk, first, second), (w.efe, w.patient_of_birch.pk, second, first))
    for n in range(ROUNDS):
        moves: list[Callable[[], object]] = []
        for actor, person, have, want in callers:
            with unit_of_work(actor):
                live = Booking.objects.exclude(status="cancelled").filter(slot=have).first()
            made = live.pk if live else book(actor=actor, now=NOW, request=request(have, person)).booking_id
            moves.append(
                partial(
                    rebook,
                    actor=actor,
                    now=NOW,
                    booking_id=made,
                    version=1,
                    slot_id=want,
                    idempotency_key=f"{n}-{have}",
                    patient_agrees=True,
                )
            )
        answers = all_at_once(moves)
        assert all(isinstance(answer, SlotTaken) for answer in answers)
    assert not double_bookings(fresh_database)


def test_making_the_weekly_sessions_at_once_makes_each_once(w: World, fresh_database: FreshDatabase) -> None:
    weekly = TemplateDetails(details(w, slot_type(w)), 2, *EVENING, TUESDAY)
    save_template(actor=w.carys, now=NOW, details=weekly)
    make = partial(make_sessions, actor=w.carys, now=NOW, hub_id=w.hub.pk, until=TUESDAY)
    made = [answer.made for answer in all_at_once([make] * 4) if isinstance(answer, SessionsMade)]
    assert sorted(len(ids) for ids in made) == [0, 0, 0, 1]


def test_a_clinician_is_in_one_place_at_a_time(w: World, fresh_database: FreshDatabase) -> None:
    """Two sessions of one clinician at one time, published at one moment: the exclusion constraint lets one through."""
    drafts = [session(w, publish=False) for _ in range(2)]
    answers = all_at_once([partial(publish_session, actor=w.carys, now=NOW, session_id=draft) for draft in drafts])
    assert [type(answer) for answer in answers if answer] == [InvalidInput]
    assert Slot.objects.filter(holder=w.bilal.position_id).values("session").distinct().count() == 1


def test_a_clinician_with_two_positions_is_in_one_place_at_a_time(w: World, fresh_database: FreshDatabase) -> None:
    """What is exclusive is the person, not the position."""
    first = Position.objects.get(pk=w.bilal.position_id or 0)
    second = Position.objects.create(
        account=first.account, organisation=w.hub, role_code="R8003", job_category=first.job_category,
        job_role_code=first.job_role_code, consulter=True, session_holder=True, starts_on=first.starts_on,
    )  # fmt: skip
    drafts = [session(w, publish=False, holder_id=held) for held in (first.pk, second.pk)]
    answers = all_at_once([partial(publish_session, actor=w.carys, now=NOW, session_id=draft) for draft in drafts])
    assert [type(answer) for answer in answers if answer] == [InvalidInput]
    assert Slot.objects.filter(clinician=first.account).values("session").distinct().count() == 1


def test_without_the_exclusion_constraint_the_clinician_is_in_two_places(
    w: World, fresh_database: FreshDatabase
) -> None:
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        owner.execute("alter table appointments_slot drop constraint slot_clinician_once")
    drafts = [session(w, publish=False) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pcnhub.care.appointments.operations.publishing._busy_with", lambda *_: ())
        for draft in drafts:
            publish_session(actor=w.carys, now=NOW, session_id=draft)
    assert Slot.objects.filter(holder=w.bilal.position_id).values("session").distinct().count() == 2
