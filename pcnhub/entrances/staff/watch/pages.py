"""What the pages of tonight show, made from the watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse

from pcnhub.care.appointments.queries.coming import NamedPatient
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.insight.watch.queries import Watch
from pcnhub.insight.watch.rules import Line, Place, Severity

SEVERITY_WORDS: dict[Severity, tuple[str, str]] = {
    Severity.STOPS: ("Stops a session", "red"),
    Severity.HARMS: ("Harms a patient’s way", "orange"),
    Severity.BREAKS: ("Breaks a rule", "yellow"),
    Severity.DRIFTS: ("Has changed", "grey"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """A patient of a line; `href` is "" for who can do nothing there."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as the page shows it. `href` is the place to mend it, "" where that is not the viewer's move; `withheld` counts
    those whose names the viewer may not read."""

    line: Line
    number: int
    words: str
    colour: str
    bites: str
    href: str
    named: tuple[Named, ...]
    withheld: int


@dataclass(frozen=True, slots=True)
class Page:
    watch: Watch
    title: str
    words: str
    as_of: str
    lines: tuple[Shown, ...]
    counts: tuple[tuple[str, str, int], ...]
    previous: date
    next: date
    is_today: bool
    is_hub: bool
    notes: tuple[str, ...]


def page_of(watch: Watch, *, viewer: Actor, names: Mapping[int, NamedPatient], today: date) -> Page:
    """`names` are those that the viewer may read, by appointment."""
    is_today = watch.day == today
    words = f"{watch.day:%A %-d %B %Y}"
    return Page(
        watch=watch,
        title="Tonight" if is_today else f"What will go wrong on {words}",
        words=words,
        as_of=f"{in_london(watch.as_of):%H:%M}",
        lines=tuple(_shown(line, number, watch, viewer, names) for number, line in enumerate(watch.lines, 1)),
        counts=tuple((*SEVERITY_WORDS[each], len(watch.of(each))) for each in Severity),
        previous=watch.day - timedelta(days=1),
        next=watch.day + timedelta(days=1),
        is_today=is_today,
        is_hub=viewer.organisation.id == watch.hub.id,
        notes=tuple(_notes(watch)),
    )


def day_of(text: str, *, today: date) -> date:
    """The day asked for as YYYY-MM-DD; today when there is none, or it is no day near enough to mean one."""
    try:
        asked = date.fromisoformat(text) if text else today
    except ValueError:
        return today
    return asked if abs(asked - today) <= timedelta(days=366) else today


def address(place: Place) -> str:
    """Where it is mended, down to the very field."""
    query = f"?{place.query}" if place.query else ""
    return reverse(place.page, args=place.args) + query + (f"#{place.field}" if place.field else "")


def _shown(line: Line, number: int, watch: Watch, viewer: Actor, names: Mapping[int, NamedPatient]) -> Shown:
    known = {names[each].patient_id: names[each].name for each in line.booking_ids if each in names}
    words, colour = SEVERITY_WORDS[line.severity]
    traces = (
        line.code == "untraced" and viewer.may(Permission.TRACE_PATIENTS) and viewer.organisation.id == watch.hub.id
    )
    return Shown(
        line=line,
        number=number,
        words=words,
        colour=colour,
        bites=_when(line.bites_at, watch),
        href=address(line.place) if viewer.organisation.id in (line.mover_id, watch.hub.id) else "",
        named=tuple(
            Named(name, reverse("trace-patient", args=(patient_id,)) if traces and len(line.booking_ids) > 1 else "")
            for patient_id, name in known.items()
        ),
        withheld=sum(each not in names for each in line.booking_ids),
    )


def _when(instant: datetime, watch: Watch) -> str:
    """The clock on the day itself; on another day, which one."""
    local = in_london(instant)
    if london_date(instant) == watch.day:
        return f"{local:%H:%M}"
    if london_date(instant - timedelta(seconds=1)) == watch.day:
        return "24:00"
    return f"{local:%a %-d %b, %H:%M}"


def _notes(watch: Watch) -> list[str]:
    """What makes this day another than most."""
    notes = []
    if watch.holiday:
        notes.append(
            f"This is a bank holiday ({watch.holiday}): it has no network standard hours, and its minutes are made up on other "
            "days."
        )
    if watch.hours != 24:
        notes.append(f"The clocks {'go forward' if watch.hours < 24 else 'go back'} in the small hours of this day.")
    return notes
