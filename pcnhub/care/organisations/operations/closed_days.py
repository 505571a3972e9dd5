"""Single days, or parts of them, on which an organisation is closed that is open otherwise: no clock runs then."""

from __future__ import annotations

from datetime import date, datetime, time

from pcnhub.care.organisations.models import ClosedDay
from pcnhub.care.organisations.operations.writing import HOURS, Problems, on_own_ground
from pcnhub.care.organisations.queries.hours import opening_hours
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.opening_hours import FURTHEST, Opening, OpeningHours
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound

LONGEST_REASON = 200  # characters


def close_for(
    *,
    actor: Actor,
    now: datetime,
    organisation_id: int,
    day: date | None,
    starts: time | None = None,
    ends: time | None = None,
    reason: str,
) -> int:
    """Say that nobody is there on the day, from `starts` (None: from opening) until `ends` (None: until closing); the id of what
    was said. Clocks that run already run on without that time. Raises InvalidInput with every problem, NotPermitted."""
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=organisation_id)
        take_turn("organisations.closed-day", organisation_id)  # pressed twice: told that it stands
        problems = problems_to_close(
            now=now, organisation_id=organisation_id, day=day, starts=starts, ends=ends, reason=reason
        )
        if problems or day is None:
            raise InvalidInput(problems)
        row = ClosedDay.objects.create(
            organisation_id=organisation_id, day=day, starts=starts, ends=ends, reason=reason.strip(), said_at=now,
            said_by=actor.name,
        )  # fmt: skip
        _note(actor, now, "organisations.closed-day-set", row, reason.strip())
        return row.pk


def problems_to_close(
    *, now: datetime, organisation_id: int, day: date | None, starts: time | None, ends: time | None, reason: str
) -> Problems:
    """Everything that `close_for` would refuse: for a form that has problems of its own, to be told with these."""
    hours = opening_hours(organisation_id=organisation_id)
    return _problems(hours, day, starts, ends, reason.strip(), london_date(now))


def open_again(*, actor: Actor, now: datetime, closed_day_id: int) -> None:
    """Let the day be like any other. What a clock has told meanwhile stays told. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=actor.organisation.id)
        row = ClosedDay.objects.filter(pk=closed_day_id, organisation=actor.organisation.id).first()
        if row is None:
            raise NotFound("Nothing is said of this day.", remedy="Look at the list of closed days again.")
        _note(actor, now, "organisations.closed-day-forgotten", row, "")
        row.delete()


def _problems(
    hours: OpeningHours, day: date | None, starts: time | None, ends: time | None, reason: str, today: date
) -> Problems:
    problems = Problems()
    if day is None:
        problems.add("day", "missing", "Enter the day.")
    elif day < today:
        problems.add("day", "in-the-past", "This day is over.", "Give today or a later day.", day)
    elif day > today + FURTHEST:
        problems.add("day", "too-far", "This day is more than a year away.", "Say so once it is nearer.", day)
    elif any(closing.day == day for closing in hours.closings):
        problems.add(
            "day", "said-already", "Something is said of this day already.", "Remove that first, from the list.", day
        )
    elif hours.on(day) is None:
        problems.add("day", "not-open", "You are not open on this day in any case.", "Look at the day again.", day)
    if starts is not None and ends is not None and ends <= starts:
        problems.add("ends", "ends-before-it-starts", "The closing ends before it starts.", "Give a later time.", ends)
    elif day is not None and not problems and _is_outside(opening := hours.on(day), starts, ends):
        what = f"On this day you are open from {opening.opens:%H:%M} to {opening.closes:%H:%M}." if opening else ""
        problems.add("starts", "outside", what, "Give a time in between.", starts or ends)
    if not reason:
        problems.add("reason", "missing", "Say why you are closed.", "Such as training.")
    elif len(reason) > LONGEST_REASON:
        problems.add("reason", "too-long", f"The reason has more than {LONGEST_REASON} characters.", "Shorten it.")
    return problems


def _is_outside(opening: Opening | None, starts: time | None, ends: time | None) -> bool:
    """Whether nothing of the opening is taken away."""
    if opening is None:
        return False
    return (starts or opening.opens) >= opening.closes or (ends or opening.closes) <= opening.opens


def _note(actor: Actor, now: datetime, action: str, row: ClosedDay, reason: str) -> None:
    record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("closed day", row.pk),
        data_organisation_id=row.organisation_id,
        reason=reason,
        detail={"day": row.day.isoformat()},
    )
    publish_once(actor=actor, now=now, fact=HOURS, organisation_id=row.organisation_id)
