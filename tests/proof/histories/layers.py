"""Where a call goes in: the whole operation, or its statements alone.

`Operations` calls what every door calls: gate, visibility, registration, claim, event, audit, outbox. `Statements` sends the
claim and the cancellation as the operations send them, as the same role and under the same policies, and leaves the rest out:
seven times as many attempts in the same time, for the part that must not double-book. `door.py` goes in over HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg

from tests.proof.histories.attempts import Answer, Attempt, Kind, Outcome
from tests.proof.histories.book import Book, Desk, Patient

GONE = ("57P01", "57P02", "57P03", "08000", "08003", "08006", "08001")  # the server shut down, or the line was cut


@dataclass(frozen=True, slots=True)
class Wanted:
    """An attempt, and what a layer needs to make it."""

    attempt: Attempt
    desk: Desk
    patient: Patient
    key: str
    booking: int = 0  # what is cancelled or moved
    version: int = 1

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

    def __init__(self, book: Book) -> None:
        self.book = book

    def make(self, wanted: Wanted) -> Answer:
        return answered(lambda: _OPERATIONS[wanted.attempt.kind](self, wanted))

    def reconnect(self) -> None:
        from django.db import connection

        connection.close()

    def _book(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import BookingRequest, book

        made = book(
            actor=wanted.desk.actor,
            now=wanted.now,
            request=BookingRequest(
                slot_id=wanted.attempt.takes[0],
                patient_id=wanted.patient.own_id,
                idempotency_key=wanted.key,
                reason="Proof",
                patient_agrees=True,
            ),
        )
        return Answer(Outcome.REPEATED if made.was_repeated else Outcome.DONE, booking=made.booking_id)

    def _cancel(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import cancel

        cancel(actor=wanted.desk.actor, now=wanted.now, booking_id=wanted.booking, version=wanted.version)
        return Answer(Outcome.DONE)

    def _move(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import rebook

        made = rebook(
            actor=wanted.desk.actor,
            now=wanted.now,
            booking_id=wanted.booking,
            version=wanted.version,
            slot_id=wanted.attempt.takes[0],
            idempotency_key=wanted.key,
            patient_agrees=True,
        )
        return Answer(Outcome.REPEATED if made.was_repeated else Outcome.DONE, booking=made.booking_id)

    def _block(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import block_slot

        block_slot(actor=self.book.manager, now=wanted.now, slot_id=wanted.attempt.takes[0], reason="Proof")
        return Answer(Outcome.DONE)

    def _unblock(self, wanted: Wanted) -> Answer:
        from pcnhub.care.appointments.operations import unblock_slot

        unblock_slot(actor=self.book.manager, now=wanted.now, slot_id=wanted.attempt.takes[0])
        return Answer(Outcome.DONE)


_OPERATIONS: dict[Kind, Callable[[Operations, Wanted], Answer]] = {
    Kind.BOOK: Operations._book,
    Kind.CANCEL: Operations._cancel,
    Kind.MOVE: Operations._move,
    Kind.BLOCK: Operations._block,
    Kind.UNBLOCK: Operations._unblock,
}


def answered(call: Callable[[], Answer]) -> Answer:
    """What the caller learns. A fault of the server that is no loss of the line keeps its SQLSTATE: nobody may meet one."""
    from django.db import Error

    from pcnhub.care.appointments import operations as book
    from pcnhub.foundations.kernel.refusals import Conflict, Refusal

    try:
        return call()
    except book.SlotTaken as refusal:
        return Answer(Outcome.TAKEN, refusal.code)
    except (book.BookingMoved, book.NotAllowedNow) as refusal:
        return Answer(Outcome.MOVED_ON, refusal.code)
    except book.SlotUnavailable as refusal:
        codes = {reason.code for reason in refusal.reasons}
        closed = codes <= {"taken", "blocked", "held"}
        return Answer(Outcome.TAKEN if closed else Outcome.REFUSED, ",".join(sorted(codes)))
    except Refusal as refusal:
        not_free = type(refusal) is Conflict  # blocking and unblocking have no refusal of their own
        return Answer(Outcome.NOT_FREE if not_free else Outcome.REFUSED, refusal.code)
    except (Error, psycopg.Error) as error:
        return in_doubt(error)


def in_doubt(error: Exception) -> Answer:
    state = getattr(error.__cause__ or error, "sqlstate", None)
    return Answer(Outcome.IN_DOUBT, "cut off" if state is None or state in GONE else f"error {state}")


class Statements:
    """The statements of `operations/booking.py`, by name, on a bare connection of the serving role."""

    name = "statement"

    def __init__(self, book: Book, url: str) -> None:
        from pcnhub.care.appointments.operations import booking

        self.book, self.url = book, url
        self.claim, self.seat = booking.CLAIM_AND_BOOK, booking.TAKE_SEAT
        self.connection = psycopg.connect(url, autocommit=True)

    def reconnect(self) -> None:
        self.connection.close()
        self.connection = psycopg.connect(self.url, autocommit=True)

    def make(self, wanted: Wanted) -> Answer:
        try:
            with self.connection.transaction():
                self._act_for(wanted.desk)
                if wanted.attempt.kind is Kind.BOOK:
                    return self._book(wanted)
                if wanted.attempt.kind is Kind.MOVE:
                    return self._move(wanted)
                return self._cancel(wanted)
        except _Undone as undone:
            return undone.answer
        except psycopg.Error as error:
            return in_doubt(error)

    def _act_for(self, desk: Desk) -> None:
        actor = desk.actor
        self.connection.execute(
            "select set_config('pcnhub.organisation', %s, true), set_config('pcnhub.user', %s, true), "
            "set_config('pcnhub.purpose', %s, true)",
            [str(actor.organisation.id), actor.user, actor.purpose.value],
        )

    def _book(self, wanted: Wanted, replaces: int | None = None) -> Answer:
        """As `book` does: claim and insert, take the seat; when the key is met, the answer is the earlier booking."""
        earlier = self._asked_before(wanted)
        if earlier:
            return earlier
        values = self._values(wanted) | {"replaces": replaces}
        made = self.connection.execute(self.claim, values).fetchone()
        if (
            made is None
            or not self.connection.execute(self.seat, {"booking": made[0], "slot": wanted.attempt.takes[0]}).fetchone()
        ):
            raise _Undone(self._asked_before(wanted) or Answer(Outcome.TAKEN))
        return Answer(Outcome.DONE, booking=made[0])

    def _asked_before(self, wanted: Wanted) -> Answer | None:
        row = self.connection.execute(
            "select id from appointments_booking where booked_by_ods_code = %s and idempotency_key = %s",
            [wanted.desk.actor.organisation.ods_code, wanted.key],
        ).fetchone()
        return Answer(Outcome.REPEATED, booking=row[0]) if row else None

    def _move(self, wanted: Wanted) -> Answer:
        """As `rebook` does: both seats held in the order of their ids, then the claim, then the cancellation."""
        seats = sorted((*wanted.attempt.takes, *wanted.attempt.gives))
        self.connection.execute("select id from appointments_slot where id = any(%s) order by id for update", [seats])
        if earlier := self._asked_before(wanted):
            return earlier
        stands = self.connection.execute(
            "select id from appointments_booking where id = %s and version = %s and status = 'booked'",
            [wanted.booking, wanted.version],
        ).fetchone()
        if not stands:
            raise _Undone(Answer(Outcome.MOVED_ON))
        made = self._book(wanted, replaces=wanted.booking)
        self._cancel(wanted)
        return made

    def _cancel(self, wanted: Wanted) -> Answer:
        """As `_cancel` does: the seat, then the booking by compare-and-set, then the seat's row."""
        execute = self.connection.execute
        execute("update appointments_slot set state = 'free' where id = %s and state = 'booked'", wanted.attempt.gives)
        moved = execute(
            "update appointments_booking set status = 'cancelled', version = version + 1, cancelled_at = %s, "
            "cancellation_reason = '' where id = %s and version = %s and status = 'booked'",
            [wanted.now, wanted.booking, wanted.version],
        )
        if moved.rowcount != 1:
            raise _Undone(Answer(Outcome.MOVED_ON))
        execute(
            "update appointments_bookedslot set is_live = false where booking_id = %s and is_live", [wanted.booking]
        )
        return Answer(Outcome.DONE)

    def _values(self, wanted: Wanted) -> dict[str, Any]:
        actor = wanted.desk.actor
        return {
            "slot": wanted.attempt.takes[0],
            "now": wanted.now,
            "patient": wanted.patient.hub_id,
            "practice": wanted.desk.practice_id,
            "organisation": actor.organisation.id,
            "ods": actor.organisation.ods_code,
            "user": actor.user,
            "name": actor.name,
            "source": "hub" if wanted.desk.practice_id is None else "practice",
            "reason": "Proof",
            "notes": "",
            "key": wanted.key,
        }


class _Undone(Exception):
    """Leave the transaction, undoing it, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.outcome)
        self.answer = answer
