"""Sessions that do not take place: one, or those of a day or a range, with the people who were booked into them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from django.db import transaction

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
from pcnhub.care.appointments.operations.refusals import require_reason
from pcnhub.care.appointments.operations.rota import permit_at_hub
from pcnhub.care.appointments.queries.holders import holders_of
from pcnhub.care.appointments.queries.plans import hold_slots, live_bookings, sessions_to_change, slots_of
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.changing import (
    Fate,
    Plan,
    SessionPlan,
    days_of,
    fates,
    problem_of_those_who_stay,
)
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def plan_cancelling(*, actor: Actor, now: datetime, session_ids: Collection[int]) -> Plan:
    """What it does to take these sessions out of the book; those that are cancelled already are left out. Changes nothing.

    Raises NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        return _plan(actor, now, sessions_to_change(hub_id=actor.organisation.id, session_ids=session_ids))


def cancel_sessions(
    *, actor: Actor, now: datetime, session_ids: Collection[int], reason: str, shown: str, moves: Moves = NO_MOVES
) -> Changed:
    """Take sessions and their slots out of the book, in one transaction with what becomes of their patients: who is in
    `moves` is moved to that slot, everybody else is cancelled, and each is put on the list of people to tell.

    `shown` is the token of the plan that was confirmed. Sent again after it was done, nothing is done. Raises BookChanged,
    InvalidInput (no reason; patients have arrived), SlotTaken, NotPermitted, NotFound.
    """
    with unit_of_work(actor), transaction.atomic():
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        require_reason(reason)
        sessions = sessions_to_change(hub_id=actor.organisation.id, session_ids=session_ids, held=True)
        if all(session.state == SessionState.CANCELLED for session in sessions):
            return Changed(tuple(session_ids), was_repeated=True)
        hold_slots(session_ids=session_ids, slot_ids=moves.values())
        plan = _plan(actor, now, sessions)
        refuse_unless_shown(plan, shown=shown)
        of_id = {session.pk: session for session in sessions}
        before = {
            each.booking.id: words_of(of_id[each.booking.session_id], each.booking.starts_at) for each in plan.affected
        }
        done = displace(actor=actor, now=now, plan=plan, before=before, moves=moves, reason=reason.strip())
        Slot.objects.filter(session__in=done.session_ids).update(state=SlotState.CANCELLED)
        for session_id in done.session_ids:
            session = of_id[session_id]
            session.state, session.state_changed_by = SessionState.CANCELLED, actor.user
            session.state_changed_at = now.astimezone(UTC)
            session.save(update_fields=["state", "state_changed_at", "state_changed_by"])
            session_changed(
                actor=actor,
                now=now,
                session_id=session_id,
                action="appointments.session-cancelled",
                reason=reason.strip(),
                detail={"moved": len(done.moved), "cancelled": len(done.cancelled)},
            )
        return done


def _plan(actor: Actor, now: datetime, sessions: Sequence[Session]) -> Plan:
    live = [session for session in sessions if session.state != SessionState.CANCELLED]
    ids = [session.pk for session in live]
    holders = holders_of(hub_id=actor.organisation.id)
    seats = slots_of(session_ids=ids, holders=holders)
    bookings = live_bookings(session_ids=ids)
    plans = []
    for session in live:
        dropped = tuple(seat.id for seat in seats if seat.session_id == session.pk)
        its = [each for each in bookings if each.session_id == session.pk]
        plans.append(SessionPlan(session.pk, (), dropped, fates(its, dropped=dropped, other=(), now=now)))
    staying = [each.booking for plan in plans for each in plan.affected if each.fate is Fate.STAYS]
    return plan_of(
        hub_id=actor.organisation.id,
        now=now,
        plans=plans,
        days=days_of((session.starts_at, session.ends_at) for session in live),
        holders=holders,
        problems=problem_of_those_who_stay(staying),
    )
