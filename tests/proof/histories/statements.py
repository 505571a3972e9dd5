"""The statements of `operations/claiming.py`, by name, on a bare connection of the serving role.

They are sent in the order in which the operations send them, under the same policies, and the rest is left out: gate,
visibility, event, audit, news. Seven times as many attempts in the same time, for the part that must not double-book.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg

from pcnhub.foundations.database import prepared
from tests.proof.histories.attempts import Answer, Kind, Outcome
from tests.proof.histories.book import Book, Desk
from tests.proof.histories.layers import Wanted, in_doubt

ACT_FOR = (
    "select set_config('pcnhub.organisation', %s, true), set_config('pcnhub.user', %s, true), "
    "set_config('pcnhub.purpose', %s, true)"
)
ASKED_BEFORE = "select id from appointments_booking where booked_by_ods_code = %s and idempotency_key = %s"
STANDS = "select counted_quota_ids from appointments_booking where id = %s and version = %s and status = 'booked'"
CANCEL = """
update appointments_booking set status = 'cancelled', version = version + 1, cancelled_at = %s, changed_at = %s,
  cancellation_reason = '' where id = %s and version = %s and status = 'booked'"""


class Statements:
    name = "statement"

    def __init__(self, book: Book, url: str) -> None:
        from pcnhub.care.appointments.operations import claiming
        from pcnhub.care.appointments.queries.consumers import holder_of

        self.book, self.url, self.sql, self.holder_of = book, url, claiming, holder_of
        self._connect()

    def reconnect(self) -> None:
        self.connection.close()
        self._connect()

    def _connect(self) -> None:
        self.connection = psycopg.connect(self.url, autocommit=True, cursor_factory=psycopg.ClientCursor)
        self.prepared: set[str] = set()

    def _run(self, statement: str, values: dict[str, Any]) -> psycopg.Cursor[Any]:
        """As the operations do: each statement is prepared once a connection, whatever is rolled back."""
        form = prepared.form(statement, self.sql.TYPES)
        if form.name not in self.prepared:
            self.connection.execute(form.prepare)
            self.prepared.add(form.name)
        return self.connection.execute(form.execute, values)

    def make(self, wanted: Wanted) -> Answer:
        calls = {Kind.BOOK: self._book, Kind.MOVE: self._move, Kind.CANCEL: self._cancel}
        try:
            with self.connection.transaction():
                self._act_for(wanted.desk)
                return calls[wanted.attempt.kind](wanted)
        except _Undone as undone:
            return undone.answer
        except psycopg.Error as error:
            return in_doubt(error)

    def _act_for(self, desk: Desk) -> None:
        actor = desk.actor
        self.connection.execute(ACT_FOR, [str(actor.organisation.id), actor.user, actor.purpose.value])

    def _book(self, wanted: Wanted) -> Answer:
        """As `book`: the key, the claim, the seats, the share."""
        if earlier := self._asked_before(wanted):
            return earlier
        if len(wanted.attempt.takes) > 1:
            self._lock(wanted.attempt.takes)
        quotas = self._quotas(wanted)
        made = self._claim(wanted, quotas, None)
        self._count(dict.fromkeys(quotas, len(wanted.attempt.takes)))
        return Answer(Outcome.DONE, booking=made)

    def _move(self, wanted: Wanted) -> Answer:
        """As `rebook`: all seats held in the order of their ids, then the key, the claim, the shares, the cancellation."""
        self._lock((*wanted.attempt.takes, *wanted.attempt.gives))
        if earlier := self._asked_before(wanted):
            return earlier
        before = self._stands(wanted)
        quotas = self._quotas(wanted)
        made = self._claim(wanted, quotas, wanted.booking)
        change = dict.fromkeys(quotas, len(wanted.attempt.takes))
        for quota in before:
            change[quota] = change.get(quota, 0) - len(wanted.attempt.gives)
        self._count(change)
        self._withdraw(wanted)
        return Answer(Outcome.DONE, booking=made)

    def _cancel(self, wanted: Wanted) -> Answer:
        """As `cancel`: the seats held, the booking looked at behind them, its share lowered."""
        self._lock(wanted.attempt.gives)
        quotas = self._stands(wanted)
        self._withdraw(wanted, dict.fromkeys(quotas, -len(wanted.attempt.gives)))
        return Answer(Outcome.DONE)

    def _withdraw(self, wanted: Wanted, change: dict[int, int] | None = None) -> None:
        self._run(self.sql.FREE_SEATS, {"booking": wanted.booking})
        self._run(self.sql.END_SEATS, {"booking": wanted.booking})
        self._count(change or {})
        moved = self.connection.execute(CANCEL, [wanted.now, wanted.now, wanted.booking, wanted.version])
        if moved.rowcount != 1:
            raise _Undone(Answer(Outcome.MOVED_ON))

    def _claim(self, wanted: Wanted, quotas: list[int], replaces: int | None) -> int:
        slots = list(wanted.attempt.takes)
        made = self._run(self.sql.CLAIM_AND_BOOK, self._values(wanted, slots, quotas, replaces)).fetchone()
        seats = made and self._run(self.sql.TAKE_SEATS, {"booking": made[0], "slots": slots}).fetchall()
        if made is None or not seats or len(seats) != len(slots):
            raise _Undone(self._asked_before(wanted) or Answer(Outcome.TAKEN))
        return int(made[0])

    def _count(self, change: dict[int, int]) -> None:
        by = {quota: seats for quota, seats in sorted(change.items()) if seats}
        if by:
            counted = self._run(self.sql.COUNT_QUOTAS, {"ids": list(by), "by": list(by.values())})
            if len(counted.fetchall()) != len(by):
                raise _Undone(Answer(Outcome.FULL))

    def _lock(self, slots: tuple[int, ...]) -> None:
        self._run(self.sql.LOCK_SLOTS, {"slots": sorted(set(slots))})

    def _stands(self, wanted: Wanted) -> list[int]:
        row = self.connection.execute(STANDS, [wanted.booking, wanted.version]).fetchone()
        if row is None:
            raise _Undone(Answer(Outcome.MOVED_ON))
        return list(row[0])

    def _asked_before(self, wanted: Wanted) -> Answer | None:
        row = self.connection.execute(ASKED_BEFORE, [wanted.desk.ods_code, wanted.key]).fetchone()
        return Answer(Outcome.REPEATED, booking=row[0]) if row else None

    def _quotas(self, wanted: Wanted) -> list[int]:
        session = self.book.place(wanted.attempt.takes[0]).session_id
        found = [share for share in self.book.shares if share.ods_code == wanted.desk.ods_code]
        return [share.quota_id for share in found if self.book.session_of(share) == session]

    def _values(self, wanted: Wanted, slots: list[int], quotas: list[int], replaces: int | None) -> dict[str, Any]:
        actor = wanted.desk.actor
        return {
            "slots": slots, "now": wanted.now, "holds_as": self.holder_of(actor), "patient": wanted.patient.hub_id,
            "practice": wanted.desk.practice_id, "organisation": actor.organisation.id, "ods": wanted.desk.ods_code,
            "type": "", "contact": json.dumps({}), "user": actor.user, "name": actor.name,
            "source": "hub" if wanted.desk.practice_id is None else "practice", "reason": "Proof", "notes": "",
            "key": wanted.key, "quotas": quotas, "replaces": replaces, "asked_at": None,
        }  # fmt: skip


class _Undone(Exception):
    """Leave the transaction, undoing it, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.outcome)
        self.answer = answer
