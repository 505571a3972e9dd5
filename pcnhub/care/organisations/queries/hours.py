"""When organisations are open: their own hours (core hours where they said nothing), without days on which they are closed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, time

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from pcnhub.care.organisations.models import ClosedDay, Hours, Organisation
from pcnhub.foundations.database.reading import read_once
from pcnhub.foundations.kernel.opening_hours import CORE_HOURS, Closing, Opening, OpeningHours


@dataclass(frozen=True, slots=True)
class ClosedDayView:
    """A day, or a part of it, on which the organisation is closed, as somebody there said."""

    id: int
    closing: Closing
    reason: str
    said_by: str

    @property
    def words(self) -> str:
        """ "all day", "from 13:00", "until 10:30" or "from 13:00 to 15:00"."""
        starts, ends = self.closing.starts, self.closing.ends
        parts = [
            f"from {starts:%H:%M}" if starts else "",
            f"{'to' if starts else 'until'} {ends:%H:%M}" if ends else "",
        ]
        return " ".join(filter(None, parts)) or "all day"


def opening_hours(*, organisation_id: int) -> OpeningHours:
    """Those of one organisation."""
    return opening_hours_of(organisation_ids=[organisation_id])[organisation_id]


@read_once
def opening_hours_of(*, organisation_ids: Collection[int]) -> dict[int, OpeningHours]:
    """Those of several, in one statement; every id has an answer."""
    said = ClosedDay.objects.filter(organisation=OuterRef("pk")).order_by("day")
    closings = ArraySubquery(said.values(said=JSONObject(day="day", starts="starts", ends="ends")))
    rows = Organisation.objects.filter(pk__in=organisation_ids).select_related("hours").annotate(closings=closings)
    own = {row.pk: _view(row) for row in rows}
    return {each: own.get(each, CORE_HOURS) for each in organisation_ids}


def has_own_hours(*, organisation_id: int) -> bool:
    """Whether somebody of the organisation has said when it is open."""
    return Hours.objects.filter(organisation=organisation_id).exists()


def closed_days(*, organisation_id: int, from_on: date) -> tuple[ClosedDayView, ...]:
    """Those of one organisation from that day on, in order."""
    rows = ClosedDay.objects.filter(organisation=organisation_id, day__gte=from_on).order_by("day")
    return tuple(ClosedDayView(row.pk, Closing(row.day, row.starts, row.ends), row.reason, row.said_by) for row in rows)


def _view(row: Organisation) -> OpeningHours:
    hours = _week(row.hours) if hasattr(row, "hours") else CORE_HOURS
    closings = tuple(
        Closing(date.fromisoformat(each["day"]), _time(each["starts"]), _time(each["ends"]))
        for each in row.closings  # type: ignore[attr-defined]
    )
    return replace(hours, closings=closings) if closings else hours


def _time(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _week(row: Hours) -> OpeningHours:
    week = tuple(
        Opening(opens, closes) if opens is not None and closes is not None else None
        for opens, closes in zip(row.opens, row.closes, strict=True)
    )
    return OpeningHours(week, row.on_bank_holidays)
