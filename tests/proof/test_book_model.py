"""One book against a plain model of it: Hypothesis makes up what people do, one after another, and looks for a difference.

The model is a list of seats in Python (`Seat`, below); the book is the whole operations on PostgreSQL. After every step the
states, the seats, the share and the search must be what the model says; a difference is shrunk to the fewest steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from pcnhub.care.appointments.models import BookedSlot, SessionQuota, Slot
from pcnhub.care.appointments.operations.slots import split_slot
from pcnhub.care.appointments.queries import SlotCriteria, free_slots
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import NOW
from tests.proof.histories.attempts import Answer, Attempt, Kind, Outcome
from tests.proof.histories.book import Book, Desk, made_book
from tests.proof.histories.layers import Consumers, Operations, Wanted

SEATS = 6  # of ten minutes, in each of two sessions
SHARE = 3
EXAMPLES, STEPS = 12, 30
PLACES = st.integers(0, 2 * SEATS - 1)
STAFF = st.integers(0, 2)  # Ash Lane, Birch Road, the hub
CONSUMERS = st.integers(3, 4)  # Ash Lane and somebody unknown, over GP Connect


@dataclass
class Seat:
    slot_id: int
    session: int
    starts_at: datetime
    ends_at: datetime
    state: str = "free"
    holder: str = ""
    until: datetime = NOW
    wish: str = ""
    is_extra: bool = False


@dataclass
class Made:
    """A booking as the model knows it."""

    wanted: Wanted
    booking: int
    seats: list[int]
    is_live: bool = True


@dataclass
class Model:
    seats: dict[int, Seat]
    share_session: int
    bookings: dict[str, Made] = field(default_factory=dict)

    def run_from(self, slot_id: int, many: int) -> list[Seat]:
        """The seat and those that touch it, as many as there are."""
        run = [self.seats[slot_id]]
        while len(run) < many:
            following = [
                seat for seat in self.seats.values()
                if not seat.is_extra and seat.state != "cancelled"
                and (seat.session, seat.starts_at) == (run[-1].session, run[-1].ends_at)
            ]  # fmt: skip
            if not following:
                break
            run += following[:1]
        return run

    def used(self, ods_code: str) -> int:
        live = [made for made in self.bookings.values() if made.is_live and made.wanted.desk.ods_code == ods_code]
        return sum(self.seats[slot].session == self.share_session for made in live for slot in made.seats)

    def answer(self, run: list[Seat], many: int, desk: Desk, by: str, now: datetime, *, leaves: int = 0) -> Outcome:
        """What the book must say to who wants these seats. `leaves`: of the same share, by a move."""
        if len(run) < many:
            return Outcome.REFUSED
        if any(seat.state != "free" or _is_kept(seat, by, now) for seat in run):
            return Outcome.TAKEN
        of_share = desk.ods_code == "A81001" and run[0].session == self.share_session
        return Outcome.FULL if of_share and self.used(desk.ods_code) + many - leaves > SHARE else Outcome.DONE


def _is_kept(seat: Seat, by: str, now: datetime) -> bool:
    return seat.holder not in ("", by) and seat.until > now


class BookMachine(RuleBasedStateMachine):
    book: Book
    made = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now = NOW
        self.steps = 0
        chosen = self.book.places
        self.model = Model(
            {place.slot_id: Seat(place.slot_id, place.session_id, place.starts_at, place.ends_at) for place in chosen},
            self.book.session_of(self.book.shares[0]),
        )
        self.slots = [place.slot_id for place in chosen]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    # What people do

    @rule(target=made, desk=STAFF, place=PLACES, many=st.sampled_from([1, 1, 2, 3]), patient=st.integers(0, 3))
    def books(self, desk: int, place: int, many: int, patient: int) -> Any:
        return self._books(desk, place, many, patient)

    @rule(target=made, desk=CONSUMERS, place=PLACES, many=st.sampled_from([1, 2]), patient=st.integers(0, 3))
    def books_from_afar(self, desk: int, place: int, many: int, patient: int) -> Any:
        if any(self._is_split(seat) for seat in self.model.run_from(self.slots[place], many)):
            return multiple()  # a consumer that has not searched again: its times are refused, which is tried elsewhere
        return self._books(desk, place, many, patient)

    def _books(self, desk_place: int, place: int, many: int, patient: int) -> Any:
        desk = (*self.book.desks, *self.book.consumers)[desk_place]
        run = self.model.run_from(self.slots[place], many)
        if len(run) < many and desk in self.book.consumers:
            return multiple()
        takes = tuple(seat.slot_id for seat in run) if len(run) == many else tuple([run[0].slot_id] * many)
        wanted = self._wanted(Kind.BOOK, desk, desk.patients[patient], takes=takes)
        expected = self.model.answer(run, many, desk, wanted.attempt.by, self.now)
        answer = self._make(wanted)
        granted = Outcome.GRANTED if desk in self.book.consumers else Outcome.DONE
        assert answer.outcome == (granted if expected is Outcome.DONE else expected), (answer, run)
        if expected is not Outcome.DONE:
            return multiple()
        return self._took(wanted, answer, [seat.slot_id for seat in run])

    @rule(target=made, place=PLACES)
    def is_squeezed_in(self, place: int) -> Any:
        """An extra seat beside any slot, whatever its state."""
        desk, beside = self.book.desks[2], self.model.seats[self.slots[place]]
        wanted = self._wanted(Kind.BOOK, desk, desk.patients[0], beside=beside.slot_id)
        answer = self._make(wanted)
        assert answer.outcome is Outcome.DONE, answer
        [slot_id] = answer.seats
        self.model.seats[slot_id] = replace(beside, slot_id=slot_id, state="free", holder="", wish="", is_extra=True)
        return self._took(wanted, answer, [slot_id])

    @rule(wish=made)
    def asks_again(self, wish: str) -> None:
        """The very same request: the very same answer, whatever has become of it."""
        known = self.model.bookings[wish]
        if known.wanted.attempt.kind is Kind.MOVE or any(
            self._is_split(self.model.seats[slot]) for slot in known.seats
        ):
            return
        answer = self._make(known.wanted)
        assert answer.outcome in (Outcome.REPEATED, Outcome.GRANTED)
        assert answer.booking == known.booking

    @rule(wish=made)
    def cancels(self, wish: str) -> None:
        known = self.model.bookings[wish]
        wanted = replace(self._wanted(Kind.CANCEL, known.wanted.desk, known.wanted.patient), booking=known.booking)
        answer = self._make(wanted)
        assert answer.outcome is (Outcome.DONE if known.is_live else Outcome.MOVED_ON)
        self._gave_back(known)

    @rule(target=made, wish=consumes(made), place=PLACES)
    def moves(self, wish: str, place: int) -> Any:
        known = self.model.bookings[wish]
        if known.wanted.desk in self.book.consumers:
            return wish
        many, desk = len(known.seats), known.wanted.desk
        run = self.model.run_from(self.slots[place], many)
        if len(run) < many:
            return wish
        leaves = sum(self.model.seats[slot].session == self.model.share_session for slot in known.seats)
        wanted = self._wanted(
            Kind.MOVE, desk, known.wanted.patient, takes=tuple(seat.slot_id for seat in run), gives=tuple(known.seats)
        )
        expected = Outcome.MOVED_ON
        if known.is_live:
            expected = self.model.answer(run, many, desk, wanted.attempt.by, self.now, leaves=leaves)
        answer = self._make(replace(wanted, booking=known.booking))
        assert answer.outcome is expected, (answer, run)
        if expected is not Outcome.DONE:
            return wish
        self._gave_back(known)
        return multiple(wish, self._took(wanted, answer, [seat.slot_id for seat in run]))

    @rule(desk=STAFF, place=PLACES)
    def holds(self, desk: int, place: int) -> None:
        seat, who = self.model.seats[self.slots[place]], self.book.desks[desk]
        wanted = self._wanted(Kind.HOLD, who, who.patients[0], takes=(seat.slot_id,))
        expected = self.model.answer([seat], 1, who, wanted.attempt.by, self.now)
        assert self._make(wanted).outcome is expected
        if expected is Outcome.DONE:
            seat.holder, seat.until = wanted.attempt.by, self.now + timedelta(minutes=5)

    @rule(desk=STAFF, place=PLACES)
    def lets_go(self, desk: int, place: int) -> None:
        seat, who = self.model.seats[self.slots[place]], self.book.desks[desk]
        wanted = self._wanted(Kind.LET_GO, who, who.patients[0], takes=(seat.slot_id,))
        assert self._make(wanted).outcome is Outcome.DONE
        if seat.holder == wanted.attempt.by:
            seat.holder = ""

    @rule(place=PLACES, kind=st.sampled_from([Kind.BLOCK, Kind.UNBLOCK]))
    def blocks_or_opens(self, place: int, kind: Kind) -> None:
        seat, desk = self.model.seats[self.slots[place]], self.book.desks[2]
        before, after = ("free", "blocked") if kind is Kind.BLOCK else ("blocked", "free")
        answer = self._make(self._wanted(kind, desk, desk.patients[0], takes=(seat.slot_id,)))
        assert answer.outcome is (Outcome.DONE if seat.state == before else Outcome.NOT_FREE)
        seat.state = after if seat.state == before else seat.state

    @rule(place=PLACES)
    def splits(self, place: int) -> None:
        seat = self.model.seats[self.slots[place]]
        if seat.state != "free" or _is_kept(seat, "", self.now) or seat.ends_at - seat.starts_at < timedelta(minutes=4):
            return
        second = split_slot(actor=self.book.manager, now=self.now, slot_id=seat.slot_id)
        minutes = int((seat.ends_at - seat.starts_at).total_seconds() // 60)
        middle = seat.starts_at + timedelta(minutes=minutes - minutes // 2)
        self.model.seats[second] = Seat(second, seat.session, middle, seat.ends_at)
        seat.ends_at = middle

    @rule(minutes=st.sampled_from([1, 4, 5]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    # What must be so after each of it

    @invariant()
    def the_database_is_as_the_model(self) -> None:
        states = dict(Slot.objects.filter(pk__in=self.model.seats).values_list("pk", "state"))
        assert states == {seat.slot_id: seat.state for seat in self.model.seats.values()}
        with unit_of_work(self.book.manager):
            live = dict(BookedSlot.objects.filter(is_live=True).values_list("slot", "booking"))
        assert live == {
            slot: made.booking for made in self.model.bookings.values() if made.is_live for slot in made.seats
        }
        used = SessionQuota.objects.get(pk=self.book.shares[0].quota_id).used
        assert used == self.model.used("A81001")

    @invariant()
    def the_search_finds_what_can_be_booked(self) -> None:
        birch = self.book.desks[1]
        by = f"{birch.actor.organisation.id}:{birch.actor.user}"
        day = london_date(self.book.places[0].starts_at)
        criteria = SlotCriteria(from_on=day, to_on=day)
        found = {slot.id for slot in free_slots(actor=birch.actor, now=self.now, criteria=criteria).slots}
        assert found == {
            seat.slot_id for seat in self.model.seats.values()
            if seat.state == "free" and not seat.is_extra and not _is_kept(seat, by, self.now)
        }  # fmt: skip

    # Small change

    def _wanted(self, kind: Kind, desk: Desk, patient: Any, **more: Any) -> Wanted:
        self.steps += 1
        by = f"{desk.actor.organisation.id}:{desk.actor.user}"
        layer = "gp-connect" if desk in self.book.consumers else "operation"
        attempt = Attempt(id=str(self.steps), layer=layer, kind=kind, by=by, now=self.now.timestamp(), **more)
        return Wanted(attempt, desk, patient, f"model-{self.steps}")

    def _make(self, wanted: Wanted) -> Answer:
        layer = Consumers(self.book) if wanted.desk in self.book.consumers else Operations(self.book)
        return layer.make(wanted)

    def _took(self, wanted: Wanted, answer: Answer, seats: list[int]) -> str:
        assert answer.booking
        for slot in seats:
            seat = self.model.seats[slot]
            seat.state, seat.wish, seat.holder = "booked", wanted.key, ""
        self.model.bookings[wanted.key] = Made(wanted, answer.booking, seats)
        return wanted.key

    def _gave_back(self, known: Made) -> None:
        for slot in known.seats if known.is_live else ():
            seat = self.model.seats[slot]
            seat.state, seat.wish = ("cancelled" if seat.is_extra else "free"), ""
        known.is_live = False

    def _is_split(self, seat: Seat) -> bool:
        return seat.ends_at - seat.starts_at != timedelta(minutes=10)


@pytest.fixture
def book(db: None) -> Book:
    return made_book(clinicians=2, now=NOW, share=SHARE, day=(time(8), time(9)))


@pytest.mark.slow
def test_a_book_is_what_its_model_says(book: Book) -> None:
    BookMachine.book = book
    quickly = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        suppress_health_check=[*HealthCheck],
    )
    run_state_machine_as_test(BookMachine, settings=quickly)
