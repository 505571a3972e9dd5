"""What GP Connect's consumers do in a hub's book, through the operations that its door calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from pcnhub.care.appointments.models import Session, SessionQuota, Slot
from pcnhub.care.appointments.operations import (
    BookingMoved,
    ConsumerBooking,
    KeyReused,
    NotAdjacent,
    NotAllowedNow,
    SlotTaken,
    SlotUnavailable,
    SlotUnknown,
    amend,
    book,
    book_for,
    cancel,
    hold,
)
from pcnhub.care.appointments.queries import SlotView, appointment, appointments_of, consumer_of
from pcnhub.care.appointments.rules.visibility import Consumer, Route
from pcnhub.care.organisations.models import OrganisationGroup
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, world
from tests.rooms.appointments import worlds
from tests.rooms.appointments.book import TUESDAY, keys, request, session, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    made = world()
    worlds.switch(made.hub.pk, on=True)
    register_temporarily(actor=made.ada, now=NOW, hub_id=made.hub.pk, practice_patient_id=made.patient_of_ash.pk)
    return made


def caller(w: World) -> Actor:
    """As the door makes it: the hub's actor, named after who asks."""
    return replace(
        w.carys, user="gpconnect:A81001:111222333444", name="Dr Caller, Ash Lane Surgery", position_id=None,
        permissions=frozenset({Permission.BOOK_APPOINTMENTS}), identity="gp-connect",
    )  # fmt: skip


def asks(w: World, ods_code: str = "A81001", kind: str = "gp-practice") -> Consumer:
    return consumer_of(ods_code=ods_code, organisation_type=kind, route=Route.GP_CONNECT, hub_id=w.hub.pk, now=NOW)


def held(w: World) -> int:
    with unit_of_work(w.carys):
        return Patient.objects.get(organisation=w.hub, registered_practice=w.ash).pk


def wish(w: World, *chosen: SlotView, **more: Any) -> ConsumerBooking:
    values: dict[str, Any] = {
        "slot_ids": tuple(slot.id for slot in chosen), "patient_id": held(w), "starts_at": chosen[0].starts_at,
        "ends_at": chosen[-1].ends_at, "idempotency_key": next(keys), "description": "Cough", "comment": "Bell is broken",
        "created_at": NOW - timedelta(seconds=3), "contact": {"name": "Ash Lane", "telecom": ["01724 1"]},
    }  # fmt: skip
    return ConsumerBooking(**values | more)


def test_two_slots_booked_read_and_listed(w: World) -> None:
    first, second, *_ = slots(session(w))
    made = book_for(actor=caller(w), now=NOW, consumer=asks(w), request=wish(w, first, second))
    assert (made.slot_ids, made.starts_at, made.ends_at) == ((first.id, second.id), first.starts_at, second.ends_at)
    assert (made.status, made.version, made.description, made.comment) == ("booked", 1, "Cough", "Bell is broken")
    assert (made.booked_by_ods_code, made.booked_by_type, made.booked_by_name) == ("A81001", "gp-practice", "Ash Lane")
    assert made.created == NOW - timedelta(seconds=3)
    assert (made.practitioner_id, made.site_id) == (w.bilal.account_id, w.site.pk)
    assert appointment(actor=caller(w), now=NOW, booking_id=made.id) == made
    listed = appointments_of(actor=caller(w), now=NOW, patient_id=held(w), from_on=TUESDAY, to_on=TUESDAY)
    assert listed == (made,)
    with unit_of_work(w.carys):
        [event] = AuditEvent.objects.filter(action="appointments.booked")
    assert (event.user, event.data_organisation_id) == ("gpconnect:A81001:111222333444", w.ash.pk)


def test_an_organisation_that_is_unknown_here_books_what_is_open_to_all(w: World) -> None:
    held_session = session(w)
    first, *_ = slots(held_session)
    stranger = asks(w, "X99999", "urgent-care")
    with pytest.raises(SlotUnavailable) as refused:
        book_for(actor=caller(w), now=NOW, consumer=stranger, request=wish(w, first))
    assert [reason.code for reason in refused.value.reasons] == ["not-in-group"]
    OrganisationGroup.objects.get(pk=w.group.pk).members.all().delete()
    Slot.objects.get(pk=first.id).session.groups.clear()
    with pytest.raises(SlotUnavailable) as refused:
        book_for(actor=caller(w), now=NOW, consumer=stranger, request=wish(w, first))
    assert [reason.code for reason in refused.value.reasons] == ["open-to-nobody"]
    Session.objects.filter(pk=held_session).update(open_to_all=True)
    made = book_for(actor=caller(w), now=NOW, consumer=stranger, request=wish(w, first))
    assert (made.booked_by_ods_code, made.booked_by_type) == ("X99999", "urgent-care")


def test_asked_again_it_is_the_same_and_of_something_else_refused(w: World) -> None:
    first, second, *_ = slots(session(w))
    one = wish(w, first)
    made = book_for(actor=caller(w), now=NOW, consumer=asks(w), request=one)
    assert book_for(actor=caller(w), now=NOW, consumer=asks(w), request=one) == made
    with pytest.raises(KeyReused):
        book_for(
            actor=caller(w), now=NOW, consumer=asks(w), request=wish(w, second, idempotency_key=one.idempotency_key)
        )


def test_refusals(w: World) -> None:
    first, second, third, *_ = slots(session(w))
    cases: list[tuple[ConsumerBooking, type[Exception]]] = [
        (wish(w, first, slot_ids=(999_999,)), SlotUnknown),
        (wish(w, first, slot_ids=()), SlotUnknown),
        (wish(w, first, third), NotAdjacent),
        (wish(w, first, starts_at=second.starts_at), InvalidInput),
        (wish(w, first, description="x" * 101), InvalidInput),
        (wish(w, first, comment="x" * 501), InvalidInput),
        (wish(w, first, patient_id=w.patient_of_ash.pk), NotFound),
    ]
    for one, refusal in cases:
        with pytest.raises(refusal):
            book_for(actor=caller(w), now=NOW, consumer=asks(w), request=one)
    with pytest.raises(NotPermitted):
        book_for(actor=replace(caller(w), permissions=frozenset()), now=NOW, consumer=asks(w), request=wish(w, first))
    assert set(Slot.objects.values_list("state", flat=True)) == {"free"}


def test_charlie_cannot_book_in_a_hub_as_his_own(w: World) -> None:
    """The provider is the actor's own organisation: another hub's slot does not exist there."""
    first, *_ = slots(session(w))
    with pytest.raises(SlotUnknown):
        book_for(actor=w.charlie, now=NOW, consumer=asks(w, "C83003"), request=wish(w, first))
    with pytest.raises(NotFound):
        appointments_of(actor=w.charlie, now=NOW, patient_id=held(w), from_on=TUESDAY, to_on=TUESDAY)


def test_what_is_not_free_is_taken(w: World) -> None:
    first, second, *_ = slots(session(w))
    book(actor=w.efe, now=NOW, request=request(first.id, w.patient_of_birch.pk))
    hold(actor=w.efe, now=NOW, slot_id=second.id)
    for slot in (first, second):
        with pytest.raises(SlotTaken):
            book_for(actor=caller(w), now=NOW, consumer=asks(w), request=wish(w, slot))


def test_a_protected_patient_is_not_there(w: World) -> None:
    first, second, *_ = slots(session(w))
    made = book_for(actor=caller(w), now=NOW, consumer=asks(w), request=wish(w, first))
    with unit_of_work(w.carys):
        Patient.objects.filter(organisation=w.hub).update(is_sensitive=True)
    here = made.patient_id
    calls: list[Any] = [
        lambda: book_for(actor=caller(w), now=NOW, consumer=asks(w), request=replace(wish_of(second), patient_id=here)),
        lambda: appointment(actor=caller(w), now=NOW, booking_id=made.id),
        lambda: appointments_of(actor=caller(w), now=NOW, patient_id=here, from_on=TUESDAY, to_on=TUESDAY),
        lambda: amend(actor=caller(w), now=NOW, booking_id=made.id, version=1, description="", comment=""),
        lambda: cancel(actor=caller(w), now=NOW, booking_id=made.id, version=1),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()


def wish_of(slot: SlotView) -> ConsumerBooking:
    return ConsumerBooking((slot.id,), 0, slot.starts_at, slot.ends_at, next(keys))


def test_amending_changes_the_two_texts_and_nothing_else(w: World) -> None:
    first, *_ = slots(session(w))
    made = book_for(actor=caller(w), now=NOW, consumer=asks(w), request=wish(w, first))
    words = {"actor": caller(w), "now": NOW, "booking_id": made.id}
    changed = amend(**words, version=1, description="Fever", comment="")  # type: ignore[arg-type]
    assert changed == replace(made, version=2, description="Fever", comment="")
    assert amend(**words, version=None, description="Fever", comment="").version == 2  # type: ignore[arg-type]
    with pytest.raises(BookingMoved):
        amend(**words, version=1, description="Late", comment="")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        amend(**words, version=2, description="x" * 101, comment="")  # type: ignore[arg-type]
    with pytest.raises(NotAllowedNow):
        amend(**words | {"now": first.starts_at}, version=2, description="Past", comment="")  # type: ignore[arg-type]
    cancel(actor=caller(w), now=NOW, booking_id=made.id, version=2, reason="Better")
    with pytest.raises(NotAllowedNow):
        amend(**words, version=3, description="Cancelled", comment="")  # type: ignore[arg-type]


def test_any_organisation_of_the_deal_cancels_any_appointment_that_is_ahead(w: World) -> None:
    """`domain.md` 12.2 A8 and A9."""
    first, *_ = slots(session(w))
    made = book(actor=w.efe, now=NOW, request=request(first.id, w.patient_of_birch.pk)).booking_id
    with pytest.raises(NotAllowedNow):
        cancel(actor=caller(w), now=first.starts_at, booking_id=made, version=None)
    with pytest.raises(BookingMoved):
        cancel(actor=caller(w), now=NOW, booking_id=made, version=7)
    cancel(actor=caller(w), now=NOW, booking_id=made, version=None, reason="Rang to say so")
    view = appointment(actor=caller(w), now=NOW, booking_id=made)
    assert (view.status, view.version, view.cancellation_reason) == ("cancelled", 2, "Rang to say so")
    assert Slot.objects.get(pk=first.id).state == "free"


def test_cancelled_again_it_never_frees_what_was_booked_since(w: World) -> None:
    held_session = session(w)
    share = SessionQuota.objects.create(session_id=held_session, profile="organisation", subject="A81001", at_most=3)
    first, *_ = slots(held_session)
    made = book_for(actor=caller(w), now=NOW, consumer=asks(w), request=wish(w, first))
    cancel(actor=caller(w), now=NOW, booking_id=made.id, version=None)
    book_for(actor=caller(w), now=NOW, consumer=asks(w), request=wish(w, first))
    cancel(actor=caller(w), now=NOW, booking_id=made.id, version=None)
    with pytest.raises(NotAllowedNow):
        cancel(actor=caller(w), now=NOW, booking_id=made.id, version=2)
    share.refresh_from_db()
    assert (Slot.objects.get(pk=first.id).state, share.used) == ("booked", 1)


def test_a_patient_s_appointments_are_of_every_status_and_source(w: World) -> None:
    first, second, *_ = slots(session(w))
    here = book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk)).booking_id
    cancel(actor=w.ada, now=NOW, booking_id=here, version=1)
    there = book_for(actor=caller(w), now=NOW, consumer=asks(w), request=wish(w, second)).id
    found = appointments_of(actor=caller(w), now=NOW, patient_id=held(w), from_on=TUESDAY, to_on=TUESDAY)
    assert [(each.id, each.status, each.source) for each in found] == [
        (here, "cancelled", "practice"), (there, "booked", "gp-connect"),
    ]  # fmt: skip
    later = TUESDAY + timedelta(days=1)
    assert appointments_of(actor=caller(w), now=NOW, patient_id=held(w), from_on=later, to_on=later) == ()


def test_the_day_of_a_clock_change_is_whole(w: World) -> None:
    """The last slot of 28 March 2027, a day of 23 hours, is of that day."""
    from datetime import UTC, date, time

    sunday = date(2027, 3, 28)
    first, *_ = slots(session(w, day=sunday, times=(time(20), time(20, 15))))
    assert first.starts_at == datetime(2027, 3, 28, 19, tzinfo=UTC)
    made = book_for(actor=caller(w), now=NOW, consumer=asks(w), request=wish(w, first))
    found = appointments_of(actor=caller(w), now=NOW, patient_id=held(w), from_on=sunday, to_on=sunday)
    assert [each.id for each in found] == [made.id]
