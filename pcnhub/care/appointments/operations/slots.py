"""Single slots of a session: put one in, take one out, make two of one."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from pcnhub.care.appointments.models import Session, Slot, SlotType
from pcnhub.care.appointments.operations.planning import session_changed
from pcnhub.care.appointments.operations.publishing import facts_of
from pcnhub.care.appointments.operations.refusals import require_reason
from pcnhub.care.appointments.operations.rota import permit_at_hub
from pcnhub.care.appointments.queries.plans import hold_slots, sessions_to_change, slots_of
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.changing import clashes
from pcnhub.care.appointments.rules.details import LONGEST_SESSION
from pcnhub.care.appointments.rules.publishing import reasons_not_to_publish
from pcnhub.care.appointments.rules.timetable import Period
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london, london_date, london_instant
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, Problem


def insert_slot(
    *, actor: Actor, now: datetime, session_id: int, starts_at: time, minutes: int, slot_type_id: int
) -> int:
    """Put a free slot into a gap of a session, or before or after it, which then grows; the slot's id. `starts_at` is London
    time on the session's day. A slot that is there already, free and the same, is the answer to the same wish sent twice.

    Raises InvalidInput with every problem, NotPermitted, NotFound.
    """
    with unit_of_work(actor), transaction.atomic():
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        [session] = sessions_to_change(hub_id=actor.organisation.id, session_ids=[session_id], held=True)
        hold_slots(session_ids=[session_id])
        start = london_instant(london_date(session.starts_at), starts_at).astimezone(UTC)
        period = (start, start + timedelta(minutes=minutes))
        there = Slot.objects.filter(
            session=session, starts_at=period[0], ends_at=period[1], slot_type=slot_type_id, state=SlotState.FREE
        ).first()
        if there is not None:
            return there.pk
        problems = _problems_of_slot(session, period, minutes, slot_type_id, now)
        if problems:
            raise InvalidInput(problems)
        slot = _add(session, period, slot_type_id)
        if period[0] < session.starts_at or session.ends_at < period[1]:
            session.starts_at = min(session.starts_at, period[0])
            session.ends_at = max(session.ends_at, period[1])
            session.save(update_fields=["starts_at", "ends_at"])
        session_changed(
            actor=actor,
            now=now,
            session_id=session_id,
            action="appointments.slot-inserted",
            reason="",
            detail={"slot": slot},
        )
        return slot


def split_slot(*, actor: Actor, now: datetime, slot_id: int) -> int:
    """Make two slots of a free one, the first the longer by a minute if need be; the id of the second.

    Raises Conflict (it is not free any more), InvalidInput (too short), NotPermitted, NotFound.
    """
    with unit_of_work(actor), transaction.atomic():
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        slot = _free_slot(actor, now, slot_id)
        minutes = int((slot.ends_at - slot.starts_at).total_seconds() // 60)
        if minutes < 2:
            raise InvalidInput([Problem("slot", "too-short", "A minute can't be split", "Choose a longer slot.")])
        middle = slot.starts_at + timedelta(minutes=minutes - minutes // 2)
        end, slot.ends_at = slot.ends_at, middle
        slot.save(update_fields=["ends_at"])
        second = _add(slot.session, (middle, end), slot.slot_type_id, like=slot)
        session_changed(
            actor=actor,
            now=now,
            session_id=slot.session_id,
            action="appointments.slot-split",
            reason="",
            detail={"slot": slot_id, "second": second},
        )
        return second


def take_out_slot(*, actor: Actor, now: datetime, slot_id: int, reason: str) -> None:
    """Take a free slot out of its session; the gap stays. Raises Conflict (not free any more), InvalidInput, NotFound."""
    with unit_of_work(actor), transaction.atomic():
        permit_at_hub(actor, Permission.MANAGE_ROTA, now)
        require_reason(reason)
        slot = _free_slot(actor, now, slot_id)
        slot.state = SlotState.CANCELLED
        slot.save(update_fields=["state"])
        session_changed(
            actor=actor,
            now=now,
            session_id=slot.session_id,
            action="appointments.slot-taken-out",
            reason=reason.strip(),
            detail={"slot": slot_id},
        )


def _problems_of_slot(
    session: Session, period: Period, minutes: int, slot_type_id: int, now: datetime
) -> list[Problem]:
    problems = []
    seats = slots_of(session_ids=[session.pk], holders={})
    holder_id = session.holder_id if session.state == SessionState.PUBLISHED else None
    if session.state == SessionState.CANCELLED:
        problems.append(Problem("session", "cancelled", "The session is cancelled", "Make another session."))
    if not 1 <= minutes <= 480:
        problems.append(Problem("minutes", "out-of-range", "A slot has 1 to 480 minutes", "Such as 15.", str(minutes)))
    if not SlotType.objects.filter(hub=session.hub_id, pk=slot_type_id, retired_on__isnull=True).exists():
        problems.append(
            Problem("slot_type_id", "unknown", "The hub has no such slot type in use", "Choose one of the list.")
        )
    if period[0] <= now:
        problems.append(Problem("starts_at", "past", "The slot would start in the past", "Give a later time."))
    problems += [
        Problem(
            "starts_at",
            "overlap",
            f"There is a slot from {in_london(other.starts_at):%H:%M} to {in_london(other.ends_at):%H:%M}",
            "Choose a time at which there is none.",
        )
        for other in clashes(seats, period, holder_id=holder_id)
    ]
    if max(session.ends_at, period[1]) - min(session.starts_at, period[0]) > LONGEST_SESSION:
        problems.append(Problem("starts_at", "too-long", "A session lasts at most 12 hours", "Make another session."))
    elif london_date(period[1]) != london_date(session.starts_at):
        problems.append(Problem("minutes", "another-day", "The slot would end on another day", "Make it shorter."))
    if session.state == SessionState.PUBLISHED and not problems:
        problems += _reasons_not_to_publish(session, period, slot_type_id)
    return problems


def _reasons_not_to_publish(session: Session, period: Period, slot_type_id: int) -> list[Problem]:
    """What could not be published with this slot does not get it either: one more slot is no way round publishing."""
    grown = copy(session)
    grown.starts_at = min(session.starts_at, period[0])
    grown.ends_at = max(session.ends_at, period[1])
    facts = facts_of(grown, slot_type_ids=frozenset({slot_type_id}))
    network = organisations.network_of_hub(hub_id=session.hub_id, day=london_date(session.starts_at))
    return reasons_not_to_publish(replace(facts, slots=facts.slots + 1), name_pattern=network.session_name_pattern)


def _add(session: Session, period: Period, slot_type_id: int, *, like: Slot | None = None) -> int:
    """A free slot of the session's holder, or of whoever holds the slot `like`; a draft's has none."""
    holder_id, clinician_id = (like.holder_id, like.clinician_id) if like else (None, None)
    if like is None and session.state == SessionState.PUBLISHED and session.holder is not None:
        holder_id, clinician_id = session.holder_id, session.holder.account_id
    slot = Slot(
        hub_id=session.hub_id,
        session=session,
        slot_type_id=slot_type_id,
        starts_at=period[0],
        ends_at=period[1],
        holder_id=holder_id,
        clinician_id=clinician_id,
    )
    try:
        with transaction.atomic():
            slot.save(force_insert=True)
    except IntegrityError as lost:  # slot_clinician_once
        raise InvalidInput(
            [Problem("starts_at", "overlap", "The holder has another session at this time", "Choose another time.")]
        ) from lost
    return slot.pk


def _free_slot(actor: Actor, now: datetime, slot_id: int) -> Slot:
    """A free slot that nobody is booking at this moment, held until the end of the unit."""
    rows = Slot.objects.select_for_update().filter(pk=slot_id, hub=actor.organisation.id)
    slot = rows.filter(Q(held_until__isnull=True) | Q(held_until__lte=now), state=SlotState.FREE).first()
    if slot is not None:
        return slot
    if not rows.exists():
        raise NotFound("There is no such slot here.", remedy="Choose one from the session's page.")
    raise Conflict(
        "This slot is not free any more, or somebody is booking it now.", remedy="Look at the session again."
    )
