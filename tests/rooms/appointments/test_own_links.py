"""A patient's own link: what it opens and for whom, what they do by it, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from pcnhub.care.appointments.models import Booking, OwnLink, Slot
from pcnhub.care.appointments.operations import (
    KeyReused,
    LinkUsed,
    NoLinkForThem,
    NotAllowedNow,
    NothingBooked,
    Opened,
    SlotTaken,
    SlotUnavailable,
    book,
    book_own,
    cancel,
    cancel_own,
    give_link_to_appointment,
    give_link_to_book,
    hold_own,
    move_own,
    open_link,
    opened_link,
    rebook,
    withdraw_link,
)
from pcnhub.care.appointments.queries import (
    LinkNotUsable,
    booking,
    links_of_booking,
    links_of_patient,
    own_appointment,
    own_slots,
    slot_types_for_patients,
)
from pcnhub.care.appointments.rules import BookingSource, BookingStatus
from pcnhub.care.appointments.rules.own_links import LinkState
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, NotShared
from tests.cast import NOW, World, patient, system_for, world
from tests.rooms.appointments.book import BEFORE_IT, put_in, request, session, slot_type, slots

BORN = date(1980, 4, 12)  # Jane Smith, of Ash Lane
pytestmark = pytest.mark.django_db


@pytest.fixture
def w(db: None) -> World:
    return world()


def marked(w: World, name: str = "EA GP") -> int:
    return slot_type(w, name, patients_may_book=True)


def opened(token: str, now: datetime = NOW, birth_date: date = BORN) -> Opened:
    return open_link(now=now, token=token, birth_date=birth_date, origin="127.0.0.1", request_id="test")


def link_of(w: World, **more: object) -> Opened:
    given = give_link_to_book(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk, **more)  # type: ignore[arg-type]
    return opened(given.token)


def test_a_patient_books_once_looks_moves_and_cancels(w: World) -> None:
    made = session(w, slot_type_id=marked(w))
    first, second, *_ = slots(made)
    link = link_of(w)
    assert own_appointment(actor=link.actor, now=NOW, link_id=link.link_id) is None
    found = own_slots(actor=link.actor, now=NOW, link_id=link.link_id)
    assert [slot.id for slot in found.slots] == [slot.id for slot in slots(made)]

    booked = book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=first.id, idempotency_key="1")
    again = book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=first.id, idempotency_key="1")
    assert again.was_repeated
    assert again.booking_id == booked.booking_id
    with pytest.raises(LinkUsed):
        book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=second.id, idempotency_key="2")
    shown = own_appointment(actor=link.actor, now=NOW, link_id=link.link_id)
    assert shown is not None
    assert (shown.slot.id, shown.may_change, shown.address) == (first.id, True, "1 River Walk, DN16 3LQ")

    moved = move_own(
        actor=link.actor, now=NOW, link_id=link.link_id, version=1, slot_id=second.id, idempotency_key="3"
    )
    twice = move_own(
        actor=link.actor, now=NOW, link_id=link.link_id, version=1, slot_id=second.id, idempotency_key="3"
    )
    assert (twice.booking_id, twice.was_repeated) == (moved.booking_id, True)
    of_staff = booking(actor=w.ada, booking_id=moved.booking_id)
    assert of_staff.source == BookingSource.ONLINE
    assert of_staff.booked_by_name == "the patient, by their own link"

    cancel_own(actor=link.actor, now=NOW, link_id=link.link_id, version=1)
    cancel_own(actor=link.actor, now=NOW, link_id=link.link_id, version=1)
    gone = own_appointment(actor=link.actor, now=NOW, link_id=link.link_id)
    assert gone is not None
    assert (gone.is_cancelled, gone.may_change) == (True, False)
    assert {slot.state for slot in slots(made)} == {"free"}
