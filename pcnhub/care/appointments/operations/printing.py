"""That a clinic list was brought to paper: what an evening goes on by when the screens are dark (`domain.md` 12.4)."""

from __future__ import annotations

from datetime import date, datetime

from pcnhub.care.appointments.models import Session
from pcnhub.care.appointments.rules import SessionState
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds


def note_printed(*, actor: Actor, now: datetime, day: date, holder: int | None = None) -> int:
    """The lists of the acting hub's sessions of a London day were shown for printing; of how many.

    With `holder` (a position) the list was that clinician's part alone: of a session with several holders that is not the
    list, so only sessions that are the clinician's own are noted. Raises NotPermitted.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.RUN_CLINIC_LIST, now=now)
        first, after = day_bounds(day)
        shown = Session.objects.filter(
            hub=actor.organisation.id, state=SessionState.PUBLISHED, starts_at__gte=first, starts_at__lt=after
        )
        if holder is not None:
            shown = shown.filter(holder=holder, further_holders=None)
        noted = shown.update(list_printed_at=now, list_printed_by_name=actor.name)
        if noted:
            record(
                actor=actor,
                now=now,
                action="appointments.lists-printed",
                subject=Subject("sessions"),
                detail={"day": day.isoformat(), "sessions": noted},
            )
        return noted
