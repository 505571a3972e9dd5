"""What a patient does by a link of their own: book once, look, move, cancel, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pcnhub.care.appointments.models import Booking, Slot
from pcnhub.care.appointments.operations import (
    BookingMoved,
    KeyReused,
    LinkUsed,
    NotAllowedNow,
    NothingBooked,
    SlotTaken,
    SlotUnavailable,
    book_own,
    cancel,
    cancel_own,
    give_link_to_appointment,
    give_link_to_book,
    hold_own,
    move_own,
    own_links,
    rebook,
)
from pcnhub.care.appointments.queries import (
    booking,
    links_of_booking,
    own_appointment,
    own_slots,
)
from pcnhub.care.appointments.queries.own_links import usable_link
from pcnhub.care.appointments.rules import BookingSource, BookingStatus
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries import open_offers
from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import NotFound, NotShared
from tests.cast import NOW, World, world
from tests.rooms.appointments.book import put_in, session, slot_type, slots
from tests.rooms.appointments.own_links import (
    appointment_of_jane,
    booking_type,
    link_of,
    marked,
    move,
    opened,
    seen,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(db: None) -> World:
    return world()


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

    wish = {"link_id": link.link_id, "version": shown.version, "slot_id": second.id, "idempotency_key": "3"}
    moved = move_own(actor=link.actor, now=NOW, **wish)  # type: ignore[arg-type]
    twice = move_own(actor=link.actor, now=NOW, **wish)  # type: ignore[arg-type]
    assert (twice.booking_id, twice.was_repeated) == (moved.booking_id, True)
    of_staff = booking(actor=w.ada, booking_id=moved.booking_id)
    assert of_staff.source == BookingSource.ONLINE
    assert of_staff.booked_by_name == "the patient, by their own link"

    assert cancel_own(actor=link.actor, now=NOW, link_id=link.link_id, version=seen(link))
    assert not cancel_own(actor=link.actor, now=NOW, link_id=link.link_id, version=seen(link))
    gone = own_appointment(actor=link.actor, now=NOW, link_id=link.link_id)
    assert gone is not None
    assert (gone.is_cancelled, gone.may_change) == (True, False)
    assert {slot.state for slot in slots(made)} == {"free"}


def test_a_hub_gives_links_too_and_its_patients_book_as_its_own(w: World) -> None:
    given = appointment_of_jane(w)
    at_hub = booking(actor=w.carys, booking_id=given.booking).patient_id
    link = opened(give_link_to_book(actor=w.carys, now=NOW, patient_id=at_hub).token)
    made = book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=given.slots[2], idempotency_key="1")
    assert booking(actor=w.ada, booking_id=made.booking_id).patient_name == "Jane Smith"


def test_a_link_books_what_it_is_for_and_staff_what_they_like(w: World) -> None:
    kind, other, unmarked = marked(w, "EA GP"), marked(w, "EA nurse"), slot_type(w, "EA smears")
    made = {
        name: slots(session(w, day=date(2026, 11, day), slot_type_id=each))[0].id
        for name, day, each in (("its", 24, kind), ("other", 25, other), ("unmarked", 26, unmarked), ("late", 28, kind))
    }
    link = link_of(w, days_ahead=4, slot_type_ids=[kind])
    found = own_slots(actor=link.actor, now=NOW, link_id=link.link_id)
    assert {slot.slot_type for slot in found.slots} == {"EA GP"}
    assert made["late"] not in {slot.id for slot in found.slots}
    for name, code in (
        ("other", "not-of-this-link"), ("unmarked", "not-for-patients"), ("late", "later-than-this-link"),
    ):  # fmt: skip
        with pytest.raises(SlotUnavailable) as refused:
            book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=made[name], idempotency_key=name)
        assert code in {reason.code for reason in refused.value.reasons}
        with pytest.raises(SlotUnavailable):
            hold_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=made[name])
        assert put_in(w, made[name])
    assert book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=made["its"], idempotency_key="its")


def test_an_appointment_moves_within_its_own_type_and_hub(w: World) -> None:
    given = appointment_of_jane(w)
    nurse = slots(session(w, day=date(2026, 11, 25), slot_type_id=marked(w, "EA nurse")))[0].id
    found = own_slots(actor=given.link.actor, now=NOW, link_id=given.link.link_id)
    assert {slot.id for slot in found.slots} == set(given.slots[1:])
    with pytest.raises(SlotUnavailable):
        move(given, nurse)
    assert move(given, given.slots[3]).slot.id == given.slots[3]


def test_what_can_be_changed_until_one_hour_before(w: World) -> None:
    given = appointment_of_jane(w)
    starts_at = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    in_time, late = starts_at - timedelta(hours=1), starts_at - timedelta(minutes=59)
    shown = own_appointment(actor=given.link.actor, now=late, link_id=given.link.link_id)
    assert shown is not None
    assert (shown.may_change, shown.change_until) == (False, in_time)
    assert "less than one hour" in shown.why_not
    with pytest.raises(NotAllowedNow):
        cancel_own(actor=given.link.actor, now=late, link_id=given.link.link_id, version=shown.version)
    with pytest.raises(NotAllowedNow):
        move(given, given.slots[5], now=late)
    with pytest.raises(NotAllowedNow):
        give_link_to_appointment(actor=w.ada, now=late, booking_id=given.booking)
    cancel_own(actor=given.link.actor, now=in_time, link_id=given.link.link_id, version=shown.version)
    assert booking(actor=w.ada, booking_id=given.booking).cancellation_reason == "cancelled by the patient"


def test_staff_move_the_appointment_and_its_link_goes_with_it(w: World) -> None:
    given = appointment_of_jane(w)
    later = slots(session(w, day=date(2026, 12, 1), slot_type_id=booking_type(given)))[0].id
    moved = rebook(
        actor=w.ada, now=NOW, booking_id=given.booking, version=1, slot_id=later, idempotency_key="k",
        patient_agrees=True,
    )  # fmt: skip
    after_the_first = NOW + timedelta(days=3)
    shown = own_appointment(
        actor=opened(given.token, after_the_first).actor, now=after_the_first, link_id=given.link.link_id
    )
    assert shown is not None
    assert shown.booking_id == moved.booking_id
    [seen] = links_of_booking(actor=w.ada, now=NOW, booking_id=moved.booking_id)
    assert seen.booking_id == moved.booking_id
    cancel(actor=w.ada, now=NOW, booking_id=moved.booking_id, version=1)
    shown = own_appointment(actor=given.link.actor, now=NOW, link_id=given.link.link_id)
    assert shown is not None
    assert shown.is_cancelled


def test_of_two_browsers_with_one_link_the_slower_moves_and_cancels_nothing(w: World) -> None:
    """Each move begins with version 1 anew: what the slower one looked at is not what the link leads to by now."""
    given = appointment_of_jane(w)
    slower = seen(given.link)
    first = move(given, given.slots[1], key="first")
    link = {"actor": given.link.actor, "now": NOW, "link_id": given.link.link_id, "version": slower}
    with pytest.raises(BookingMoved):
        move_own(**link, slot_id=given.slots[2], idempotency_key="slower")  # type: ignore[arg-type]
    with pytest.raises(BookingMoved):
        cancel_own(**link)  # type: ignore[arg-type]
    assert booking(actor=w.ada, booking_id=first.booking_id).status == BookingStatus.BOOKED


def test_one_time_is_held_at_a_time_and_nobody_elses(w: World) -> None:
    given = appointment_of_jane(w)
    link = link_of(w)
    _, until = hold_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=given.slots[1])
    assert until == NOW + timedelta(minutes=5)
    with pytest.raises(SlotUnavailable):
        put_in(w, given.slots[1])
    hold_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=given.slots[2])
    assert put_in(w, given.slots[1])
    with unit_of_work(w.ada):
        held = Slot.objects.filter(held_until__isnull=False)
        assert [slot.pk for slot in held] == [given.slots[2]]
    with pytest.raises(SlotTaken):
        hold_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=given.slots[1])


def test_to_keep_a_time_waits_for_the_link_as_all_else_does(w: World) -> None:
    """Two windows that let go of one another's times would wait for each other, or keep both."""
    given = appointment_of_jane(w)
    with CaptureQueriesContext(connection) as asked:
        hold_own(actor=given.link.actor, now=NOW, link_id=given.link.link_id, slot_id=given.slots[1])
    locks = [each["sql"] for each in asked if "for update" in each["sql"].lower() or "set held" in each["sql"]]
    assert "appointments_ownlink" in locks[0]
    assert "appointments_slot" in locks[1]


def test_where_staff_moved_it_to_another_type_it_moves_within_that_one(w: World) -> None:
    given = appointment_of_jane(w)
    nurse = slots(session(w, day=date(2026, 11, 25), slot_type_id=marked(w, "EA nurse")))
    moved = rebook(
        actor=w.ada, now=NOW, booking_id=given.booking, version=1, slot_id=nurse[0].id, idempotency_key="k",
        patient_agrees=True,
    )  # fmt: skip
    found = own_slots(actor=given.link.actor, now=NOW, link_id=given.link.link_id)
    assert {slot.id for slot in found.slots} == {slot.id for slot in nurse[1:]}
    assert moved.slot.id == nurse[0].id
    assert move(given, nurse[1].id).slot.id == nurse[1].id


def test_a_patient_whom_the_hub_reaches_otherwise_than_the_practice_books_too(w: World) -> None:
    """The practice's word comes to the hub with each booking. Where it differs from the hub's, a person of the hub is asked."""
    given = appointment_of_jane(w)
    at_hub = booking(actor=w.carys, booking_id=given.booking).patient_id
    with unit_of_work(w.ada):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(mobile_phone="07700 900111")
    with unit_of_work(w.carys):
        Patient.objects.filter(pk=at_hub).update(
            mobile_phone="07700 900222",
            contact_sources={"mobile_phone": {"source": "hub", "at": NOW.isoformat()}},
        )
    link = link_of(w)
    assert book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=given.slots[1], idempotency_key="1")
    [offer] = open_offers(actor=w.carys, patient_id=at_hub)
    assert offer.value == "07700 900111"
    again = link_of(w)
    assert book_own(actor=again.actor, now=NOW, link_id=again.link_id, slot_id=given.slots[2], idempotency_key="2")
    assert [each.value for each in open_offers(actor=w.carys, patient_id=at_hub)] == ["07700 900111"]


def test_a_key_that_was_used_for_something_else_is_refused(w: World) -> None:
    given = appointment_of_jane(w)
    move(given, given.slots[1], key="same")
    with pytest.raises(KeyReused):
        move(given, given.slots[2], key="same")
    link = link_of(w)
    with pytest.raises(NothingBooked):
        cancel_own(actor=link.actor, now=NOW, link_id=link.link_id, version=1)


def test_without_the_agreement_a_patient_does_what_their_practice_may(w: World) -> None:
    given = appointment_of_jane(w)
    Party.objects.filter(organisation=w.ash).update(state="inactive")
    with pytest.raises((NotShared, NotFound)):
        move(given, given.slots[1])
    Party.objects.filter(organisation=w.ash).update(state="active")
    assert move(given, given.slots[1])


def test_a_link_leads_to_one_appointment_whoever_writes_last(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two browsers: the link is held while one books, and compared with what it led to besides. Without both, two bookings."""
    made = slots(session(w, slot_type_id=marked(w)))
    link = link_of(w)
    with unit_of_work(link.actor):
        seen = usable_link(link.actor, NOW, link.link_id)  # as the second browser saw it, before the first one booked
    book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=made[0].id, idempotency_key="1")
    monkeypatch.setattr(own_links, "usable_link", lambda *_, **__: seen)
    with pytest.raises(LinkUsed):
        book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=made[1].id, idempotency_key="2")
    with unit_of_work(w.ada):
        assert Booking.objects.filter(status=BookingStatus.BOOKED).count() == 1
    monkeypatch.setattr(own_links, "_leads_to", lambda *_, **__: True)
    book_own(actor=link.actor, now=NOW, link_id=link.link_id, slot_id=made[1].id, idempotency_key="2")
    with unit_of_work(w.ada):
        assert Booking.objects.filter(status=BookingStatus.BOOKED).count() == 2


def test_an_agreement_that_names_job_categories_asks_that_of_whoever_gave_the_link(w: World) -> None:
    given = appointment_of_jane(w)
    Agreement.objects.update(allowed_job_categories=["General Medical Practitioner"])
    with pytest.raises(NotShared):
        move(given, given.slots[1])
    Agreement.objects.update(allowed_job_categories=["Administrator"])
    assert move(given, given.slots[1])
