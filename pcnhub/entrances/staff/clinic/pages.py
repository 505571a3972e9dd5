"""What the clinic list shows: sessions by clinician, each row with the buttons that are open now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pcnhub.care.appointments.queries import BookingView, ClinicRow, ClinicSession, SessionView, SlotView
from pcnhub.care.appointments.rules import BookingStatus, SlotState
from pcnhub.care.appointments.rules.booking import Move, moves_from, needs_outcome
from pcnhub.foundations.kernel.local_time import in_london

_COLOURS = {
    BookingStatus.BOOKED: "blue",
    BookingStatus.ARRIVED: "yellow",
    BookingStatus.SENT_IN: "purple",
    BookingStatus.CALL_STARTED: "purple",
    BookingStatus.LEFT: "green",
    BookingStatus.CALL_COMPLETED: "green",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One slot. `steps` are the buttons onwards, `undo` those that take a mistake back. `note`: what is odd about it."""

    time: str
    slot: SlotView
    booking: BookingView | None
    words: str
    colour: str
    steps: tuple[Move, ...]
    undo: tuple[Move, ...]
    note: str = ""
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Clinic:
    session: SessionView
    time: str
    rows: tuple[Row, ...]
    filled: str  # 3 of 4 slots booked, 1 extra


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    words: str
    previous: date
    next: date


def day_of(text: str, *, today: date) -> Day:
    """The day asked for as YYYY-MM-DD; today when there is none or it is no day."""
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        day = today
    return Day(day, f"{day:%A %-d %B %Y}", day - timedelta(days=1), day + timedelta(days=1))


def clinics_of(found: tuple[ClinicSession, ...], *, now: datetime) -> tuple[Clinic, ...]:
    return tuple(
        Clinic(
            each.session,
            f"{in_london(each.session.starts_at):%H:%M} to {in_london(each.session.ends_at):%H:%M}",
            tuple(_row(row, each.session, now) for row in each.rows),
            _filled(each),
        )
        for each in found
    )


def _filled(shown: ClinicSession) -> str:
    slots = [row for row in shown.rows if not row.slot.extra_seat_of]
    extra = len(shown.rows) - len(slots)
    booked = sum(1 for row in slots if row.booking)
    return f"{booked} of {len(slots)} slots booked" + (f", {extra} extra" if extra else "")


def _row(shown: ClinicRow, session: SessionView, now: datetime) -> Row:
    slot, booking = shown.slot, shown.booking
    time = f"{in_london(slot.starts_at):%H:%M}"
    if booking is None:
        words = f"Blocked: {slot.blocked_reason}" if slot.state == SlotState.BLOCKED else "Free"
        return Row(time, slot, None, words, "grey" if slot.state == SlotState.BLOCKED else "white", (), ())
    why = "" if booking.is_withheld else f": {slot.override_reason}"  # free text about whom it was made for
    note = f"Extra{why}" if slot.extra_seat_of else ""
    if booking.is_withheld or shown.continues:
        return Row(time, slot, booking, booking.status_words, "blue", (), (), note, shown.continues)
    moves = moves_from(booking.status, channel=session.delivery_channel, starts_at=slot.starts_at, now=now)
    late = needs_outcome(booking.status, starts_at=slot.starts_at, now=now)
    return Row(
        time,
        slot,
        booking,
        "Needs outcome" if late else booking.status_words,
        "red" if late else _COLOURS.get(BookingStatus(booking.status), "red"),
        tuple(move for move in moves if not move.is_undo),
        tuple(move for move in moves if move.is_undo),
        note,
    )
