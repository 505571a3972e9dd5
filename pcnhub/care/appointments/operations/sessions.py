"""Sessions: made from templates or one at a time, published, cancelled; slots blocked and opened again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from pcnhub.care.appointments.models import Session, SessionTemplate, Slot, SlotType
from pcnhub.care.appointments.operations.publishing import publish_row, record_session
from pcnhub.care.appointments.operations.refusals import require_reason
from pcnhub.care.appointments.operations.rota import (
    permit_at_hub,
    problems_of_references,
    session_columns,
    set_people_groups_and_quotas,
)
from pcnhub.care.appointments.queries.calendar import hub_days, recurrence_of
from pcnhub.care.appointments.queries.details import details_of
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.details import LONGEST_SESSION, SessionDetails, problems_of_session
from pcnhub.care.appointments.rules.recurrence import occurrences
from pcnhub.care.appointments.rules.timetable import Period, period_on, slots_of
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import day_bounds, london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, Problem


@dataclass(frozen=True, slots=True)
class LeftAsDraft:
    session_id: int
    reasons: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A day on which a template does not take place, and why not, in a phrase."""

    template_id: int
    name: str
    day: date
    why: str


@dataclass(frozen=True, slots=True)
class SessionsMade:
    """Ids of the sessions that were made; those that could not be published, with every reason, are drafts. `left_out`: the
    days on which nothing was made, closed days and bank holidays among them."""

    made: tuple[int, ...]
    published: tuple[int, ...]
    drafts: tuple[LeftAsDraft, ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """Ids of the drafts that were published; the others stay drafts, each with every reason."""

    published: tuple[int, ...]
    drafts: tuple[LeftAsDraft, ...]


def make_sessions(*, actor: Actor, now: datetime, hub_id: int, until: date, publish: bool = True) -> SessionsMade:
    """Make the sessions of every weekly template from today (London) to `until`, included; a session that is there already,
    cancelled ones too, is not made again. With `publish` each is published, or stays a draft with its reasons.

    Raises NotPermitted, NotFound (another organisation's book).
    """
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        if hub_id != actor.organisation.id:
            raise NotFound("There is no such book at your hub.", remedy="Sign in at the hub that it belongs to.")
        made, published, drafts, left_out = [], [], [], []
        today = london_date(now)
        days = hub_days(hub_id=hub_id, from_on=today, to_on=until)
        # Held until the end, so that two who press the button at once make each session once.
        held = SessionTemplate.objects.select_for_update(of=("self",)).filter(hub=hub_id)
        related = ("groups", "further_holders", "quotas", "exceptions")
        templates = held.select_related("slot_type").prefetch_related(*related)
        for template in templates.order_by("weekday", "starts_at", "pk"):
            there = _days_made(template)
            for occurrence in occurrences(recurrence_of(template), from_on=today, until=until, hub_days=days):
                period = period_on(occurrence.day, template.starts_at, template.ends_at)
                if occurrence.day in there or period is None or period[0] <= now:
                    continue
                if occurrence.why_not:
                    left_out.append(LeftOut(template.pk, template.name, occurrence.day, occurrence.why_not))
                    continue
                session = _make(actor, now, details_of(template), period, template.slot_type, template=template)
                made.append(session.pk)
                if publish:
                    reasons = publish_row(actor, now, session)
                    if reasons:
                        drafts.append(LeftAsDraft(session.pk, tuple(reasons)))
                    else:
                        published.append(session.pk)
        return SessionsMade(tuple(made), tuple(published), tuple(drafts), tuple(left_out))


def make_session(
    *, actor: Actor, now: datetime, day: date, starts_at: time, ends_at: time, details: SessionDetails
) -> int:
    """Make one draft session on a London day; its id. Raises InvalidInput with every problem."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        hub_id = actor.organisation.id
        problems = [*problems_of_session(details), *problems_of_references(details, hub_id=hub_id)]
        period = period_on(day, starts_at, ends_at) if starts_at < ends_at else None
        if period is None:
            problems.append(
                Problem(
                    "ends_at",
                    "not-after-start",
                    "A session ends after it starts, on the same day",
                    "Give a later time.",
                )
            )
        elif period[1] - period[0] > LONGEST_SESSION:
            problems.append(Problem("ends_at", "too-long", "A session lasts at most 12 hours", "Make two sessions."))
        elif period[0] <= now:
            problems.append(Problem("day", "past", "The session would start in the past", "Give a later day or time."))
        if problems or period is None:
            raise InvalidInput(problems)
        return _make(actor, now, details, period, SlotType.objects.get(pk=details.slot_type_id)).pk


def publish_session(*, actor: Actor, now: datetime, session_id: int) -> None:
    """Open a draft to booking. Raises InvalidInput with every reason why not, Conflict, NotFound."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        session = _session(actor, session_id)
        if session.state != SessionState.DRAFT:
            raise Conflict(f"This session is {session.state} already.", remedy="Look at it again.")
        reasons = publish_row(actor, now, session)
        if reasons:
            raise InvalidInput(reasons)


def publish_sessions(*, actor: Actor, now: datetime, from_on: date, to_on: date) -> Published:
    """Publish every draft that starts on the London days from `from_on` to `to_on`, both included, and has not begun; those
    that can't be stay drafts, each with every reason. Raises NotPermitted."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        rows = Session.objects.select_for_update().filter(
            hub=actor.organisation.id,
            state=SessionState.DRAFT,
            starts_at__gte=max(day_bounds(from_on)[0], now),
            starts_at__lt=day_bounds(to_on)[1],
        )
        published, drafts = [], []
        for session in rows.order_by("pk"):
            reasons = publish_row(actor, now, session)
            if reasons:
                drafts.append(LeftAsDraft(session.pk, tuple(reasons)))
            else:
                published.append(session.pk)
        return Published(tuple(published), tuple(drafts))


def change_session(*, actor: Actor, now: datetime, session_id: int, details: SessionDetails) -> None:
    """Complete or correct a draft (not its times or slot type: cancel it and make another). Raises InvalidInput, Conflict."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        session = _session(actor, session_id)
        if session.state != SessionState.DRAFT:
            raise Conflict(
                f"This session is {session.state}: only a draft can be changed.",
                remedy="Cancel it and make another. Its patients, if it has any, are rebooked first.",
                who_can="the hub's rota manager",
            )
        problems = [*problems_of_session(details), *problems_of_references(details, hub_id=actor.organisation.id)]
        if problems:
            raise InvalidInput(problems)
        values = session_columns(details)
        for name, value in values.items():
            setattr(session, name, value)
        session.save(update_fields=[name.removesuffix("_id") for name in values])
        set_people_groups_and_quotas(session, details)
        record_session(actor, now, "appointments.session-changed", session.pk)


def block_slot(*, actor: Actor, now: datetime, slot_id: int, reason: str) -> None:
    """Keep a free slot from being booked. Raises Conflict when it is not free, InvalidInput without a reason, NotFound."""
    require_reason(reason)
    _swap_slot(actor, now, slot_id, SlotState.FREE, SlotState.BLOCKED, reason=reason.strip())


def unblock_slot(*, actor: Actor, now: datetime, slot_id: int) -> None:
    """Open a blocked slot again. Raises Conflict when it is not blocked, NotFound."""
    _swap_slot(actor, now, slot_id, SlotState.BLOCKED, SlotState.FREE, reason="")


def _swap_slot(actor: Actor, now: datetime, slot_id: int, before: SlotState, after: SlotState, *, reason: str) -> None:
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        rows = Slot.objects.filter(pk=slot_id, hub=actor.organisation.id)
        if rows.filter(state=before).update(state=after, blocked_reason=reason) != 1:
            if not rows.exists():
                raise NotFound("There is no such slot here.", remedy="Choose one from the session's page.")
            raise Conflict(f"This slot is no longer {before}.", remedy="Look at the session again.")
        record(
            actor=actor, now=now, action=f"appointments.slot-{after}", subject=Subject("slot", slot_id), reason=reason
        )
        publish_once(actor=actor, now=now, fact="appointments.session-changed")


def _days_made(template: SessionTemplate) -> set[date]:
    """The London days that have their session already: one whose times somebody changed, or that was cancelled, is not made
    again."""
    starts = Session.objects.filter(template=template).values_list("starts_at", flat=True)
    return {london_date(start) for start in starts}


def _make(
    actor: Actor,
    now: datetime,
    details: SessionDetails,
    period: Period,
    slot_type: SlotType,
    *,
    template: SessionTemplate | None = None,
) -> Session:
    session = Session(
        hub_id=actor.organisation.id,
        template=template,
        starts_at=period[0],
        ends_at=period[1],
        state=SessionState.DRAFT,
        state_changed_at=now,
        state_changed_by=actor.user,
        **session_columns(details),
    )
    session.save(force_insert=True)
    set_people_groups_and_quotas(session, details)
    Slot.objects.bulk_create(
        Slot(hub_id=session.hub_id, session=session, slot_type=slot_type, starts_at=start, ends_at=end)
        for start, end in slots_of(period, slot_type.minutes)
    )
    record_session(actor, now, "appointments.session-made", session.pk)
    return session


def _session(actor: Actor, session_id: int) -> Session:
    """The row, held until the end of the unit, so that two people don't decide about it at once."""
    row = Session.objects.select_for_update(no_key=True).filter(hub=actor.organisation.id, pk=session_id).first()
    if row is None:
        raise NotFound("There is no such session here.", remedy="Choose one from the rota.")
    return row
