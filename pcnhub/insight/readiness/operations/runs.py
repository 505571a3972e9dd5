"""Asking everything at once because somebody wants to know: how far it is stands in the run, for the page that waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import is_at_work, unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.insight.readiness import checking, queries
from pcnhub.insight.readiness.models import Run

GIVEN_UP = timedelta(minutes=5)
"""A run that is not over by then died with whoever did it: another may be asked for."""


def ask_run(*, actor: Actor, now: datetime, hub_id: int) -> int:
    """Ask for everything to be checked now; the id of the run. Whoever asks while one goes on is given that one.

    Raises NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_READINESS, now=now)
        hub = queries.hub_seen_by(actor=actor, now=now, hub_id=hub_id)
        going = Run.objects.filter(hub_id=hub.id, ended_at=None, asked_at__gt=now - GIVEN_UP).order_by("-pk").first()
        if going is not None:
            return going.pk
        row = Run.objects.create(hub_id=hub.id, asked_by=actor.user, asked_by_name=actor.name, asked_at=now)
        record(actor=actor, now=now, action="readiness.run-asked", subject=Subject("run", row.pk))
        payload = {"hub_id": hub.id, "run_id": row.pk}
        publish(
            actor=actor, now=now, fact="readiness.run-asked", key=f"{row.pk}", payload=payload, organisation_id=hub.id
        )
        return row.pk


def perform(*, now: datetime, run_id: int) -> None:
    """Do what was asked for, once: a run that is over is left as it is. Outside any unit of work."""
    row = Run.objects.get(pk=run_id)
    if row.ended_at is not None:
        return
    begun = monotonic()
    mine = Run.objects.filter(pk=run_id)

    def tell(done: int, total: int, title: str) -> None:
        if not is_at_work():  # what stands in an open transaction nobody else can see
            mine.update(done=done, total=total, doing=title)

    mine.update(started_at=now)
    checking.check(now=now, hub_id=row.hub_id, progress=tell)
    mine.update(ended_at=now + timedelta(seconds=monotonic() - begun), doing="")
