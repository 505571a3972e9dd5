"""Another clinician for a session: the bookings stay, the patients are told, the person's time is claimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from pcnhub.care.appointments.models import Session, Slot
from pcnhub.care.appointments.operations.planning import (
    Changed,
    displace,
    plan_of,
    refuse_unless_shown,
    session_changed,
    words_of,
)
from pcnhub.care.appointments.operations.refusals import require_reason
from pcnhub.care.appointments.operations.rota import permit_at_hub
from pcnhub.care.appointments.queries.holders import HolderView, holders_of
from pcnhub.care.appointments.queries.plans import (
    busy_accounts,
    hold_slots,
    live_bookings,
    sessions_to_change,
    slots_of,
)
from pcnhub.care.appointments.rules import SessionState, SlotState, practitioner_role_known, practitioner_words
from pcnhub.care.appointments.rules.changing import Plan, SessionPlan, days_of, fates, handed_over
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who holds sessions at the hub. `why_not`: what keeps them from this one, a sentence; empty when they are
    free. `is_same_role`: patients who booked a GP still see a GP."""

    position_id: int
    name: str
    role: str
    is_same_role: bool
    why_not: str


def candidates(*, actor: Actor, now: datetime, session_id: int) -> tuple[Candidate, ...]:
    """Who could hold the session instead: the free ones of the same role first, then by name. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        [session] = sessions_to_change(hub_id=actor.organisation.id, session_ids=[session_id])
        holders = holders_of(hub_id=actor.organisation.id)
        busy = busy_accounts(session=session)
        found = [
            _candidate(session, holder, busy)
            for holder in holders.values()
            if holder.position.session_holder and holder.position.id != session.holder_id
        ]
    return tuple(sorted(found, key=lambda each: (bool(each.why_not), not each.is_same_role, each.name)))


def plan_replacing(
    *, actor: Actor, now: datetime, session_id: int, position_id: int, other_role_reason: str = ""
) -> Plan:
    """What it does to give a session to somebody else. Changes nothing. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        [session] = sessions_to_change(hub_id=actor.organisation.id, session_ids=[session_id])
        return _plan(actor, now, session, position_id, other_role_reason)


def replace_clinician(
    *,
    actor: Actor,
    now: datetime,
    session_id: int,
    position_id: int,
    reason: str,
    shown: str,
    other_role_reason: str = "",
) -> Changed:
    """Give a session to another holder who is free; every booking is kept, and its patient put on the list of people to tell.

    Another role than was offered needs `other_role_reason`: who booked a GP would see somebody else. Sent again after it was
    done, nothing is done. Raises InvalidInput (every reason why not), BookChanged, NotPermitted, NotFound.
    """
    with unit_of_work(actor), transaction.atomic():
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        require_reason(reason)
        [session] = sessions_to_change(hub_id=actor.organisation.id, session_ids=[session_id], held=True)
        if session.holder_id == position_id and session.state == SessionState.PUBLISHED:
            return Changed((session_id,), was_repeated=True)
        hold_slots(session_ids=[session_id])
        plan = _plan(actor, now, session, position_id, other_role_reason)
        refuse_unless_shown(plan, shown=shown, asked=(position_id,))
        before = {each.booking.id: words_of(session, each.booking.starts_at) for each in plan.affected}
        holder = holders_of(hub_id=session.hub_id)[position_id]
        was = session.holder_id
        session.holder_id, session.practitioner_role = position_id, holder.position.job_role_code
        session.save(update_fields=["holder", "practitioner_role"])
        _claim_time(session, holder, was=was)
        why = "; ".join(part.strip() for part in (reason, other_role_reason) if part.strip())
        done = displace(actor=actor, now=now, plan=plan, before=before, moves={}, reason=reason.strip())
        session_changed(
            actor=actor,
            now=now,
            session_id=session_id,
            action="appointments.clinician-replaced",
            reason=why,
            detail={"from": was, "to": position_id},
        )
        return done


def _claim_time(session: Session, holder: HolderView, *, was: int | None) -> None:
    """Put the holder, and the person behind them, on the slots of the one before; further holders keep theirs."""
    slots = Slot.objects.filter(session=session, holder=was).exclude(state=SlotState.CANCELLED)
    try:
        with transaction.atomic():
            slots.update(holder=holder.position.id, clinician=holder.account.id)
    except IntegrityError as lost:  # slot_clinician_once: given another session this very moment
        raise InvalidInput([_busy(holder.account.name, "another session")]) from lost


def _plan(actor: Actor, now: datetime, session: Session, position_id: int, other_role_reason: str) -> Plan:
    holders = holders_of(hub_id=actor.organisation.id)
    holder = holders.get(position_id)
    problems = _problems(session, holder, other_role_reason, now)
    seats = slots_of(session_ids=[session.pk], holders=holders)
    said: tuple[str, ...] = ()
    other: frozenset[int] = frozenset()
    if holder is not None:
        said = (f"With {holder.account.name}, {practitioner_words(holder.position.job_role_code)}",)
        role = holder.job_role_on(london_date(session.starts_at))
        seats, other = handed_over(seats, was=session.holder_id, holder_id=position_id, job_role=role)
    bookings = live_bookings(session_ids=[session.pk])
    plan = SessionPlan(session.pk, seats, (), fates(bookings, dropped=(), other=other, now=now), said)
    days = days_of([(session.starts_at, session.ends_at)])
    return plan_of(hub_id=actor.organisation.id, now=now, plans=[plan], days=days, holders=holders, problems=problems)


def _problems(session: Session, holder: HolderView | None, other_role_reason: str, now: datetime) -> list[Problem]:
    problems = []
    if session.state != SessionState.PUBLISHED:
        problems.append(
            Problem("session", "not-published", f"This session is {session.state}", "A draft's holder is edited.")
        )
    elif session.starts_at <= now:
        problems.append(
            Problem(
                "session",
                "has-begun",
                "The session has begun",
                "Change its times, so that it ends now, and make another session for the rest.",
            )
        )
    if holder is None:
        return [*problems, Problem("position_id", "unknown", "The hub has no such position", "Choose one of the list.")]
    if session.holder_id == holder.position.id:
        problems.append(
            Problem("position_id", "same", f"{holder.account.name} holds this session already", "Choose another.")
        )
    is_same_person = session.holder is not None and session.holder.account_id == holder.account.id
    busy = {} if is_same_person else busy_accounts(session=session)
    found = _candidate(session, holder, busy)
    if found.why_not:
        problems.append(Problem("position_id", "not-free", found.why_not, "Choose somebody else."))
    if not found.is_same_role and not other_role_reason.strip():
        problems.append(
            Problem(
                "other_role_reason",
                "missing",
                f"Patients booked a {practitioner_words(session.practitioner_role)}, and {found.name} is a {found.role}",
                "Say why that is right for those who are booked, or choose somebody of the same role.",
            )
        )
    return problems


def _candidate(session: Session, holder: HolderView, busy: dict[int, str]) -> Candidate:
    role = holder.position.job_role_code
    why_not = holder.why_inactive_on(london_date(session.starts_at))
    if not holder.position.session_holder:
        why_not = why_not or f"{holder.account.name} is not marked as a session holder"
    if not practitioner_role_known(role):
        why_not = why_not or f"The position of {holder.account.name} has no job role that a session can be offered as"
    if session.further_holders.filter(pk=holder.position.id).exists():
        why_not = why_not or f"{holder.account.name} has slots of their own in this session"
    if holder.account.id in busy:
        why_not = why_not or _busy(holder.account.name, busy[holder.account.id]).message
    return Candidate(
        position_id=holder.position.id,
        name=holder.account.name,
        role=practitioner_words(role) or "no job role",
        is_same_role=practitioner_words(role) == practitioner_words(session.practitioner_role),
        why_not=why_not,
    )


def _busy(name: str, session: str) -> Problem:
    return Problem("position_id", "overlap", f"{name} is busy then: {session}", "Choose somebody else.")
