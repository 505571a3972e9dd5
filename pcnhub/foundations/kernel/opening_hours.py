"""When an organisation is open, and clocks that run only then: the weekend and a bank holiday cost no time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import london_date, london_instant

FURTHEST = timedelta(days=400)  # an organisation that never opens must not keep a clock looking for ever


@dataclass(frozen=True, slots=True)
class Opening:
    """From `opens` until `closes` on one day of the week, London time; `closes` is later than `opens`."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Monday to Sunday, None for a day on which nobody is there."""

    week: tuple[Opening | None, ...]
    on_bank_holidays: bool = False

    def on(self, day: date) -> Opening | None:
        """The opening of that day, if there is one."""
        if bank_holiday(day) and not self.on_bank_holidays:
            return None
        return self.week[day.weekday()]

    def next_opening(self, instant: datetime) -> datetime:
        """The instant itself while open, else when it opens next."""
        return max(instant, next(self._periods(instant), (instant + FURTHEST, instant))[0])

    def after(self, instant: datetime, open_time: timedelta) -> datetime:
        """When so much open time has passed since the instant."""
        left = open_time
        for opens, closes in self._periods(instant):
            begins = max(opens, instant)
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        return instant + FURTHEST

    def _periods(self, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Each opening that isn't over at the instant, in order."""
        first = london_date(instant)
        for number in range(FURTHEST.days):
            day = first + timedelta(days=number)
            opening = self.on(day)
            if opening is None:
                continue
            opens, closes = london_instant(day, opening.opens), london_instant(day, opening.closes)
            if closes > instant:
                yield opens, closes


# Core hours of general practice (GMS contract): Monday to Friday, 08:00 to 18:30, without bank holidays.
CORE_HOURS = OpeningHours((*[Opening(time(8, 0), time(18, 30))] * 5, None, None))
