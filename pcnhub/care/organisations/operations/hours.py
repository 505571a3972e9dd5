"""Saying when an organisation is open: every clock on what it owes others counts in these hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pcnhub.care.organisations.models import Hours
from pcnhub.care.organisations.operations.writing import HOURS, Problems, on_own_ground
from pcnhub.care.organisations.queries.hours import has_own_hours, opening_hours
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.opening_hours import OpeningHours

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def save_hours(*, actor: Actor, now: datetime, organisation_id: int, hours: OpeningHours) -> bool:
    """Let the organisation be open then; whether anything changed. Raises InvalidInput with every problem, NotPermitted."""
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=organisation_id)
        problems = Problems()
        for name, opening in zip(DAYS, hours.week, strict=True):
            if opening is not None and opening.closes <= opening.opens:
                problems.add(
                    name.lower(), "closes-before-it-opens", f"{name} closes before it opens.", "Give a later time."
                )
        if not any(hours.week):
            problems.add("monday", "never-open", "There is no day on which you are open.", "Give the hours of one.")
        problems.refuse_if_any()
        before = replace(opening_hours(organisation_id=organisation_id), closings=())
        if has_own_hours(organisation_id=organisation_id) and before == replace(hours, closings=()):
            return False
        Hours.objects.update_or_create(
            organisation_id=organisation_id,
            defaults={
                "opens": [each.opens if each else None for each in hours.week],
                "closes": [each.closes if each else None for each in hours.week],
                "on_bank_holidays": hours.on_bank_holidays,
                "changed_at": now,
                "changed_by": actor.user,
            },
        )
        record(
            actor=actor,
            now=now,
            action="organisations.hours-changed",
            subject=Subject("organisation", organisation_id),
            data_organisation_id=organisation_id,
            detail={"open_days": sum(each is not None for each in hours.week)},
        )
        publish_once(actor=actor, now=now, fact=HOURS, organisation_id=organisation_id)
        return True
