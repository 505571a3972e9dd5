"""A weekly session changed from a day on, together with what was made from it: template, sessions and patients at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from pcnhub.care.appointments.models import SessionTemplate
from pcnhub.care.appointments.operations.changing import SessionChange, apply_changes, plan_of_changes
from pcnhub.care.appointments.operations.planning import NO_MOVES, Changed, Moves
from pcnhub.care.appointments.operations.refusals import require_reason
from pcnhub.care.appointments.operations.rota import change_template_from, permit_at_hub, template_row
from pcnhub.care.appointments.queries.plans import sessions_of_series, sessions_to_change
from pcnhub.care.appointments.rules.changing import Plan
from pcnhub.care.appointments.rules.details import TemplateDetails
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


@dataclass(frozen=True, slots=True)
class SeriesChanged:
    """The template as it goes on, and what became of the sessions that were there."""

    template_id: int
    sessions: Changed


def plan_changing_series(*, actor: Actor, now: datetime, template_id: int, day: date, details: TemplateDetails) -> Plan:
    """What it does to change a template and its sessions from a London day on. Changes nothing. Raises NotPermitted, NotFound,
    InvalidInput (another weekday or holder)."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        _refuse_another_series(template_row(actor.organisation.id, template_id), details)
        ids = sessions_of_series(template_id=template_id, day=day, now=now)
        sessions = sessions_to_change(hub_id=actor.organisation.id, session_ids=ids)
        return plan_of_changes(actor=actor, now=now, sessions=sessions, change=_change(details), may_be_none=True)


def change_series(
    *,
    actor: Actor,
    now: datetime,
    template_id: int,
    day: date,
    details: TemplateDetails,
    reason: str,
    shown: str,
    moves: Moves = NO_MOVES,
) -> SeriesChanged:
    """Change a template from a day on, and each of its sessions that have not begun by then, as `change_published` does; all
    of it or nothing. `shown` is the token of the plan that was confirmed.

    Raises as `change_published` and `change_template_from` do.
    """
    with unit_of_work(actor), transaction.atomic():
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        require_reason(reason)
        _refuse_another_series(template_row(actor.organisation.id, template_id), details)
        ids = sessions_of_series(template_id=template_id, day=day, now=now)
        sessions = sessions_to_change(hub_id=actor.organisation.id, session_ids=ids, held=True)
        done = apply_changes(
            actor=actor,
            now=now,
            sessions=sessions,
            change=_change(details),
            reason=reason,
            shown=shown,
            moves=moves,
            asked=(template_id, day),
            may_be_none=True,
        )
        changed = change_template_from(actor=actor, now=now, template_id=template_id, day=day, details=details)
        return SeriesChanged(changed.template_id, done)


def _change(details: TemplateDetails) -> SessionChange:
    return SessionChange(details.session, details.starts_at, details.ends_at)


def _refuse_another_series(template: SessionTemplate, details: TemplateDetails) -> None:
    problems = []
    if details.weekday != template.weekday:
        problems.append(
            Problem("weekday", "another-day", "Sessions can't go to another weekday", "End this one and make another.")
        )
    if details.session.holder_id != template.holder_id:
        problems.append(
            Problem("holder_id", "another-holder", "Who holds it is changed elsewhere", "Replace the clinician.")
        )
    if problems:
        raise InvalidInput(problems)
