"""Sessions: made from templates or one at a time, published, cancelled; slots blocked and opened again.

A draft's slots name no holder. Publishing puts the holder on them, and the person behind that position, and with that claims
the clinician's time: the database refuses two slots of one person at one time (`slot_clinician_once`), at whichever hubs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db import IntegrityError, transaction

from pcnhub.care.appointments.models import Booking, Session, SessionTemplate, Slot, SlotType
from pcnhub.care.appointments.operations.refusals import SessionHasPatients, StillBooked
from pcnhub.care.appointments.operations.rota import permit_at_hub, problems_of_references, session_columns
from pcnhub.care.appointments.rules import BookingStatus, SessionState, SlotState
from pcnhub.care.appointments.rules.publishing import (
    LONGEST_SESSION,
    HolderFacts,
    SessionDetails,
    SessionFacts,
    problems_of_session,
    reasons_not_to_publish,
)
from pcnhub.care.appointments.rules.timetable import Period, period_on, slots_of, weekdays_between
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission, holds_on
from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, Problem


@dataclass(frozen=True, slots=True)
class LeftAsDraft:
    session_id: int
    reasons: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SessionsMade:
    """Ids of the sessions that were made; those that could not be published, with every reason, are drafts."""

    made: tuple[int, ...]
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
        made, published, drafts = [], [], []
        # Held until the end, so that two who press the button at once make each session once.
        held = SessionTemplate.objects.select_for_update(of=("self",)).filter(hub=hub_id)
        templates = held.select_related("slot_type").prefetch_related("groups")
        for template in templates.order_by("weekday", "starts_at", "pk"):
            for period in _periods(template, from_on=london_date(now), until=until, now=now):
                session = _make(actor, now, _details(template), period, template.slot_type, template=template)
                made.append(session.pk)
                if publish:
                    reasons = _publish(actor, now, session)
                    if reasons:
                        drafts.append(LeftAsDraft(session.pk, tuple(reasons)))
                    else:
                        published.append(session.pk)
        return SessionsMade(tuple(made), tuple(published), tuple(drafts))


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
        reasons = _publish(actor, now, session)
        if reasons:
            raise InvalidInput(reasons)


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
        session.groups.set(details.group_ids)
        _record(actor, now, "appointments.session-changed", session.pk)


def cancel_session(*, actor: Actor, now: datetime, session_id: int, reason: str) -> None:
    """Take a session and its slots out of the book. Raises SessionHasPatients while anyone is booked, InvalidInput."""
    with unit_of_work(actor), transaction.atomic():  # refusing gives the slots back, also to a page that shows the list
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        _require_reason(reason)
        session = _session(actor, session_id)
        if session.state == SessionState.CANCELLED:
            raise Conflict("This session is cancelled already.", remedy="Look at it again.")
        # First every slot is held, so that nobody books while this looks: whoever claimed before is seen below. In the order
        # of their ids, as whoever moves a booking holds two of them.
        held = Slot.objects.select_for_update().filter(session=session).order_by("pk")
        list(held.values_list("pk"))
        live = Booking.objects.filter(slot__session=session).exclude(status=BookingStatus.CANCELLED)
        booked = live.order_by("slot__starts_at", "pk").values_list("pk", "slot__starts_at")
        if booked:
            raise SessionHasPatients(tuple(StillBooked(*each) for each in booked))
        Slot.objects.filter(session=session).update(state=SlotState.CANCELLED)
        _set_state(actor, now, session, SessionState.CANCELLED, reason=reason)


def block_slot(*, actor: Actor, now: datetime, slot_id: int, reason: str) -> None:
    """Keep a free slot from being booked. Raises Conflict when it is not free, InvalidInput without a reason, NotFound."""
    _require_reason(reason)
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


def _periods(template: SessionTemplate, *, from_on: date, until: date, now: datetime) -> Iterable[Period]:
    """When the template takes place, without what is there already or has begun."""
    there = set(Session.objects.filter(template=template).values_list("starts_at", flat=True))
    for day in weekdays_between(template.weekday, max(from_on, template.starts_on), until):
        period = period_on(day, template.starts_at, template.ends_at)
        if (
            period
            and holds_on(day, template.starts_on, template.ends_on)
            and now < period[0]
            and period[0] not in there
        ):
            yield period


def _details(template: SessionTemplate) -> SessionDetails:
    return SessionDetails(
        name=template.name,
        slot_type_id=template.slot_type_id,
        holder_id=template.holder_id,
        site_id=template.site_id,
        delivery_channel=template.delivery_channel,
        practitioner_role=template.practitioner_role,
        group_ids=frozenset(group.pk for group in template.groups.all()),
        counts_to_enhanced_access=template.counts_to_enhanced_access,
    )


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
    session.groups.set(details.group_ids)
    Slot.objects.bulk_create(
        Slot(hub_id=session.hub_id, session=session, slot_type=slot_type, starts_at=start, ends_at=end)
        for start, end in slots_of(period, slot_type.minutes)
    )
    _record(actor, now, "appointments.session-made", session.pk)
    return session


def _publish(actor: Actor, now: datetime, session: Session) -> list[Problem]:
    """Publish, or say every reason why not."""
    network = organisations.network_of_hub(hub_id=session.hub_id, day=london_date(now))
    reasons = reasons_not_to_publish(_facts(session), name_pattern=network.session_name_pattern)
    if session.starts_at <= now:
        reasons.append(Problem("day", "past", "The session has begun already", "Make a later session."))
    if reasons:
        return reasons
    try:
        with transaction.atomic():
            Slot.objects.filter(session=session).update(holder=session.holder_id, clinician=_clinician(session))
    except IntegrityError:  # slot_clinician_once: another session of this clinician was published this very moment
        return [
            Problem(
                "holder",
                "overlap",
                "The holder was given another session at this time a moment ago",
                "Change the time or the holder of one of the two.",
            )
        ]
    _set_state(actor, now, session, SessionState.PUBLISHED)
    return []


def _facts(session: Session) -> SessionFacts:
    day = london_date(session.starts_at)
    slots = Slot.objects.filter(session=session)
    sites = {site.id: site for site in organisations.sites_of(organisation_id=session.hub_id)}
    site = sites.get(session.site_id) if session.site_id else None
    first = slots.first()
    return SessionFacts(
        details=SessionDetails(
            name=session.name,
            slot_type_id=first.slot_type_id if first else 0,
            holder_id=session.holder_id,
            site_id=session.site_id,
            delivery_channel=session.delivery_channel,
            practitioner_role=session.practitioner_role,
            group_ids=frozenset(session.groups.values_list("pk", flat=True)),
            counts_to_enhanced_access=session.counts_to_enhanced_access,
        ),
        starts_at=session.starts_at,
        slots=slots.count(),
        holder=_holder(session, day) if session.holder_id else None,
        site_open=site is not None and holds_on(day, None, site.closed_on),
        busy_with=_busy_with(session),
    )


def _holder(session: Session, day: date) -> HolderFacts:
    assert session.holder_id is not None  # noqa: S101 - asked by the caller, said to the type checker
    held = organisations.position(id=session.holder_id, day=day)
    return HolderFacts(
        name=held.name,
        at_this_hub=held.organisation.id == session.hub_id,
        is_active=held.is_active,
        is_session_holder=held.session_holder,
        job_role_code=held.job_role_code,
    )


def _clinician(session: Session) -> int | None:
    """The account behind the holder: nobody is in two places, however many positions they have."""
    return session.holder.account_id if session.holder else None


def _busy_with(session: Session) -> tuple[str, ...]:
    """The holder's other published slots during this session, under any position at any hub, in words, one a session."""
    clinician = _clinician(session)
    if clinician is None:
        return ()
    others = Slot.objects.filter(
        clinician=clinician, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at
    ).exclude(state=SlotState.CANCELLED)
    found = Session.objects.filter(pk__in=others.exclude(session=session).values("session")).order_by("starts_at")
    return tuple(
        f"{other.name if other.hub_id == session.hub_id else f'a session at {other.hub.name}'}, "
        f"{in_london(other.starts_at):%a %-d %b %H:%M} to {in_london(other.ends_at):%H:%M}"
        for other in found.select_related("hub")
    )


def _session(actor: Actor, session_id: int) -> Session:
    """The row, held until the end of the unit, so that two people don't decide about it at once."""
    row = Session.objects.select_for_update().filter(hub=actor.organisation.id, pk=session_id).first()
    if row is None:
        raise NotFound("There is no such session here.", remedy="Choose one from the rota.")
    return row


def _set_state(actor: Actor, now: datetime, session: Session, state: SessionState, *, reason: str = "") -> None:
    session.state, session.state_changed_at, session.state_changed_by = state, now.astimezone(UTC), actor.user
    session.save(update_fields=["state", "state_changed_at", "state_changed_by"])
    _record(actor, now, f"appointments.session-{state}", session.pk, reason=reason)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput([Problem("reason", "missing", "Say why", "Others read it in the book.")])


def _record(actor: Actor, now: datetime, action: str, session_id: int, *, reason: str = "") -> None:
    record(actor=actor, now=now, action=action, subject=Subject("session", session_id), reason=reason)
