"""Changes to a published session: its times, site, channel, name, groups and rules. Its holder is another operation's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time

from django.db import IntegrityError, transaction

from pcnhub.care.appointments.models import Session, Slot
from pcnhub.care.appointments.operations.planning import (
    NO_MOVES,
    Changed,
    Moves,
    displace,
    plan_of,
    refuse_unless_shown,
    session_changed,
    words_of,
)
from pcnhub.care.appointments.operations.publishing import facts_of
from pcnhub.care.appointments.operations.refusals import require_reason
from pcnhub.care.appointments.operations.rota import (
    permit_at_hub,
    problems_of_references,
    session_columns,
    set_people_groups_and_quotas,
)
from pcnhub.care.appointments.queries.holders import HolderView, holders_of
from pcnhub.care.appointments.queries.plans import hold_slots, live_bookings, sessions_to_change, slots_of
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.changing import (
    BookSlot,
    Fate,
    LiveBooking,
    Plan,
    SessionPlan,
    days_of,
    fates,
    laid_anew,
    new_slots,
    problem_of_those_who_stay,
)
from pcnhub.care.appointments.rules.details import LONGEST_SESSION, SessionDetails, problems_of_session
from pcnhub.care.appointments.rules.publishing import reasons_not_to_publish
from pcnhub.care.appointments.rules.timetable import Period, period_on
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


@dataclass(frozen=True, slots=True)
class SessionChange:
    """What a session is to be: its details (their holders, role and slot type are not looked at), and London times on its
    day."""

    details: SessionDetails
    starts_at: time
    ends_at: time

    def words(self) -> tuple[object, ...]:
        """All that was asked for, in an order of its own: what a plan's token is made of."""
        given = (getattr(self.details, each.name) for each in fields(self.details))
        return (
            self.starts_at,
            self.ends_at,
            *(sorted(each) if isinstance(each, frozenset) else each for each in given),
        )


def plan_changing(*, actor: Actor, now: datetime, session_id: int, change: SessionChange) -> Plan:
    """What it does to change a published session. Changes nothing. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        [session] = sessions_to_change(hub_id=actor.organisation.id, session_ids=[session_id])
        return plan_of_changes(actor=actor, now=now, sessions=[session], change=change)


def change_published(
    *,
    actor: Actor,
    now: datetime,
    session_id: int,
    change: SessionChange,
    reason: str,
    shown: str,
    moves: Moves = NO_MOVES,
) -> Changed:
    """Change a published session, in one transaction with what becomes of its patients: slots inside the new times stay as
    they are; of those booked into a slot that goes, who is in `moves` is moved there, and the others are cancelled.

    `shown` is the token of the plan that was confirmed. Raises BookChanged, InvalidInput (every reason), SlotTaken,
    NotPermitted, NotFound.
    """
    with unit_of_work(actor), transaction.atomic():
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        require_reason(reason)
        sessions = sessions_to_change(hub_id=actor.organisation.id, session_ids=[session_id], held=True)
        return apply_changes(
            actor=actor, now=now, sessions=sessions, change=change, reason=reason, shown=shown, moves=moves
        )


def plan_of_changes(
    *, actor: Actor, now: datetime, sessions: Sequence[Session], change: SessionChange, may_be_none: bool = False
) -> Plan:
    """The same change of several sessions, each on its own day; those that are neither drafts nor published are left out."""
    hub_id = actor.organisation.id
    holders = holders_of(hub_id=hub_id)
    live = [session for session in sessions if session.state != SessionState.CANCELLED]
    ids = [session.pk for session in live]
    seats = slots_of(session_ids=ids, holders=holders)
    bookings = live_bookings(session_ids=ids)
    problems = (
        []
        if live or may_be_none
        else [Problem("session", "cancelled", "The session is cancelled", "Make another session.")]
    )
    plans: list[SessionPlan] = []
    periods: list[Period] = []
    for session in live:
        its_own = replace(change, details=_settled(session, change, holders))
        if not periods:
            problems += problems_of_references(its_own.details, hub_id=hub_id)
        problems += problems_of_session(its_own.details)
        period = period_on(london_date(session.starts_at), change.starts_at, change.ends_at)
        problems += _problems_of_times(session, period, change, now)
        its_seats = [seat for seat in seats if seat.session_id == session.pk]
        its_bookings = [each for each in bookings if each.session_id == session.pk]
        plan = _plan(session, its_seats, its_bookings, period or (session.starts_at, session.ends_at), its_own, now)
        if session.state == SessionState.PUBLISHED:
            problems += _reasons(session, plan, its_own, period or (session.starts_at, session.ends_at))
        plans.append(plan)
        periods += [(session.starts_at, session.ends_at), *([period] if period else [])]
    staying = [each.booking for plan in plans for each in plan.affected if each.fate is Fate.STAYS]
    problems += problem_of_those_who_stay(staying)
    return plan_of(
        hub_id=hub_id, now=now, plans=plans, days=days_of(periods), holders=holders, problems=_once(problems)
    )


def apply_changes(
    *,
    actor: Actor,
    now: datetime,
    sessions: Sequence[Session],
    change: SessionChange,
    reason: str,
    shown: str,
    moves: Moves,
    asked: tuple[object, ...] = (),
    may_be_none: bool = False,
) -> Changed:
    """Do what `plan_of_changes` says, under the locks. The sessions must be held."""
    hold_slots(session_ids=[session.pk for session in sessions], slot_ids=moves.values())
    plan = plan_of_changes(actor=actor, now=now, sessions=sessions, change=change, may_be_none=may_be_none)
    refuse_unless_shown(plan, shown=shown, asked=(*change.words(), *asked))
    of_id = {session.pk: session for session in sessions}
    before = {
        each.booking.id: words_of(of_id[each.booking.session_id], each.booking.starts_at) for each in plan.affected
    }
    done = displace(actor=actor, now=now, plan=plan, before=before, moves=moves, reason=reason.strip())
    for each in plan.sessions:
        _write(of_id[each.session_id], each, change)
        session_changed(
            actor=actor,
            now=now,
            session_id=each.session_id,
            action="appointments.session-changed",
            reason=reason.strip(),
            detail={"slots_added": len(each.added), "slots_dropped": list(each.dropped)},
        )
    return done


def _plan(
    session: Session,
    seats: Sequence[BookSlot],
    bookings: Sequence[LiveBooking],
    period: Period,
    change: SessionChange,
    now: datetime,
) -> SessionPlan:
    kept: tuple[BookSlot, ...] = ()
    dropped: tuple[int, ...] = ()
    for holder_id in dict.fromkeys(seat.holder_id for seat in seats):
        its = [seat for seat in seats if seat.holder_id == holder_id]
        stay, go = _laid_anew(its, old=(session.starts_at, session.ends_at), new=period, now=now)
        kept, dropped = (*kept, *stay), (*dropped, *go)
    said = _said(session, change)
    counts = change.details.counts_to_enhanced_access
    after = tuple(sorted((replace(seat, counts=counts) for seat in kept), key=lambda seat: (seat.starts_at, seat.id)))
    other = [seat.id for seat in seats] if said else ()
    return SessionPlan(session.pk, after, dropped, fates(bookings, dropped=dropped, other=other, now=now), said)


def _laid_anew(
    seats: Sequence[BookSlot], *, old: Period, new: Period, now: datetime
) -> tuple[tuple[BookSlot, ...], tuple[int, ...]]:
    """One holder's slots afterwards, new ones among them, and the ids of those that go."""
    if new == old:
        return tuple(seats), ()
    like = _usual(seats)
    minutes = int((like.ends_at - like.starts_at).total_seconds() // 60)
    kept, dropped, periods = laid_anew(seats, old=old, new=new, minutes=minutes, now=now)
    return (*kept, *new_slots(like, periods)), dropped


def _usual(seats: Sequence[BookSlot]) -> BookSlot:
    """A slot of the kind that the session has most of; of two the earlier."""
    plain = [seat for seat in seats if not seat.is_extra_seat] or seats
    lengths = Counter((seat.slot_type_id, seat.ends_at - seat.starts_at) for seat in plain)
    [(most, _)] = lengths.most_common(1)
    return next(seat for seat in plain if (seat.slot_type_id, seat.ends_at - seat.starts_at) == most)


def _said(session: Session, change: SessionChange) -> tuple[str, ...]:
    """What is no longer as the patients were told."""
    details = change.details
    said = []
    if details.site_id != session.site_id and details.site_id is not None:
        said.append("Another site")
    if details.delivery_channel != session.delivery_channel:
        said.append(f"{details.delivery_channel} instead of {session.delivery_channel}")
    return tuple(said)


def _problems_of_times(session: Session, period: Period | None, change: SessionChange, now: datetime) -> list[Problem]:
    if change.starts_at >= change.ends_at or period is None:
        return [
            Problem(
                "ends_at",
                "not-after-start",
                "A session ends after it starts, on the same day",
                "Give a later time.",
                f"{change.ends_at:%H:%M}",
            )
        ]
    problems = []
    if period[1] - period[0] > LONGEST_SESSION:
        problems.append(Problem("ends_at", "too-long", "A session lasts at most 12 hours", "Make two sessions."))
    if session.ends_at <= now:
        problems.append(Problem("session", "past", "The session is over", "It stays as it was."))
    elif period[0] < now and period[0] < session.starts_at:
        problems.append(Problem("starts_at", "past", "The session would start in the past", "Give a later time."))
    return problems


def _settled(session: Session, change: SessionChange, holders: dict[int, HolderView]) -> SessionDetails:
    """The details as this session takes them: who holds it, and so as which role it is offered, other operations change."""
    first = Slot.objects.filter(session=session).order_by("pk").first()
    holder = holders.get(session.holder_id or 0)
    return replace(
        change.details,
        holder_id=session.holder_id,
        further_holder_ids=frozenset(session.further_holders.values_list("pk", flat=True)),
        practitioner_role=(holder.position.job_role_code if holder else "") or session.practitioner_role,
        slot_type_id=first.slot_type_id if first else change.details.slot_type_id,
    )


def _reasons(session: Session, plan: SessionPlan, change: SessionChange, period: Period) -> list[Problem]:
    """What would keep the changed session from being published keeps it from being changed. A slot type that lost its
    national mapping since is mended on its own page, not by leaving a clinic where it is."""
    network = organisations.network_of_hub(hub_id=session.hub_id, day=london_date(session.starts_at))
    moved = copy(session)
    moved.starts_at, moved.ends_at = period
    facts = replace(facts_of(moved, change.details), slots=len(plan.after), not_mapped=())
    return reasons_not_to_publish(facts, name_pattern=network.session_name_pattern)


def _write(session: Session, plan: SessionPlan, change: SessionChange) -> None:
    holders = holders_of(hub_id=session.hub_id)
    details = _settled(session, change, holders)
    values = session_columns(details)
    period = period_on(london_date(session.starts_at), change.starts_at, change.ends_at)
    assert period is not None  # noqa: S101 - a plan without times has a problem, and was refused
    for name, value in values.items():
        setattr(session, name, value)
    session.starts_at, session.ends_at = (instant.astimezone(UTC) for instant in period)
    session.save(update_fields=["starts_at", "ends_at", *(name.removesuffix("_id") for name in values)])
    set_people_groups_and_quotas(session, details)
    Slot.objects.filter(pk__in=plan.dropped).update(state=SlotState.CANCELLED)
    clinicians = {holder.position.id: holder.account.id for holder in holders.values()}
    try:
        with transaction.atomic():
            Slot.objects.bulk_create(
                Slot(
                    hub_id=session.hub_id,
                    session=session,
                    slot_type_id=seat.slot_type_id,
                    starts_at=seat.starts_at,
                    ends_at=seat.ends_at,
                    holder_id=seat.holder_id,
                    clinician_id=clinicians.get(seat.holder_id or 0),
                )
                for seat in plan.after
                if not seat.id
            )
    except IntegrityError as lost:  # slot_clinician_once: given another session this very moment
        raise InvalidInput(
            [Problem("starts_at", "overlap", "The holder was given another session at this time", "Change the time.")]
        ) from lost


def _once(problems: Sequence[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))
