"""Where a call goes in: the whole operation, or its statements alone.

`Operations` calls what every door calls: gate, visibility, registration, claim, event, audit, outbox. `Consumers` calls what
the GP Connect door calls, for organisations that are not on this platform too. `statements.py` sends the claim and the
cancellation alone; `door.py` goes in over HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import psycopg

from tests.proof.histories.attempts import Answer, Attempt, Kind, Outcome
from tests.proof.histories.book import Book, Desk, Patient

GONE = ("57P01", "57P02", "57P03", "08000", "08003", "08006", "08001")  # the server shut down, or the line was cut
CLOSED = {"taken", "held", "blocked", "cancelled"}
FULL = "quota-used"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An attempt, and what a layer needs to make it."""

    attempt: Attempt
    desk: Desk
    patient: Patient
    key: str
    booking: int = 0  # what is cancelled or moved
    version: int = 1
    any_clinician: bool = False

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.attempt.now, UTC)


class Layer(Protocol):
    name: str

    def make(self, wanted: Wanted) -> Answer: ...
    def reconnect(self) -> None: ...


class Operations:
    """The room's public operations, on Django's own connection."""

    name = "operation"
    keys: tuple[str, ...] = ("operation-", "own:")  # of the bookings that it cancels and moves: patients' as well

    def __init__(self, book: Book) -> None:
        self.book_of_hub = book

    def make(self, wanted: Wanted) -> Answer:
        return answered(lambda: self.calls()[wanted.attempt.kind](wanted))

    def calls(self) -> dict[Kind, Callable[[Wanted], Answer]]:
        return {
            Kind.BOOK: self.book,
            Kind.CANCEL: self.cancel,
            Kind.MOVE: self.move,
            Kind.HOLD: self.hold,
            Kind.LET_GO: self.let_go,
            Kind.BLOCK: self.block,
            Kind.UNBLOCK: self.unblock,
        }

    def reconnect(self) -> None:
        from django.db import connection

        connection.close()

    def book(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import BookingRequest, book

        asked = wanted.attempt
        made = book(
            actor=wanted.desk.actor,
            now=wanted.now,
            request=BookingRequest(
                slot_id=asked.beside or asked.takes[0],
                patient_id=wanted.patient.own_id,
                idempotency_key=wanted.key,
                reason="Proof",
                patient_agrees=True,
                slots=len(asked.takes) or 1,
                override_reason="Proof" if asked.beside else "",
                any_clinician=wanted.any_clinician,
            ),
        )
        if made.was_repeated:
            return Answer(Outcome.REPEATED, booking=made.booking_id)
        learnt = bool(asked.beside or wanted.any_clinician)
        return Answer(Outcome.DONE, booking=made.booking_id, seats=(made.slot.id,) if learnt else ())

    def cancel(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import cancel

        cancel(actor=wanted.desk.actor, now=wanted.now, booking_id=wanted.booking, version=wanted.version)
        return Answer(Outcome.DONE)

    def move(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import rebook

        made = rebook(
            actor=wanted.desk.actor,
            now=wanted.now,
            booking_id=wanted.booking,
            version=wanted.version,
            slot_id=wanted.attempt.takes[0],
            idempotency_key=wanted.key,
            patient_agrees=True,
            slots=len(wanted.attempt.takes),
        )
        return Answer(Outcome.REPEATED if made.was_repeated else Outcome.DONE, booking=made.booking_id)

    def hold(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import hold

        hold(actor=wanted.desk.actor, now=wanted.now, slot_id=wanted.attempt.takes[0])
        return Answer(Outcome.DONE)

    def let_go(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import let_go

        let_go(actor=wanted.desk.actor, now=wanted.now, slot_id=wanted.attempt.takes[0])
        return Answer(Outcome.DONE)

    def block(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import block_slot

        block_slot(actor=self.book_of_hub.manager, now=wanted.now, slot_id=wanted.attempt.takes[0], reason="Proof")
        return Answer(Outcome.DONE)

    def unblock(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import unblock_slot

        unblock_slot(actor=self.book_of_hub.manager, now=wanted.now, slot_id=wanted.attempt.takes[0])
        return Answer(Outcome.DONE)


class Consumers(Operations):
    """The operations that the GP Connect door calls. The desk's actor is the hub's own, named after who asks."""

    name = "gp-connect"
    keys = ("gp-connect-",)

    def calls(self) -> dict[Kind, Callable[[Wanted], Answer]]:
        return {Kind.BOOK: self.book, Kind.CANCEL: self.cancel}

    def book(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import ConsumerBooking, book_for
        from pcnhub.care.appointments.queries.consumers import consumer_of
        from pcnhub.care.appointments.rules.visibility import Route

        seats = [self.book_of_hub.place(slot) for slot in wanted.attempt.takes]
        consumer = consumer_of(
            ods_code=wanted.desk.ods_code, organisation_type="gp-practice", route=Route.GP_CONNECT,
            hub_id=self.book_of_hub.hub_id, now=wanted.now,
        )  # fmt: skip
        made = book_for(
            actor=wanted.desk.actor,
            now=wanted.now,
            consumer=consumer,
            request=ConsumerBooking(
                slot_ids=wanted.attempt.takes,
                patient_id=wanted.patient.hub_id,
                starts_at=seats[0].starts_at,
                ends_at=seats[-1].ends_at,
                idempotency_key=wanted.key,
                description="Proof",
                contact={"name": "Proof"},
                booked_by_user=wanted.desk.actor.user,
                booked_by_name=wanted.desk.actor.name,
            ),
        )
        return Answer(Outcome.GRANTED, booking=made.id)  # an appointment does not say whether it was made before


def answered(call: Callable[[], Answer]) -> Answer:
    """What the caller learns. A fault of the server that is no loss of the line keeps its SQLSTATE: nobody may meet one."""
    from django.db import Error

    from pcnhub.care.appointments import operations as book
    from pcnhub.foundations.kernel.refusals import Conflict, Refusal

    try:
        return call()
    except book.SlotTaken as refusal:
        return Answer(Outcome.TAKEN, refusal.code)
    except book.QuotaUsed as refusal:
        return Answer(Outcome.FULL, refusal.code)
    except (book.BookingMoved, book.NotAllowedNow) as refusal:
        return Answer(Outcome.MOVED_ON, refusal.code)
    except book.SlotUnavailable as refusal:
        codes = {reason.code for reason in refusal.reasons}
        said = ",".join(sorted(codes))
        if codes == {FULL}:
            return Answer(Outcome.FULL, said)
        return Answer(Outcome.TAKEN if codes <= {*CLOSED, FULL} else Outcome.REFUSED, said)
    except Refusal as refusal:
        not_free = type(refusal) is Conflict  # blocking and unblocking have no refusal of their own
        return Answer(Outcome.NOT_FREE if not_free else Outcome.REFUSED, refusal.code)
    except (Error, psycopg.Error) as error:
        return in_doubt(error)


def in_doubt(error: Exception) -> Answer:
    state = getattr(error.__cause__ or error, "sqlstate", None)
    return Answer(Outcome.IN_DOUBT, "cut off" if state is None or state in GONE else f"error {state}")
