"""Races that need a certain moment: each is brought about on purpose, on a database where changes commit.

Negative controls, with each guard taken away, are in `test_guards.py`; long recorded histories are in `histories/`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from pcnhub.care.appointments.models import Slot
from pcnhub.care.appointments.operations import (
    Booked,
    BookingMoved,
    SessionsMade,
    TemplateDetails,
    book,
    booking,
    cancel,
    claiming,
    gp_connect,
    make_sessions,
    publish_session,
    publishing,
    rebook,
    save_template,
)
from pcnhub.care.appointments.operations.cancelling import cancel_sessions, plan_cancelling
from pcnhub.care.appointments.operations.planning import BookChanged
from pcnhub.care.appointments.operations.slots import split_slot
from pcnhub.care.organisations.models import Position
from pcnhub.foundations.kernel.refusals import InvalidInput, Refusal
from tests.cast import NOW, World, world
from tests.conftest import FreshDatabase
from tests.proof.histories import ledger
from tests.proof.histories.attempts import Outcome
from tests.proof.histories.game import Game
from tests.rooms.appointments.book import EVENING, TUESDAY, details, request, session, slot_type, slots

pytestmark = pytest.mark.slow


@pytest.fixture
def w(fresh_database: FreshDatabase) -> World:
    """Committed, so that every connection sees it."""
    with transaction.atomic():
        return world()


def in_a_thread_of_its_own(call: Callable[[], object]) -> object:
    """With a connection of its own, to its end."""

    def run() -> object:
        with closing(connection):
            return call()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


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


@contextmanager
def meanwhile(owner: Any, name: str, act: Callable[[], object]) -> Iterator[None]:
    """Right after the first call of this function of the product, somebody else does something, to the end."""
    original, first = getattr(owner, name), threading.Lock()

    def wrapped(*given: Any, **named: Any) -> Any:
        answer = original(*given, **named)
        if first.acquire(blocking=False):
            in_a_thread_of_its_own(act)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, wrapped)
        yield


@contextmanager
def slow_claims(seconds: float = 0.3) -> Iterator[threading.Event]:
    """Whoever claims a slot pauses before, holding what they hold; the event says that somebody does."""
    claim, holding = claiming.claim_and_book, threading.Event()

    def pause(**values: Any) -> int | None:
        holding.set()
        time.sleep(seconds)
        return claim(**values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claiming, "claim_and_book", pause)
        yield holding


def move(w: World, booking_id: int, to: int) -> Booked:
    return rebook(
        actor=w.ada, now=NOW, booking_id=booking_id, version=1, slot_id=to, idempotency_key="move", patient_agrees=True
    )


@pytest.mark.parametrize("seats", [1, 2])
def test_who_asks_twice_is_never_told_that_their_own_seat_was_taken(game: Game, seats: int) -> None:
    """The second has looked for its key and not found it; then the first is done; then the second looks at the slots."""
    asked = game.wants(*(game.seat(place) for place in range(seats)), key="once")
    with meanwhile(booking, "_asked_before", lambda: game.one(asked)):
        answer = game.one(asked)
    assert answer.outcome is Outcome.REPEATED
    assert game.faults() == []


def test_a_consumer_who_asks_twice_is_never_told_that_its_own_seat_was_taken(game: Game) -> None:
    asked = game.wants(game.seat(), desk=3, key="once")
    with meanwhile(gp_connect, "_asked_before", lambda: game.one(asked)):
        assert game.one(asked).outcome is Outcome.GRANTED
    assert game.faults() == []


def test_who_has_used_up_their_share_still_moves_within_it(game: Game) -> None:
    share = game.book.shares[0]
    seats = sorted(share.slots)
    made = [game.one(game.wants(seats[n], key=f"n{n}", patient=n)) for n in range(share.at_most)]
    moved = game.one(game.moves(made[0], seats[0], seats[-1], key="n0", to_key="moved"))
    assert moved.outcome is Outcome.DONE, moved
    assert game.faults() == []


def test_an_appointment_of_two_seats_has_no_gap_when_one_is_split_meanwhile(game: Game) -> None:
    """They are looked at, then somebody splits the first, then they are claimed."""
    first, second = game.seat(0), game.seat(1)
    split = partial(split_slot, actor=game.book.manager, now=datetime.now(UTC), slot_id=first)
    with meanwhile(booking, "counted_quotas", split):
        game.one(game.wants(first, second))
    assert game.faults() == []


def test_cancelling_many_times_at_once_frees_the_seat_once(game: Game) -> None:
    made = game.one(game.wants(game.seat(), key="once"))
    answers = game.at_once(*[game.gives_back(made, game.seat(), key="once")] * 6)
    assert sorted(answer.outcome for answer in answers) == [Outcome.DONE, *[Outcome.MOVED_ON] * 5]
    assert game.faults() == []


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
    plan = plan_cancelling(actor=w.carys, now=NOW, session_ids=[held])
    with slow_claims() as holding:

        def call_off() -> None:
            assert holding.wait(10)
            cancel_sessions(actor=w.carys, now=NOW, session_ids=[held], reason="Ill", shown=plan.token())

        moved, cancelled = all_at_once([lambda: move(w, made, first), call_off])
    assert (type(moved), type(cancelled)) == (Booked, BookChanged)


def test_a_move_asked_twice_at_once_is_one_move_and_both_are_told_so(w: World, fresh_database: FreshDatabase) -> None:
    first, _, third, *_ = (slot.id for slot in slots(session(w)))
    made = book(actor=w.ada, now=NOW, request=request(first, w.patient_of_ash.pk)).booking_id
    with slow_claims():
        answers = all_at_once([lambda: move(w, made, third)] * 2)
    assert all(isinstance(answer, Booked) for answer in answers), answers
    assert len({answer.booking_id for answer in answers if isinstance(answer, Booked)}) == 1


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
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [InvalidInput]
    assert in_two_places(fresh_database) == []


def test_a_clinician_with_two_positions_is_in_one_place_at_a_time(w: World, fresh_database: FreshDatabase) -> None:
    """What is exclusive is the person, not the position."""
    first = Position.objects.get(pk=w.bilal.position_id or 0)
    second = Position.objects.create(
        account=first.account, organisation=w.hub, role_code="R8003", job_category=first.job_category,
        job_role_code=first.job_role_code, consulter=True, session_holder=True, starts_on=first.starts_on,
    )  # fmt: skip
    drafts = [session(w, publish=False, holder_id=held) for held in (first.pk, second.pk)]
    answers = all_at_once([partial(publish_session, actor=w.carys, now=NOW, session_id=draft) for draft in drafts])
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [InvalidInput]
    assert in_two_places(fresh_database) == []


def test_without_the_exclusion_constraint_the_clinician_is_found_in_two_places(
    w: World, fresh_database: FreshDatabase
) -> None:
    with psycopg.connect(fresh_database.owner_url, autocommit=True) as owner:
        owner.execute("alter table appointments_slot drop constraint slot_clinician_once")
    drafts = [session(w, publish=False) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "_busy_with", lambda *_: ())
        for draft in drafts:
            publish_session(actor=w.carys, now=NOW, session_id=draft)
    assert in_two_places(fresh_database)


def in_two_places(database: FreshDatabase) -> list[str]:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("create table if not exists proof_heard (dedup_key text)")
    return list(ledger.clinicians_amiss(ledger.read(database.superuser_url)))
