"""What a patient does by a link of their own: open it, keep a time while they confirm, book it once, move it, cancel it.

Nothing is decided here that staff's bookings don't decide as well: the same search, the same holds, the same claim, the same
guards (`booking`, `withdrawing`). The link adds for whom, for what, once, and until when. It is held from the first line of each
operation to the end of its transaction, before any slot: two browsers with one link wait for each other here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import connection

from pcnhub.care.appointments.models import OwnLink, Slot
from pcnhub.care.appointments.operations.booking import Booked, BookingRequest, book, key_reused, rebook, row_of_key
from pcnhub.care.appointments.operations.choosing import slot_to_book
from pcnhub.care.appointments.operations.holds import hold
from pcnhub.care.appointments.operations.recording import record_link
from pcnhub.care.appointments.operations.refusals import (
    BookingMoved,
    LinkUsed,
    NotAllowedNow,
    NothingBooked,
    SlotUnknown,
)
from pcnhub.care.appointments.operations.withdrawing import cancel
from pcnhub.care.appointments.queries.bookings import booking
from pcnhub.care.appointments.queries.consumers import holder_of
from pcnhub.care.appointments.queries.own_links import (
    LinkNotUsable,
    Presented,
    find_presented,
    person_of,
    state_of_row,
    usable_link,
)
from pcnhub.care.appointments.queries.slots import find_slot
from pcnhub.care.appointments.queries.standing import led_to_now
from pcnhub.care.appointments.queries.views import BookingView, SlotView
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.appointments.rules.own_links import (
    HOLDS_WITHIN,
    MOST_HOLDS,
    WRONG_DATES,
    LinkState,
    hash_of,
    refusal_to_change_own,
    user_of,
    version_seen,
)
from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import is_at_work, unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OwnPatient, Purpose

PATIENTS_MAY = frozenset({Permission.FIND_PATIENTS.value, Permission.BOOK_APPOINTMENTS.value})
IDENTITY = "link and date of birth"
NAME = "the patient, by their own link"
CANCELLED_BY_PATIENT = "cancelled by the patient"

# One time at a time: a patient who looks at several keeps only the last from others.
LET_GO_OF_OTHERS = """
update appointments_slot set held_until = null, held_by = ''
where hub_id = %(hub)s and state = 'free' and starts_at > %(now)s and held_by = %(holds_as)s and id <> %(slot)s
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was opened, and whoever acts by it."""

    link_id: int
    actor: Actor


def open_link(*, now: datetime, token: str, birth_date: date, origin: str, request_id: str) -> Opened:
    """Open a link with the date of birth of the patient to whom it was given. The fifth wrong date locks it.

    Not within a unit of work: what was tried stays on record, whatever becomes of it. Raises LinkNotUsable, one and the same
    for every cause.
    """
    presented = find_presented(token_hash=hash_of(token))
    return _opened(presented, now, origin, request_id, birth_date)


def opened_link(*, now: datetime, link_id: int, origin: str, request_id: str) -> Opened:
    """For the next request of the browser that has opened it: asked anew each time, so that what was withdrawn, or is out of
    date, ends at once. Not within a unit of work. Raises LinkNotUsable."""
    return _opened(find_presented(link_id=link_id), now, origin, request_id, None)


def hold_own(*, actor: Actor, now: datetime, link_id: int, slot_id: int) -> tuple[SlotView, datetime | None]:
    """Keep a slot for the patient while they confirm, and let go of what they looked at before: the slot, and until when.

    Looked at again it is kept for no longer; and after `MOST_HOLDS` not at all for a while (None), though it can be booked as
    long as nobody is faster. Raises LinkNotUsable, SlotUnknown, SlotUnavailable, SlotTaken, NotShared.
    """
    with unit_of_work(actor):
        row = usable_link(actor, now, link_id, held=True)  # of two windows at once, one keeps a time
        wanted = find_slot(slot_id=slot_id)
        if wanted is None or (row.booking_id and wanted.hub_id != _appointment(actor, row).hub_id):
            raise SlotUnknown
        until = _kept_until(actor, now, slot_id)
        if until is None and _holds(actor, now, slot_id) < MOST_HOLDS:
            (first, *_), until = hold(actor=actor, now=now, slot_id=slot_id)
        else:
            (first,) = slot_to_book(actor=actor, now=now, slot_id=slot_id)
        values: dict[str, Any] = {
            "hub": first.hub_id,
            "now": now,
            "holds_as": holder_of(actor),
            "slot": slot_id,
        }
        with connection.cursor() as cursor:
            cursor.execute(LET_GO_OF_OTHERS, values)
        return first, until


def _kept_until(actor: Actor, now: datetime, slot_id: int) -> datetime | None:
    kept = Slot.objects.filter(pk=slot_id, held_by=holder_of(actor), held_until__gt=now)
    return kept.values_list("held_until", flat=True).first()


def _holds(actor: Actor, now: datetime, slot_id: int) -> int:
    """How often this time was kept for this link lately, as it is on record: a script that asks again and again would keep it
    from everybody for as long as the link lasts."""
    acts = AuditEvent.objects.filter(organisation_id=actor.organisation.id, at__gt=now - HOLDS_WITHIN, user=actor.user)
    return acts.filter(action="appointments.slot-held", subject_type="slot", subject_id=slot_id).count()


def book_own(*, actor: Actor, now: datetime, link_id: int, slot_id: int, idempotency_key: str) -> Booked:
    """Book, once: from then on the link leads to the appointment. Asked again with the same key, same answer.

    Raises LinkNotUsable, LinkUsed, and as `book` does.
    """
    with unit_of_work(actor):
        row = _held(actor, now, link_id)
        key = _key(link_id, idempotency_key)
        if row.booking_id and row_of_key(actor, key) is None:
            raise LinkUsed
        made = book(
            actor=actor,
            now=now,
            request=BookingRequest(slot_id, _patient(actor), key, patient_agrees=True),
        )
        if not made.was_repeated and not _leads_to(row, made, was=None):
            raise LinkUsed
        return made


def move_own(*, actor: Actor, now: datetime, link_id: int, version: int, slot_id: int, idempotency_key: str) -> Booked:
    """Move the appointment to another time, in one transaction; the link goes with it. Asked again, same answer.

    `version` is that of `own_appointment`. Raises LinkNotUsable, NothingBooked, BookingMoved, NotAllowedNow (less than an hour
    before the start), and as `rebook` does.
    """
    with unit_of_work(actor):
        row = _held(actor, now, link_id)
        key = _key(link_id, idempotency_key)
        earlier = row_of_key(actor, key)
        if earlier is not None:
            slot = find_slot(slot_id=earlier.slot_id)
            if earlier.slot_id != slot_id or slot is None:
                raise key_reused()
            return Booked(earlier.pk, earlier.version, slot, was_repeated=True)
        view = _appointment(actor, row)
        _refuse_unseen(view, version)
        _refuse_too_late(view, now)
        made = rebook(
            actor=actor,
            now=now,
            booking_id=view.id,
            version=view.version,
            slot_id=slot_id,
            idempotency_key=key,
            patient_agrees=True,
        )
        if not _leads_to(row, made, was=view.id):
            raise LinkUsed
        return made


def cancel_own(*, actor: Actor, now: datetime, link_id: int, version: int) -> bool:
    """Cancel the appointment; whether it was cancelled just now: what is cancelled already stays so. Raises LinkNotUsable,
    NothingBooked, BookingMoved, NotAllowedNow (less than an hour before the start), NotShared."""
    with unit_of_work(actor):
        view = _appointment(actor, _held(actor, now, link_id))
        if view.status == BookingStatus.CANCELLED:
            return False
        _refuse_unseen(view, version)
        _refuse_too_late(view, now)
        cancel(actor=actor, now=now, booking_id=view.id, version=view.version, reason=CANCELLED_BY_PATIENT)
        return True


def _opened(
    presented: Presented | None, now: datetime, origin: str, request_id: str, birth_date: date | None
) -> Opened:
    if is_at_work():
        raise RuntimeError("a link is opened before a unit of work: what was tried must stay on record")
    person = person_of(presented) if presented else None
    if presented is None or person is None:
        raise LinkNotUsable
    actor = Actor(
        user=user_of(presented.id),
        name=NAME,
        organisation=organisation_ref(id=presented.organisation_id),
        purpose=Purpose.DIRECT_CARE,
        permissions=PATIENTS_MAY,
        role_name="patient",
        job_category=presented.job_category,  # agreements that name categories: as whoever gave the link
        identity=IDENTITY,
        origin=origin,
        request_id=request_id,
        patient=OwnPatient(person.id, person.number),
    )
    with unit_of_work(actor):
        is_open = _try(actor, now, presented.id, person, birth_date)
    if not is_open:
        raise LinkNotUsable
    return Opened(presented.id, actor)


def _try(actor: Actor, now: datetime, link_id: int, person: PatientView, birth_date: date | None) -> bool:
    """Whether the link opens; what was tried is counted and put on record. `birth_date` None: it was asked before."""
    asked = OwnLink.objects.select_for_update() if birth_date else OwnLink.objects
    row = led_to_now(asked.get(pk=link_id))
    state = state_of_row(row, now)
    if birth_date is None:
        return state is LinkState.OPEN
    on_record = partial(record_link, actor, now, row=row, nhs_number=person.number, home_id=person.home_id)
    if state is not LinkState.OPEN:
        on_record("appointments.link-refused", state=state.value)
        return False
    if birth_date != person.birth_date:
        row.wrong_dates += 1
        row.locked_at = now if row.wrong_dates >= WRONG_DATES else None
        row.save(update_fields=["wrong_dates", "locked_at"])
        on_record("appointments.link-wrong-date", wrong_dates=row.wrong_dates)
        if row.locked_at:
            on_record("appointments.link-locked")
        return False
    row.opened_at, row.wrong_dates = now, 0
    row.save(update_fields=["opened_at", "wrong_dates"])
    on_record("appointments.link-opened")
    return True


def _held(actor: Actor, now: datetime, link_id: int) -> OwnLink:
    """The link, nobody else's until the transaction ends, and written down as leading where it leads now."""
    row = usable_link(actor, now, link_id, held=True)
    if row.booking_id is not None:
        row.save(update_fields=["booking", "expires_at"])
    return row


def _appointment(actor: Actor, row: OwnLink) -> BookingView:
    if row.booking_id is None:
        raise NothingBooked
    return booking(actor=actor, booking_id=row.booking_id)


def _leads_to(row: OwnLink, made: Booked, *, was: int | None) -> bool:
    """Compare-and-set: a link leads to one appointment, from whichever it led to when it was looked at."""
    moved = OwnLink.objects.filter(pk=row.pk, booking=was)
    return moved.update(booking=made.booking_id, expires_at=made.slot.ends_at) == 1


def _refuse_unseen(view: BookingView, version: int) -> None:
    if version != version_seen(view.id, view.version):
        raise BookingMoved("This appointment has changed since you looked at it.")


def _refuse_too_late(view: BookingView, now: datetime) -> None:
    why_not = refusal_to_change_own(status=view.status, starts_at=view.slot.starts_at, now=now)
    if why_not:
        raise NotAllowedNow(why_not, remedy="Ring the hub, or your GP practice.", who_can="the hub's reception")


def _key(link_id: int, key: str) -> str:
    """Of the patient's own wishes with this link: nobody else's key, whatever they send."""
    return f"own:{link_id}:{key}" if key.strip() else ""


def _patient(actor: Actor) -> int:
    if actor.patient is None:
        raise ValueError("only a patient books by a link of their own")
    return actor.patient.id
