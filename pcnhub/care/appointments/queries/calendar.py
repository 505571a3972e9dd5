"""On which days templates take place: their own exceptions, and the days that the hub keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from pcnhub.care.appointments.models import HubClosure, SessionTemplate, TemplateException
from pcnhub.care.appointments.rules.recurrence import Occurrence, Recurrence, SingleDay, occurrences
from pcnhub.foundations.kernel.bank_holidays import bank_holiday


@dataclass(frozen=True, slots=True)
class ClosureView:
    """A day on which the hub is closed, or a bank holiday on which it is open."""

    id: int
    day: date
    is_open: bool
    reason: str

    @property
    def bank_holiday(self) -> str:
        """Its name; empty when the day is none."""
        return bank_holiday(self.day)


@dataclass(frozen=True, slots=True)
class ExceptionView:
    id: int
    day: date
    takes_place: bool
    reason: str


def closures(*, hub_id: int, from_on: date, to_on: date) -> tuple[ClosureView, ...]:
    """What the hub said of single days, both ends included, in order."""
    rows = HubClosure.objects.filter(hub=hub_id, day__gte=from_on, day__lte=to_on).order_by("day")
    return tuple(ClosureView(row.pk, row.day, row.is_open, row.reason) for row in rows)


def hub_days(*, hub_id: int, from_on: date, to_on: date) -> dict[date, SingleDay]:
    """The same, as `rules.recurrence` asks it."""
    found = closures(hub_id=hub_id, from_on=from_on, to_on=to_on)
    return {each.day: SingleDay(each.is_open, each.reason) for each in found}


def exceptions_of(*, template_id: int) -> tuple[ExceptionView, ...]:
    """A template's single days in order. Whose template it is, the caller has asked."""
    rows = TemplateException.objects.filter(template=template_id).order_by("day")
    return tuple(ExceptionView(row.pk, row.day, row.takes_place, row.reason) for row in rows)


def recurrence_of(template: SessionTemplate) -> Recurrence:
    return Recurrence(
        weekday=template.weekday,
        starts_on=template.starts_on,
        ends_on=template.ends_on,
        every_weeks=template.every_weeks,
        on_bank_holidays=template.on_bank_holidays,
        single_days={each.day: SingleDay(each.takes_place, each.reason) for each in template.exceptions.all()},
    )


def occurrences_of(
    *, hub_id: int, recurrence: Recurrence, template_id: int | None, from_on: date, until: date
) -> tuple[Occurrence, ...]:
    """The days on which something that comes back like this would take place, with the single days of that template of the
    hub; those that are left out too, each with its reason."""
    rows = TemplateException.objects.filter(template=template_id, template__hub=hub_id) if template_id else ()
    asked = replace(recurrence, single_days={row.day: SingleDay(row.takes_place, row.reason) for row in rows})
    days = hub_days(hub_id=hub_id, from_on=from_on, to_on=until)
    return tuple(occurrences(asked, from_on=from_on, until=until, hub_days=days))
