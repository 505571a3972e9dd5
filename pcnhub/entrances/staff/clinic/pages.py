"""What the clinic list shows: sessions by clinician, each row with the buttons that are open now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pcnhub.care.appointments.queries import BookingView, ClinicSession, SessionView, SlotView
from pcnhub.care.appointments.rules import BookingStatus, SlotState
from pcnhub.care.appointments.rules.booking import Move, moves_from
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
    """One slot. `steps` are the buttons onwards, `undo` those that take a mistake back."""

    time: str
    slot: SlotView
    booking: BookingView | None
    words: str
    colour: str
    steps: tuple[Move, ...]
    undo: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Clinic:
    session: SessionView
    time: str
    rows: tuple[Row, ...]
    booked: int


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
            tuple(_row(row.slot, row.booking, each.session, now) for row in each.rows),
            sum(1 for row in each.rows if row.booking),
        )
        for each in found
    )


def _row(slot: SlotView, booking: BookingView | None, session: SessionView, now: datetime) -> Row:
    time = f"{in_london(slot.starts_at):%H:%M}"
    if booking is None:
        words = f"Blocked: {slot.blocked_reason}" if slot.state == SlotState.BLOCKED else "Free"
        return Row(time, slot, None, words, "grey" if slot.state == SlotState.BLOCKED else "white", (), ())
    if booking.is_withheld:
        return Row(time, slot, booking, booking.status_words, "blue", (), ())
    moves = moves_from(booking.status, channel=session.delivery_channel, starts_at=slot.starts_at, now=now)
    return Row(
        time,
        slot,
        booking,
        booking.status_words,
        _COLOURS.get(BookingStatus(booking.status), "red"),
        tuple(move for move in moves if not move.is_undo),
        tuple(move for move in moves if move.is_undo),
    )
