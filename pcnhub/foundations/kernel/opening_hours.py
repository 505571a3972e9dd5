"""When an organisation is open, and clocks that run only then: weekends, bank holidays and closed afternoons cost no time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import london_date, london_instant

FURTHEST = timedelta(days=400)  # an organisation that never opens must not keep a clock looking for ever


@dataclass(frozen=True, slots=True)
class Opening:
    """From `opens` until `closes` on one day of the week, London time; `closes` is later than `opens`."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Closing:
    """Nobody is there on one day: from `starts` (None: from opening) until `ends` (None: until closing), London time."""

    day: date
    starts: time | None = None
    ends: time | None = None


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Monday to Sunday, None for a day on which nobody is there; `closings` are single days, or parts of them, on which an
    organisation is closed that is open otherwise."""

    week: tuple[Opening | None, ...]
    on_bank_holidays: bool = False
    closings: tuple[Closing, ...] = ()

    def on(self, day: date) -> Opening | None:
        """The opening of that day as a day of the week, if there is one."""
        if bank_holiday(day) and not self.on_bank_holidays:
            return None
        return self.week[day.weekday()]

    def openings(self, day: date) -> tuple[Opening, ...]:
        """When it is open on that very day, in order: what is left of the day's opening."""
        usual = self.on(day)
        left = [usual] if usual is not None else []
        for closing in self.closings:
            if closing.day == day:
                left = [piece for opening in left for piece in _without(opening, closing)]
        return tuple(left)

    def next_opening(self, instant: datetime) -> datetime:
        """The instant itself while open, else when it opens next."""
        return max(instant, next(self._periods(instant), (instant + FURTHEST, instant))[0])

    def after(self, instant: datetime, open_time: timedelta) -> datetime:
        """When so much open time has passed since the instant."""
        left, instant = open_time, instant.astimezone(UTC)
        for opens, closes in self._periods(instant):
            begins = max(opens, instant)
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        return instant + FURTHEST

    def _periods(self, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Each opening that isn't over at the instant, in order; in UTC: London time counts wrongly where clocks change."""
        first = london_date(instant)
        for number in range(FURTHEST.days):
            day = first + timedelta(days=number)
            for opening in self.openings(day):
                opens = london_instant(day, opening.opens).astimezone(UTC)
                closes = london_instant(day, opening.closes).astimezone(UTC)
                if closes > instant:
                    yield opens, closes


def _without(opening: Opening, closing: Closing) -> list[Opening]:
    """What is left of an opening: the part before, the part after, both, or nothing."""
    starts, ends = closing.starts or opening.opens, closing.ends or opening.closes
    before = (opening.opens, min(opening.closes, starts))
    after = (max(opening.opens, ends), opening.closes)
    return [Opening(opens, closes) for opens, closes in (before, after) if opens < closes]


# Core hours of general practice (GMS contract): Monday to Friday, 08:00 to 18:30, without bank holidays.
CORE_HOURS = OpeningHours((*[Opening(time(8, 0), time(18, 30))] * 5, None, None))
