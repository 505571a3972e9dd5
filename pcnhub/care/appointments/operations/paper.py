"""Entering what was booked on paper while the system was away: each row by itself, through the same operations as any booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pcnhub.care.appointments.operations.booking import Booked, BookingRequest, book
from pcnhub.care.appointments.operations.status import set_status
from pcnhub.care.appointments.operations.unregistered import UnregisteredRequest, book_unregistered
from pcnhub.care.appointments.queries.bookings import booking
from pcnhub.care.appointments.queries.paper import CheckedRow, CheckedSheet, check_paper
from pcnhub.care.appointments.rules.paper import PaperSheet, steps_to, why_not_moved
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Refusal


class Outcome(StrEnum):
    ENTERED = "entered"
    RECORDED = "recorded"  # the book had it already: what became of it was recorded
    REPEATED = "repeated"  # this sheet had entered it before
    SKIPPED = "skipped"
    OPEN = "open"  # somebody must say what to do
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class EnteredRow:
    """What became of a row; `said` is what whoever entered it must know."""

    checked: CheckedRow
    outcome: Outcome
    said: str = ""
    booking_id: int | None = None

    @property
    def is_done(self) -> bool:
        return self.outcome not in (Outcome.OPEN, Outcome.REFUSED)


@dataclass(frozen=True, slots=True)
class EnteredSheet:
    checked: CheckedSheet
    rows: tuple[EnteredRow, ...]

    @property
    def is_done(self) -> bool:
        return all(row.is_done for row in self.rows)

    def count(self, outcome: Outcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)


def enter_paper(*, actor: Actor, now: datetime, sheet: PaperSheet) -> EnteredSheet:
    """Enter every row that clashes with nothing, or of which somebody has said what to do. Each by itself: one that is refused
    undoes no other, and a sheet that is sent again enters nothing twice. A slot that has begun is booked by `entering`'s leave,
    with the sheet's reason. Raises InvalidInput, NotPermitted, NotFound: then nothing was entered."""
    with unit_of_work(actor):
        checked = check_paper(actor=actor, now=now, sheet=sheet)
        return EnteredSheet(checked, tuple(_one(actor, now, sheet, each) for each in checked.rows))


def _one(actor: Actor, now: datetime, sheet: PaperSheet, checked: CheckedRow) -> EnteredRow:
    if checked.row.is_skipped:
        return EnteredRow(checked, Outcome.SKIPPED)
    if not checked.is_settled:
        return EnteredRow(checked, Outcome.OPEN)
    try:
        with unit_of_work(actor):
            return _enter(actor, now, sheet, checked)
    except Refusal as refusal:
        return EnteredRow(checked, Outcome.REFUSED, refusal.sentence())


def _enter(actor: Actor, now: datetime, sheet: PaperSheet, checked: CheckedRow) -> EnteredRow:
    warnings: tuple[str, ...] = ()
    if checked.entered_id is not None:
        outcome, booking_id = Outcome.REPEATED, checked.entered_id
    elif checked.is_same and checked.holds is not None:
        outcome, booking_id = Outcome.RECORDED, checked.holds.id
    else:
        booked = _book(actor, now, sheet, checked)
        outcome = Outcome.REPEATED if booked.was_repeated else Outcome.ENTERED
        booking_id, warnings = booked.booking_id, booked.warnings
    return EnteredRow(
        checked, outcome, " ".join([*warnings, _say_whether_came(actor, now, booking_id, checked)]), booking_id
    )


def _book(actor: Actor, now: datetime, sheet: PaperSheet, checked: CheckedRow) -> Booked:
    row = checked.row
    override = sheet.why if row.seat == "extra" else ""
    if checked.found is not None:
        wish = BookingRequest(
            slot_id=checked.slot.id,
            patient_id=checked.found.id,
            idempotency_key=sheet.key_of(row),
            reason=row.reason,
            patient_agrees=sheet.patients_agreed,
            override_reason=override,
            entered_late=sheet.why,
        )
        return book(actor=actor, now=now, request=wish)
    unknown = UnregisteredRequest(
        slot_id=checked.slot.id,
        person=row.person,
        idempotency_key=sheet.key_of(row),
        reason=row.reason,
        patient_agrees=sheet.patients_agreed,
        is_none_of_these=True,
        override_reason=override,
        entered_late=sheet.why,
    )
    return book_unregistered(actor=actor, now=now, request=unknown)


def _say_whether_came(actor: Actor, now: datetime, booking_id: int, checked: CheckedRow) -> str:
    """Move the booking to what the paper says; a sentence when the book says otherwise and keeps that."""
    view = booking(actor=actor, booking_id=booking_id)
    came, channel, version = checked.row.came, view.slot.delivery_channel, view.version
    for step in steps_to(came, channel=channel, status=view.status):
        version = set_status(actor=actor, now=now, booking_id=booking_id, version=version, status=step)
    return why_not_moved(came, channel=channel, status=view.status)
