"""What the service is held to in the week of the day (`domain.md` 12B: D1, D2, D5, D8; 12C: same day)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from pcnhub.care.appointments.rules.timetable import Period
from pcnhub.foundations.kernel.local_time import day_bounds, in_london, london_date
from pcnhub.insight.watch.rules.evening import Evening
from pcnhub.insight.watch.rules.lines import Line, Place, Severity, counted
from pcnhub.insight.watch.rules.sessions import ROTA_MANAGER

SAME_DAY = 90  # of a hundred appointments for what is acute (12C, the measure of 2026/27)
MINUTE = timedelta(minutes=1)


def held_to(evening: Evening) -> Iterator[Line]:
    yield from _uncovered(evening)
    yield from _minutes(evening)
    yield from _horizon(evening)
    yield from _same_day(evening)


def _uncovered(evening: Evening) -> Iterator[Line]:
    """One line a day: each has a rota of its own to mend it on."""
    of_day: dict[date, list[Period]] = defaultdict(list)
    for gap in evening.week.gp_gaps:
        of_day[london_date(gap[0])].append(gap)
    for day, gaps in sorted(of_day.items()):
        minutes = sum((end - start for start, end in gaps), timedelta()) // MINUTE
        said = ", ".join(f"{in_london(start):%H:%M} to {in_london(end):%H:%M}" for start, end in gaps)
        what = f"{day:%A %-d %B}: no GP in {counted(minutes, 'minute')} of network standard hours ({said})."
        place = Place("rota-day", (), f"day={day.isoformat()}")
        yield _line(evening, "gp-cover", what, "Publish a GP’s session that fills them", gaps[0][0], place, "CHK-24")


def _minutes(evening: Evening) -> Iterator[Line]:
    week = evening.week
    if week.offered < week.required:
        first, ends = week.starts_on, day_bounds(week.starts_on + timedelta(days=6))[1]
        what = (
            f"The week of {first:%-d %B} offers {week.offered} of the {week.required} minutes that the contract asks for: "
            f"{week.required - week.offered} are missing."
        )
        place = Place("rota", (), f"week={first.isoformat()}")
        yield _line(evening, "minutes-short", what, "Publish more sessions in this week", ends, place, "CHK-21")


def _horizon(evening: Evening) -> Iterator[Line]:
    bare = evening.week.bare_days
    if bare:
        few = ", ".join(f"{day:%a %-d %B}" for day in bare[:3]) + (
            f" and {len(bare) - 3} more" if len(bare) > 3 else ""
        )
        what = f"{counted(len(bare), 'day')} of the next fourteen can’t be booked in network standard hours: {few}."
        place = Place("rota-day", (), f"day={bare[0].isoformat()}")
        yield _line(
            evening, "horizon", what, "Publish sessions on them", day_bounds(bare[0])[0], place, "CHK-22"
        )  # fmt: skip


def _same_day(evening: Evening) -> Iterator[Line]:
    week = evening.week
    if week.acute and week.acute_same_day * 100 < SAME_DAY * week.acute:
        what = (
            f"{week.acute_same_day} of {week.acute} appointments for what is acute were booked on their own day this week: "
            f"{week.acute_same_day * 100 // week.acute} in a hundred, and {SAME_DAY} are asked for."
        )
        place = Place("rota", (), f"week={week.starts_on.isoformat()}")
        ends = day_bounds(week.starts_on + timedelta(days=6))[1]
        yield _line(evening, "same-day", what, "Keep slots for the day itself", ends, place)


def _line(evening: Evening, code: str, what: str, do: str, bites_at: datetime, place: Place, *answers: str) -> Line:
    return Line(
        code=code,
        severity=Severity.BREAKS,
        what=what,
        do=do,
        who=ROTA_MANAGER,
        mover_id=evening.hub.id,
        bites_at=bites_at,
        place=place,
        answers=answers,
    )
