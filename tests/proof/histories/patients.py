"""Patients who book, move and cancel by links of their own, as their pages do: the link is asked anew with each call.

A wish is named by the link that makes it: "A81001:own:LINK:KEY", so that whoever finds a booking knows by which link it is
changed. Several callers use one link, as several browsers may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tests.proof.histories.attempts import Answer, Kind, Outcome
from tests.proof.histories.book import Book
from tests.proof.histories.layers import Wanted, answered

BORN = date(1980, 1, 1)  # every patient of the book
MADE_ONE = (Outcome.DONE, Outcome.GRANTED, Outcome.REPEATED, Outcome.IN_DOUBT)


@dataclass
class Patients:
    """The operations that the pages of patients call. Of each desk a link that has booked nothing yet is used again."""

    book_of_hub: Book
    unused: dict[str, int] = field(default_factory=dict)
    name: str = "patient"
    keys: tuple[str, ...] = ("own:",)

    def reconnect(self) -> None:
        from django.db import connection

        connection.close()

    def named(self, wanted: Wanted, leaves: str = "") -> Wanted:
        """The attempt as it is made by the link that made `leaves`; for a booking, or a hold, by one that was given for it."""
        asked, ods = wanted.attempt, wanted.desk.ods_code
        link = int(leaves.split(":")[2]) if leaves else self._link_to_book(wanted)
        by = f"{wanted.desk.actor.organisation.id}:patient:{link}"
        wish = f"{ods}:own:{link}:{wanted.key}" if asked.kind in (Kind.BOOK, Kind.MOVE) else asked.wish
        return replace(wanted, attempt=replace(asked, by=by, wish=wish))

    def _link_to_book(self, wanted: Wanted) -> int:
        """A hold needs one that holds nothing: with a second hold it would let go of the first."""
        from pcnhub.care.appointments.operations import give_link_to_book, open_link

        ods = wanted.desk.ods_code
        if ods not in self.unused or wanted.attempt.kind is Kind.HOLD:
            given = give_link_to_book(actor=wanted.desk.actor, now=wanted.now, patient_id=wanted.patient.own_id)
            open_link(now=wanted.now, token=given.token, birth_date=BORN, origin="proof", request_id="proof")
            self.unused[ods] = given.id
        return self.unused[ods]

    def make(self, wanted: Wanted) -> Answer:
        calls: dict[Kind, Callable[[Wanted, int], Answer]] = {
            Kind.BOOK: self.book, Kind.CANCEL: self.cancel, Kind.MOVE: self.move, Kind.HOLD: self.hold,
        }  # fmt: skip
        link = int(wanted.attempt.by.rpartition(":")[2])
        answer = answered(lambda: calls[wanted.attempt.kind](wanted, link))
        if wanted.attempt.kind is Kind.BOOK and answer.outcome in MADE_ONE:
            self.unused = {ods: unused for ods, unused in self.unused.items() if unused != link}
        return answer

    def book(self, wanted: Wanted, link: int) -> Answer:
        from pcnhub.care.appointments.operations import book_own

        made = book_own(**_by(wanted, link), slot_id=wanted.attempt.takes[0], idempotency_key=wanted.key)
        return Answer(Outcome.REPEATED if made.was_repeated else Outcome.DONE, booking=made.booking_id)

    def move(self, wanted: Wanted, link: int) -> Answer:
        from pcnhub.care.appointments.operations import move_own

        made = move_own(
            **_by(wanted, link), version=_seen(wanted), slot_id=wanted.attempt.takes[0], idempotency_key=wanted.key
        )
        return Answer(Outcome.REPEATED if made.was_repeated else Outcome.DONE, booking=made.booking_id)

    def cancel(self, wanted: Wanted, link: int) -> Answer:
        from pcnhub.care.appointments.operations import cancel_own

        was_there = cancel_own(**_by(wanted, link), version=_seen(wanted))
        return Answer(Outcome.DONE if was_there else Outcome.MOVED_ON)

    def hold(self, wanted: Wanted, link: int) -> Answer:
        from pcnhub.care.appointments.operations import hold_own

        hold_own(**_by(wanted, link), slot_id=wanted.attempt.takes[0])
        return Answer(Outcome.DONE)


def _by(wanted: Wanted, link: int) -> dict[str, Any]:
    from pcnhub.care.appointments.operations import opened_link

    opened = opened_link(now=wanted.now, link_id=link, origin="proof", request_id="proof")
    return {"actor": opened.actor, "now": wanted.now, "link_id": link}


def _seen(wanted: Wanted) -> int:
    from pcnhub.care.appointments.rules.own_links import version_seen

    return version_seen(wanted.booking, wanted.version)
