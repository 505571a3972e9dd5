"""Single days: of a template, out or in; of the hub, closed, or open on a bank holiday. Sessions that are there stay."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from pcnhub.care.appointments.models import HubClosure, Session, TemplateException
from pcnhub.care.appointments.operations.rota import permit_at_hub, template_row
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.appointments.rules.details import LONGEST_NAME
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds, london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, Problem


def set_single_day(
    *, actor: Actor, now: datetime, template_id: int, day: date, takes_place: bool, reason: str
) -> tuple[int, ...]:
    """Take one day out of a template, or bring one in; what was said of that day before is replaced. The ids of sessions that
    were made for a day that is now out: they stay until somebody cancels them.

    Raises InvalidInput with every problem, NotFound.
    """
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        template = template_row(actor.organisation.id, template_id)
        problems = [*_problems_of_day(day, now), *_problems_of_reason(reason)]
        if day < template.starts_on or (template.ends_on is not None and template.ends_on <= day):
            problems.append(
                Problem(
                    "day", "outside", "The weekly session does not run then", "Give a day within its time.", str(day)
                )
            )
        if problems:
            raise InvalidInput(problems)
        values = {"takes_place": takes_place, "reason": reason.strip()}
        TemplateException.objects.update_or_create(template=template, day=day, defaults=values)
        _record(actor, now, "appointments.template-day-set", "session-template", template.pk, day, reason.strip())
        made = Session.objects.filter(template=template)
        return () if takes_place else _ahead(made, day)


def forget_single_day(*, actor: Actor, now: datetime, template_id: int, single_day_id: int) -> None:
    """Let the day be like any other of the template. Raises NotFound."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        template = template_row(actor.organisation.id, template_id)
        row = TemplateException.objects.filter(template=template, pk=single_day_id).first()
        if row is None:
            raise NotFound("Nothing is said of this day.", remedy="Look at the weekly session again.")
        day = row.day
        row.delete()
        _record(actor, now, "appointments.template-day-forgotten", "session-template", template.pk, day, "")


def set_hub_day(*, actor: Actor, now: datetime, day: date, is_open: bool, reason: str) -> tuple[int, ...]:
    """Say that the hub is closed on a day, or open although it is a bank holiday. The ids of sessions that are there already
    on a day that is now closed: they stay until somebody cancels them.

    Raises InvalidInput with every problem.
    """
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        problems = [*_problems_of_day(day, now), *_problems_of_reason(reason)]
        if problems:
            raise InvalidInput(problems)
        hub_id = actor.organisation.id
        values = {"is_open": is_open, "reason": reason.strip()}
        row, _ = HubClosure.objects.update_or_create(hub_id=hub_id, day=day, defaults=values)
        _record(actor, now, "appointments.hub-day-set", "hub-closure", row.pk, day, reason.strip())
        return () if is_open else _ahead(Session.objects.filter(hub=hub_id), day)


def forget_hub_day(*, actor: Actor, now: datetime, closure_id: int) -> None:
    """Let the day be like any other of the hub. Raises NotFound."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        row = HubClosure.objects.filter(hub=actor.organisation.id, pk=closure_id).first()
        if row is None:
            raise NotFound("There is no such day here.", remedy="Look at the closed days again.")
        day, key = row.day, row.pk
        row.delete()
        _record(actor, now, "appointments.hub-day-forgotten", "hub-closure", key, day, "")


def _ahead(sessions: QuerySet[Session], day: date) -> tuple[int, ...]:
    start, end = day_bounds(day)
    rows = sessions.filter(starts_at__gte=start, starts_at__lt=end).exclude(state=SessionState.CANCELLED)
    return tuple(rows.order_by("starts_at", "pk").values_list("pk", flat=True))


def _problems_of_day(day: date, now: datetime) -> list[Problem]:
    if london_date(now) <= day:
        return []
    return [Problem("day", "past", "This day is over", "Give today or a later day.", day.isoformat())]


def _problems_of_reason(reason: str) -> list[Problem]:
    if not reason.strip():
        return [Problem("reason", "missing", "Say why", "Others read it on the rota.")]
    if len(reason) > LONGEST_NAME:
        return [Problem("reason", "too-long", f"This has {len(reason)} characters", f"{LONGEST_NAME} is the most.")]
    return []


def _record(actor: Actor, now: datetime, action: str, kind: str, key: int, day: date, reason: str) -> None:
    subject = Subject(kind, key)
    record(actor=actor, now=now, action=action, subject=subject, reason=reason, detail={"day": day.isoformat()})
