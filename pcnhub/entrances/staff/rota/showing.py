"""What the rota's pages show: a week by clinician or by site, a day slot by slot, and the week's figures in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pcnhub.care.appointments.queries import BookingView, ClinicSession
from pcnhub.care.appointments.queries.rota import HELD, RotaSession, RotaSlot, RotaView
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.capacity import standard_hours
from pcnhub.care.appointments.rules.changing import WeekEffect
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import in_london, london_date

BY_CLINICIAN, BY_SITE = "clinician", "site"
_WORDS = {
    SlotState.FREE: "Free",
    SlotState.BOOKED: "Booked",
    SlotState.BLOCKED: "Blocked",
    HELD: "Being booked now",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A session in a cell. `beside` is what the row does not say: its site, or its clinician."""

    id: int
    time: str
    name: str
    beside: str
    counts: str
    colour: str
    is_draft: bool


@dataclass(frozen=True, slots=True)
class Cell:
    day: date
    words: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class DayHead:
    day: date
    words: str
    short: str
    note: str  # bank holiday or shut, and why


@dataclass(frozen=True, slots=True)
class WeekPage:
    first: date
    words: str
    by: str
    days: tuple[DayHead, ...]
    rows: tuple[Row, ...]
    empty: tuple[tuple[date, str], ...]  # days ahead without a session, and how they are called

    @property
    def previous(self) -> date:
        return self.first - timedelta(days=7)

    @property
    def next(self) -> date:
        return self.first + timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figures:
    """The contract's week: minutes planned, owed and lacking, and the standard hours without a GP, in words."""

    planned: int
    required: int
    deficit: int
    gaps: tuple[str, ...]


def figures_of(week: WeekEffect) -> Figures:
    return Figures(week.offered_before, week.required, week.deficit_before, periods_in_words(week.gaps_before))


def periods_in_words(periods: Iterable[tuple[datetime, datetime]]) -> tuple[str, ...]:
    return tuple(f"{in_london(start):%A %-d %B, %H:%M} to {in_london(end):%H:%M}" for start, end in periods)


def week_of(view: RotaView, *, by: str, today: date) -> WeekPage:
    """The week of a read of seven days. Of a weekend day without sessions there is a column only when the contract has hours
    on it: an empty Saturday is a gap, and must be seen."""
    first = view.from_on
    used = {london_date(session.starts_at) for session in view.sessions}
    week = [first + timedelta(days=n) for n in range(7)]
    days = [day for day in week if day.isoweekday() <= 5 or day in used or standard_hours(day)]
    shut = {each.day: each.reason for each in view.shut if not each.is_open}
    last = first + timedelta(days=6)
    return WeekPage(
        first=first,
        words=f"{first:%-d %B} to {last:%-d %B %Y}",
        by=by,
        days=tuple(DayHead(day, f"{day:%A %-d %B}", f"{day:%a %-d %b}", _note(day, shut)) for day in days),
        rows=tuple(
            Row(
                name,
                tuple(
                    Cell(
                        day,
                        f"{day:%A %-d %B}",
                        tuple(_entry(one, by) for one in its if london_date(one.starts_at) == day),
                    )
                    for day in days
                ),
            )
            for name, its in grouped(view.sessions, by=by)
        ),
        empty=tuple((day, f"{day:%A %-d %B}") for day in week if day not in used and today <= day and day not in shut),
    )


def grouped(sessions: Iterable[RotaSession], *, by: str) -> list[tuple[str, list[RotaSession]]]:
    """Sessions by clinician or by site, by name; those that lack one come first, because somebody must look at them."""
    name: Callable[[RotaSession], str] = (lambda one: one.site) if by == BY_SITE else (lambda one: one.holder)
    nobody = "No site yet" if by == BY_SITE else "Nobody yet"
    rows: dict[str, list[RotaSession]] = {}
    for session in sessions:
        rows.setdefault(name(session), []).append(session)
    return [(key or nobody, rows[key]) for key in sorted(rows)]


def _note(day: date, shut: dict[date, str]) -> str:
    if day in shut:
        return f"Shut: {shut[day]}"
    return bank_holiday(day)


def _entry(session: RotaSession, by: str) -> Entry:
    beside = session.holder or "nobody yet" if by == BY_SITE else session.site or "no site yet"
    parts = (beside, session.delivery_channel, session.practitioner)
    return Entry(
        session.id,
        times(session.starts_at, session.ends_at),
        session.name,
        ", ".join(part for part in parts if part),
        counts(session),
        session.slots[0].colour if session.slots else "grey",
        session.state == SessionState.DRAFT,
    )


def counts(session: RotaSession) -> str:
    """Free and booked always; blocked and held when there are any."""
    said = [f"{session.count(SlotState.FREE)} free", f"{session.count(SlotState.BOOKED)} booked"]
    said += [f"{number} blocked"] if (number := session.count(SlotState.BLOCKED)) else []
    said += [f"{number} being booked"] if (number := session.count(HELD)) else []
    return ", ".join(said)


def slot_words(slot: RotaSlot) -> str:
    said = _WORDS.get(slot.state, slot.state)
    if slot.blocked_reason:
        said = f"{said}: {slot.blocked_reason}"
    return f"{said}, extra seat" if slot.is_extra_seat else said


@dataclass(frozen=True, slots=True)
class Sheet:
    """One clinic on paper, with its patients: time, state and booking of each slot."""

    heading: str
    rows: tuple[tuple[str, str, BookingView | None], ...]


def sheet_of(clinic: ClinicSession) -> Sheet:
    session = clinic.session
    heading = (session.holder, times(session.starts_at, session.ends_at), session.name, session.site)
    return Sheet(
        ", ".join(part for part in heading if part),
        tuple(
            (
                clock(row.slot.starts_at),
                row.booking.status_words if row.booking else _WORDS.get(row.slot.state, row.slot.state),
                row.booking,
            )
            for row in clinic.rows
        ),
    )


def times(start: datetime, end: datetime) -> str:
    return f"{in_london(start):%H:%M} to {in_london(end):%H:%M}"


def clock(instant: datetime) -> str:
    return f"{in_london(instant):%H:%M}"
