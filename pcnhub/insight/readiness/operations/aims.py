"""The day on which a hub means to go live: every plan counts back from it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput
from pcnhub.insight.readiness.models import Aim
from pcnhub.insight.readiness.operations.statements import problem, refuse_outside_hub

FURTHEST = timedelta(days=730)


def aim_for(*, actor: Actor, now: datetime, hub_id: int, go_live_on: date | None) -> None:
    """Set the day, or move it; earlier ones stay on record. Raises InvalidInput, NotPermitted."""
    today = london_date(now)
    latest = today + FURTHEST
    if go_live_on is None:
        words = "Enter the day on which the hub is to go live"
        raise InvalidInput([problem("go_live_on", "required", words, "Day, month and year.")])
    if not today <= go_live_on <= latest:
        words = "The day is over, or more than two years away"
        remedy = f"Enter a day up to {latest:%-d %B %Y}."
        raise InvalidInput([problem("go_live_on", "out-of-range", words, remedy, go_live_on)])
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.MANAGE_READINESS, now=now)
        refuse_outside_hub(actor, hub_id)
        row = Aim.objects.create(hub_id=hub_id, go_live_on=go_live_on, by=actor.user, by_name=actor.name, at=now)
        record(
            actor=actor,
            now=now,
            action="readiness.aimed",
            subject=Subject("aim", row.pk),
            detail={"go_live_on": str(go_live_on)},
        )
