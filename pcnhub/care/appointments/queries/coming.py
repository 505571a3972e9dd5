"""What is asked of a day that comes: its appointments without their patients' names, and what each practice meets of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.queries.bookings import (
    booking_grant,
    booking_rows,
    booking_view,
    record_bookings_shown,
    worst_registration_of,
)
from pcnhub.care.appointments.queries.consumers import ORGANISATION_TYPES, consumer_of
from pcnhub.care.appointments.queries.judging import JudgedSlot, judged_book
from pcnhub.care.appointments.queries.unlinked import GONE
from pcnhub.care.appointments.rules import SessionState, SlotState
from pcnhub.care.appointments.rules.visibility import Consumer, Reason, Route, reasons_unseen
from pcnhub.care.organisations.queries import systems_of
from pcnhub.care.organisations.rules import ClinicalSystem, OrganisationKind, Permission
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.foundations.kernel.refusals import NotShared


@dataclass(frozen=True, slots=True)
class ComingBooking:
    """One live appointment, by ids. `is_known`: it has been found out who the patient is; `registration`: the worst that the
    hub's row or the practice's own says (active, left, deceased); `changed_at`: when it was last booked, changed or moved on."""

    id: int
    session_id: int
    patient_id: int
    practice_id: int | None
    starts_at: datetime
    is_known: bool
    registration: str
    national_category: str
    booked_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What one practice meets of one published session: how many free slots there still are, how many of them it finds, and
    why not the others (each reason once; nobody's doing, such as another person's hold, is no reason here)."""

    session_id: int
    practice: OrganisationRef
    free: int
    found: int
    obstacles: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class NamedPatient:
    """Whom an appointment is of, for whoever may read the list on which the name stands."""

    patient_id: int
    name: str


PASSING = frozenset({"held", "started", "closed", "embargoed", "not-released", "quota-used", "taken", "blocked"})
"""Reasons that go by themselves, or that the hub meant."""


def coming_bookings(*, hub_id: int, from_on: date, to_on: date) -> tuple[ComingBooking, ...]:
    """The hub's live appointments that begin on those London days, both included, in order of time; nobody's of whom it is
    said that they did not come. Names nobody. In the hub's own unit of work."""
    rows = booking_rows().filter(
        organisation=hub_id, starts_at__gte=day_bounds(from_on)[0], starts_at__lt=day_bounds(to_on)[1]
    )
    return tuple(_coming(row) for row in rows.exclude(status__in=GONE).order_by("starts_at", "pk"))


def offers(*, hub_id: int, day: date, practices: Iterable[OrganisationRef], now: datetime) -> tuple[Offer, ...]:
    """What each of these practices meets of the hub's published sessions of a London day, as it would search: on the pages
    here, or over GP Connect where its records are kept elsewhere. Sessions without a free slot ahead are left out."""
    book: dict[int, list[JudgedSlot]] = defaultdict(list)
    for each in judged_book(hub_id=hub_id, from_on=day, to_on=day):
        is_free = each.facts.state == SlotState.FREE and not each.facts.is_extra and each.facts.starts_at > now
        if is_free and each.facts.session_state == SessionState.PUBLISHED:
            book[each.slot.session_id].append(each)
    if not book:
        return ()
    asked = list(practices)
    consumers = _consumers(asked, hub_id, now)
    return tuple(
        _offer(session_id, free, practice, consumers[practice.id], now)
        for session_id, free in book.items()
        for practice in asked
    )


def patients_named(*, actor: Actor, now: datetime, booking_ids: Collection[int]) -> dict[int, NamedPatient]:
    """The patients of those appointments whose names the actor may read, by appointment; nobody for whom a list of patients
    is not theirs to read, and no protected patient. Audited."""
    may = [each for each in (Permission.RUN_CLINIC_LIST, Permission.BOOK_APPOINTMENTS) if actor.may(each)]
    if not booking_ids or not may:
        return {}
    with unit_of_work(actor):
        views = [booking_view(row, actor) for row in booking_rows().filter(pk__in=booking_ids)]
        found = [view for view in views if not view.is_withheld]
        named = {}
        for hub_id in sorted({view.hub_id for view in found}):
            its = [view for view in found if view.hub_id == hub_id]
            try:
                grant = booking_grant(actor=actor, now=now, hub_id=hub_id, permission=may[0])
            except NotShared:
                continue
            record_bookings_shown(actor=actor, now=now, found=its, basis=grant.basis)
            named.update({view.id: NamedPatient(view.patient_id, view.patient_name) for view in its})
        return named


def _coming(row: Booking) -> ComingBooking:
    person = row.patient.merged_into or row.patient
    return ComingBooking(
        id=row.pk,
        session_id=row.slot.session_id,
        patient_id=person.pk,
        practice_id=row.patient_practice_id,
        starts_at=row.starts_at,
        is_known=bool(person.number),
        registration=worst_registration_of(row),
        national_category=row.slot.slot_type.national_category,
        booked_at=row.booked_at,
        changed_at=row.changed_at or row.booked_at,
    )


def _consumers(practices: list[OrganisationRef], hub_id: int, now: datetime) -> dict[int, Consumer]:
    systems = systems_of(ids=[each.id for each in practices])
    return {
        each.id: consumer_of(
            organisation_id=each.id,
            organisation_type=ORGANISATION_TYPES[OrganisationKind.PRACTICE],
            route=Route.STAFF if systems.get(each.id) == ClinicalSystem.PCN_HUB else Route.GP_CONNECT,
            hub_id=hub_id,
            now=now,
        )
        for each in practices
    }


def _offer(
    session_id: int, free: list[JudgedSlot], practice: OrganisationRef, consumer: Consumer, now: datetime
) -> Offer:
    met = [
        {each.code: each for each in reasons_unseen(slot.facts, consumer, now=now) if each.code not in PASSING}
        for slot in free
    ]
    obstacles = {code: reason for reasons in met for code, reason in reasons.items()}
    return Offer(session_id, practice, len(free), sum(not reasons for reasons in met), tuple(obstacles.values()))
