"""On which days a template takes place: every week or every few, without bank holidays and closed days.

Who has the last word, from the first: a day on which the hub is closed; a day that the template itself takes out or brings in;
a bank holiday, on which nothing takes place unless the hub is open or the template says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from pcnhub.care.appointments.rules.timetable import weekdays_between
from pcnhub.foundations.kernel.bank_holidays import bank_holiday
from pcnhub.foundations.kernel.local_time import week_start

MOST_WEEKS_APART = 12


@dataclass(frozen=True, slots=True)
class SingleDay:
    """What is said of one day, and why: of a template, whether it takes place; of a hub, whether it is open."""

    is_on: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A London weekday (ISO, 1 Monday) every so many weeks, counted from the week of `starts_on`; never on `ends_on` or later.

    `single_days` are the template's own exceptions. One that is on may be any day of the period: an extra one, too.
    """

    weekday: int
    starts_on: date
    ends_on: date | None = None
    every_weeks: int = 1
    on_bank_holidays: bool = False
    single_days: Mapping[date, SingleDay] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A day on which the template would take place. `why_not` is one phrase; empty: it does."""

    day: date
    why_not: str = ""


def occurrences(
    recurrence: Recurrence, *, from_on: date, until: date, hub_days: Mapping[date, SingleDay]
) -> Iterator[Occurrence]:
    """In order of days from `from_on` to `until`, both included; those that are left out too, each with its reason.

    `hub_days`: on which days the hub is closed, and on which bank holidays it is open.
    """
    first = max(from_on, recurrence.starts_on)
    last = until if recurrence.ends_on is None else min(until, recurrence.ends_on - timedelta(days=1))
    extra = {day for day, said in recurrence.single_days.items() if said.is_on and first <= day <= last}
    regular = {day for day in weekdays_between(recurrence.weekday, first, last) if in_its_week(recurrence, day)}
    for day in sorted(regular | extra):
        yield Occurrence(day, _why_not(recurrence, day, hub_days))


def in_its_week(recurrence: Recurrence, day: date) -> bool:
    """Whether the day lies in one of the weeks of the template."""
    weeks = (week_start(day) - week_start(recurrence.starts_on)).days // 7
    return weeks % recurrence.every_weeks == 0


def starts_anew_on(recurrence: Recurrence, day: date) -> date:
    """The first day of what follows when the template is changed from `day` on, so that the same weeks stay its weeks."""
    while not in_its_week(recurrence, day):
        day = week_start(day) + timedelta(days=7)
    return day


def why_hub_is_closed(day: date, hub_days: Mapping[date, SingleDay]) -> str:
    """A phrase for a day on which the hub is closed; empty when it is open."""
    said = hub_days.get(day)
    if said is not None:
        return "" if said.is_on else f"the hub is closed: {said.reason}"
    name = bank_holiday(day)
    return f"bank holiday: {name}" if name else ""


def _why_not(recurrence: Recurrence, day: date, hub_days: Mapping[date, SingleDay]) -> str:
    hub, own = hub_days.get(day), recurrence.single_days.get(day)
    if hub is not None and not hub.is_on:
        return why_hub_is_closed(day, hub_days)
    if own is not None:
        return "" if own.is_on else own.reason
    return "" if recurrence.on_bank_holidays else why_hub_is_closed(day, hub_days)
