"""Booking, cancelling and rebooking, as the practice and the hub do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from pcnhub.care.appointments.models import Booking, BookingEvent, Slot
from pcnhub.care.appointments.operations import (
    BookingMoved,
    KeyReused,
    NotAllowedNow,
    SlotTaken,
    SlotUnavailable,
    SlotUnknown,
    block_slot,
    book,
    cancel,
    choosing,
    rebook,
)
from pcnhub.care.appointments.operations import booking as booking_operations
from pcnhub.care.appointments.queries import booking, bookings_for, clinic_list, open_booking, practice_bookings
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import NotRegistrable
from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted, NotShared, Refusal
from tests.cast import NOW, World, patient, system_for, world
from tests.rooms.appointments.book import TUESDAY, request, session, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def w() -> World:
    return world()


def test_a_practice_books_and_its_patient_is_registered_temporarily_at_the_hub(w: World) -> None:
    slot = slots(session(w))[0]
    booked = book(
        actor=w.ada, now=NOW, request=request(slot.id, w.patient_of_ash.pk, notes="Prefers a chair by the door")
    )
    view, events = open_booking(actor=w.ada, now=NOW, booking_id=booked.booking_id)
    assert (view.status, view.source, view.practice_id, view.notes) == (
        "booked", "practice", w.ash.pk, "Prefers a chair by the door",
    )  # fmt: skip
    assert [event.status for event in events] == ["booked"]
    with unit_of_work(w.carys):
        held = Patient.objects.get(pk=view.patient_id)
        assert (held.organisation_id, held.registration_type, held.registered_patient_id) == (
            w.hub.pk, "temporary", w.patient_of_ash.pk,
        )  # fmt: skip
        assert Slot.objects.get(pk=slot.id).state == "booked"


def test_what_happened_is_on_record_with_the_agreement(w: World) -> None:
    book(actor=w.ada, now=NOW, request=request(slots(session(w))[0].id, w.patient_of_ash.pk))
    with unit_of_work(w.ada):
        event = AuditEvent.objects.get(action="appointments.booked")
    assert (event.organisation_id, event.data_organisation_id, event.nhs_number) == (w.ash.pk, w.hub.pk, "9000000009")
    assert event.agreement_id == w.agreements[AgreementKind.APPOINTMENTS].pk


def test_the_hub_books_for_a_patient_whom_it_holds(w: World) -> None:
    first, second, *_ = slots(session(w))
    book(actor=w.ada, now=NOW, request=request(first.id, w.patient_of_ash.pk))
    with unit_of_work(w.carys):
        held = Patient.objects.get(organisation=w.hub, nhs_number="9000000009").pk
    booked = book(actor=w.carys, now=NOW, request=request(second.id, held))
    view = booking(actor=w.ada, booking_id=booked.booking_id)
    assert (view.source, view.practice_id) == ("hub", w.ash.pk)


def test_asked_twice_with_one_key_books_once(w: World) -> None:
    slot = slots(session(w))[0]
    wish = request(slot.id, w.patient_of_ash.pk)
    first, second = (book(actor=w.ada, now=NOW, request=wish) for _ in range(2))
    assert (first.booking_id, second.was_repeated) == (second.booking_id, True)
    with unit_of_work(w.ada):
        assert Booking.objects.count() == BookingEvent.objects.count() == 1


def test_one_key_for_two_wishes_is_refused(w: World) -> None:
    first, second, *_ = slots(session(w))
    wish = request(first.id, w.patient_of_ash.pk)
    book(actor=w.ada, now=NOW, request=wish)
    for other in (replace(wish, slot_id=second.id), replace(wish, reason="Other")):
        with pytest.raises(KeyReused):
            book(actor=w.ada, now=NOW, request=other)


def test_who_comes_second_is_offered_the_three_nearest(w: World) -> None:
    all_slots = slots(session(w))
    book(actor=w.ada, now=NOW, request=request(all_slots[2].id, w.patient_of_ash.pk))
    with pytest.raises(SlotTaken) as refused:
        book(actor=w.efe, now=NOW, request=request(all_slots[2].id, w.patient_of_birch.pk))
    assert [slot.id for slot in refused.value.alternatives] == [all_slots[n].id for n in (1, 3, 0)]


def test_every_problem_of_the_texts_at_once_and_nothing_cut_off(w: World) -> None:
    slot = slots(session(w))[0]
    wish = request(slot.id, w.patient_of_ash.pk, reason="x" * 101, notes="y" * 501, patient_agrees=False)
    with pytest.raises(InvalidInput) as refused:
        book(actor=w.ada, now=NOW, request=wish)
    assert [problem.field for problem in refused.value.problems] == ["reason", "notes", "patient_agrees"]
    longest = request(slot.id, w.patient_of_ash.pk, reason="x" * 100, notes="y" * 500)
    kept = booking(actor=w.ada, booking_id=book(actor=w.ada, now=NOW, request=longest).booking_id)
    assert (len(kept.reason), len(kept.notes)) == (100, 500)


def test_what_is_past_or_blocked_is_refused_with_its_reasons(w: World) -> None:
    first, second, *_ = slots(session(w))
    block_slot(actor=w.carys, now=NOW, slot_id=second.id, reason="Fire drill")
    late = first.starts_at + timedelta(minutes=1)
    for slot, now, code in ((first, late, "started"), (second, NOW, "blocked")):
        with pytest.raises(SlotUnavailable) as refused:
            book(actor=w.ada, now=now, request=request(slot.id, w.patient_of_ash.pk))
        assert [reason.code for reason in refused.value.reasons] == [code]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"registration_state": "deceased"}, Refusal),
        ({"registration_state": "left"}, Refusal),
        ({"is_sensitive": True}, NotFound),
    ],
)
def test_who_left_died_or_is_protected_is_not_booked(w: World, more: dict[str, object], kind: type[Refusal]) -> None:
    person = patient(w.ash, "9000000025", "Una", "Gone", TUESDAY.replace(year=1970), **more)
    with pytest.raises(kind):
        book(actor=w.ada, now=NOW, request=request(slots(session(w))[0].id, person.pk))
    with unit_of_work(w.carys):
        assert not Booking.objects.exists()


def test_charlie_and_the_unshared_get_nothing(w: World) -> None:
    slot = slots(session(w))[0]
    outsider = patient(w.outside, "9000000033", "Olu", "Outside", TUESDAY.replace(year=1970))
    with pytest.raises(NotShared):
        book(actor=w.charlie, now=NOW, request=request(slot.id, outsider.pk))
    Party.objects.filter(agreement=w.agreements[AgreementKind.APPOINTMENTS], organisation=w.birch).update(
        state=ActivationState.INACTIVE
    )
    with pytest.raises(NotShared, match="Birch Road"):
        book(actor=w.efe, now=NOW, request=request(slot.id, w.patient_of_birch.pk))


def test_a_slot_of_another_group_does_not_exist_for_the_practice(w: World) -> None:
    slot = slots(session(w))[0]
    w.group.members.filter(organisation=w.ash).delete()
    with pytest.raises(SlotUnknown):
        book(actor=w.ada, now=NOW, request=request(slot.id, w.patient_of_ash.pk))


def test_without_the_permission_nothing_is_booked(w: World) -> None:
    powerless = replace(w.ada, permissions=frozenset({Permission.FIND_PATIENTS}))
    with pytest.raises(NotPermitted):
        book(actor=powerless, now=NOW, request=request(slots(session(w))[0].id, w.patient_of_ash.pk))


def test_another_appointment_at_the_same_time_is_warned_of(w: World) -> None:
    slot = slots(session(w))[0]
    other = slots(session(w, holder_id=second_clinician(w)))[0]
    assert not book(actor=w.ada, now=NOW, request=request(slot.id, w.patient_of_ash.pk)).warnings
    assert book(actor=w.ada, now=NOW, request=request(other.id, w.patient_of_ash.pk)).warnings


def second_clinician(w: World) -> int | None:
    from tests.cast import CLINICIAN, person

    gp = {"role_code": "R8000", "job_category": "General Medical Practitioner", "job_role_code": "R0260"}
    return person("gita", w.hub, CLINICIAN, consulter=True, **gp).position_id


def booked(w: World, actor: Actor | None = None) -> tuple[int, tuple[int, ...]]:
    ids = tuple(slot.id for slot in slots(session(w)))
    done = book(actor=actor or w.ada, now=NOW, request=request(ids[0], w.patient_of_ash.pk))
    return done.booking_id, ids


def test_a_cancelled_slot_can_be_booked_again(w: World) -> None:
    made, ids = booked(w)
    cancel(actor=w.ada, now=NOW, booking_id=made, version=1, reason="Feels better")
    assert book(actor=w.efe, now=NOW, request=request(ids[0], w.patient_of_birch.pk)).booking_id != made
    view, events = open_booking(actor=w.ada, now=NOW, booking_id=made)
    assert (view.status, view.version, events[-1].reason) == ("cancelled", 2, "Feels better")


def test_only_ones_own_patients_bookings_exist(w: World) -> None:
    made, _ = booked(w)
    for stranger in (w.efe, w.charlie):
        with pytest.raises(NotFound):
            cancel(actor=stranger, now=NOW, booking_id=made, version=1)
        assert bookings_for(actor=stranger, now=NOW, patient_id=w.patient_of_ash.pk) == ()
    cancel(actor=w.carys, now=NOW, booking_id=made, version=1)  # the hub cancels in its own book


def test_a_stale_version_and_a_begun_appointment_are_not_cancelled(w: World) -> None:
    made, _ = booked(w)
    with pytest.raises(BookingMoved):
        cancel(actor=w.ada, now=NOW, booking_id=made, version=7)
    with pytest.raises(NotAllowedNow):
        cancel(actor=w.ada, now=NOW + timedelta(days=3), booking_id=made, version=1)


def test_a_request_that_meets_its_own_cancelled_booking_leaves_the_slot_free(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same request twice; the second is past its look when the first is made and cancelled. Its claim succeeds, its key
    is taken: the slot must not stay booked with nobody in it."""
    slot = slots(session(w))[0].id
    wish = request(slot, w.patient_of_ash.pk)
    look = choosing.refuse_unbookable
    first: list[int] = []

    def look_and_wait(*values: Any, **more: Any) -> None:
        look(*values, **more)
        monkeypatch.setattr(booking_operations, "refuse_unbookable", look)
        first.append(book(actor=w.ada, now=NOW, request=wish).booking_id)
        cancel(actor=w.ada, now=NOW, booking_id=first[0], version=1)

    monkeypatch.setattr(booking_operations, "refuse_unbookable", look_and_wait)
    second = book(actor=w.ada, now=NOW, request=wish)
    assert ([second.booking_id], second.was_repeated) == (first, True)
    assert Slot.objects.get(pk=slot).state == "free"
    assert book(actor=w.efe, now=NOW, request=request(slot, w.patient_of_birch.pk)).booking_id


def test_rebooking_moves_in_one_step_and_keeps_the_words(w: World) -> None:
    made, ids = booked(w)
    moved = rebook(
        actor=w.ada, now=NOW, booking_id=made, version=1, slot_id=ids[3], idempotency_key="again", patient_agrees=True
    )
    repeat = rebook(
        actor=w.ada, now=NOW, booking_id=made, version=1, slot_id=ids[3], idempotency_key="again", patient_agrees=True
    )
    assert (repeat.booking_id, repeat.was_repeated) == (moved.booking_id, True)
    new, old = (booking(actor=w.ada, booking_id=key) for key in (moved.booking_id, made))
    assert (new.slot.id, new.reason, new.replaces_id, old.status) == (ids[3], "Cough", made, "cancelled")
    assert Slot.objects.get(pk=ids[0]).state == "free"


def test_the_appointment_of_somebody_who_died_is_cancelled_never_moved(w: World) -> None:
    made, ids = booked(w)
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(registration_state="deceased", died_on=NOW.date())
    with pytest.raises(NotRegistrable):
        rebook(
            actor=w.ada, now=NOW, booking_id=made, version=1, slot_id=ids[3], idempotency_key="k", patient_agrees=True
        )
    assert Slot.objects.get(pk=ids[3]).state == "free"
    cancel(actor=w.ada, now=NOW, booking_id=made, version=1)


def test_moving_asks_for_the_patients_agreement_too(w: World) -> None:
    """Who agreed to one time has not agreed to another (`domain.md` 8.1)."""
    made, ids = booked(w)
    with pytest.raises(InvalidInput) as refusal:
        rebook(actor=w.ada, now=NOW, booking_id=made, version=1, slot_id=ids[3], idempotency_key="again")
    assert [problem.field for problem in refusal.value.problems] == ["patient_agrees"]
    assert Slot.objects.get(pk=ids[3]).state == "free"


def test_rebooking_into_a_taken_slot_leaves_the_old_booking(w: World) -> None:
    made, ids = booked(w)
    book(actor=w.efe, now=NOW, request=request(ids[1], w.patient_of_birch.pk))
    with pytest.raises(SlotTaken):
        rebook(
            actor=w.ada,
            now=NOW,
            booking_id=made,
            version=1,
            slot_id=ids[1],
            idempotency_key="again",
            patient_agrees=True,
        )
    assert booking(actor=w.ada, booking_id=made).status == "booked"


def test_lists_show_each_side_its_own(w: World) -> None:
    made, _ = booked(w)
    assert [view.id for view in bookings_for(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk)] == [made]
    assert [view.id for view in practice_bookings(actor=w.ada, now=NOW, from_on=TUESDAY, to_on=TUESDAY)] == [made]
    assert practice_bookings(actor=w.efe, now=NOW, from_on=TUESDAY, to_on=TUESDAY) == ()
    [evening] = clinic_list(actor=w.bilal, now=NOW, day=TUESDAY)
    assert [row.booking and row.booking.id for row in evening.rows] == [made, None, None, None, None, None]
    assert clinic_list(actor=w.charlie, now=NOW, day=TUESDAY) == ()


def test_lists_ask_the_agreement_as_opening_one_does(w: World) -> None:
    """Who works for the practice in a job that the agreement leaves out reads no list either."""
    made, _ = booked(w)
    Agreement.objects.filter(pk=w.agreements[AgreementKind.APPOINTMENTS].pk).update(
        allowed_job_categories=["Receptionist"]
    )
    reads: list[Callable[[], object]] = [
        lambda: open_booking(actor=w.ada, now=NOW, booking_id=made),
        lambda: bookings_for(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk),
        lambda: practice_bookings(actor=w.ada, now=NOW, from_on=TUESDAY, to_on=TUESDAY),
    ]
    for read in reads:
        with pytest.raises(NotShared) as refused:
            read()
        assert refused.value.code == "job-category-not-allowed"
    with unit_of_work(w.bilal):
        held = Patient.objects.get(organisation=w.hub).pk
    assert bookings_for(actor=w.bilal, now=NOW, patient_id=held)  # in the hub's own book no agreement is asked
    assert practice_bookings(actor=w.efe, now=NOW, from_on=TUESDAY, to_on=TUESDAY) == ()


def test_lists_are_on_record_with_the_agreement_relied_on(w: World) -> None:
    booked(w)
    bookings_for(actor=w.ada, now=NOW, patient_id=w.patient_of_ash.pk)
    practice_bookings(actor=w.ada, now=NOW, from_on=TUESDAY, to_on=TUESDAY)
    relied_on = w.agreements[AgreementKind.APPOINTMENTS]
    with unit_of_work(w.ada):
        told = AuditEvent.objects.filter(action__startswith="appointments.list", organisation_id=w.ash.pk)
        assert set(told.values_list("action", "data_organisation_id", "agreement_id", "basis")) == {
            (action, w.hub.pk, relied_on.pk, relied_on.name)
            for action in ("appointments.listed", "appointments.list-opened")
        }


def test_a_protected_patients_row_is_withheld_from_the_list(w: World) -> None:
    booked(w)
    with unit_of_work(w.carys):
        Patient.objects.filter(organisation=w.hub).update(is_sensitive=True)
    row = clinic_list(actor=w.bilal, now=NOW, day=TUESDAY)[0].rows[0].booking
    assert row is not None
    assert (row.is_withheld, row.patient_name, row.nhs_number, row.reason) == (True, "", "", "")


def test_half_past_six_is_half_past_six_in_summer_too(w: World) -> None:
    summer = slots(session(w, day=TUESDAY.replace(year=2027, month=6, day=29), times=(time(18, 30), time(19, 0))))
    assert [f"{slot.starts_at:%H:%M}" for slot in summer] == ["17:30", "17:45"]


def test_the_statement_writes_what_the_orm_would(w: World) -> None:
    """The claim and the booking are one hand-written statement: every column of the table, read through the ORM."""
    slot = slots(session(w))[0]
    wish = request(slot.id, w.patient_of_ash.pk, notes="Ring the bell")
    made = book(actor=w.ada, now=NOW, request=wish).booking_id
    with unit_of_work(w.carys):
        held = Patient.objects.get(organisation=w.hub)
        row = Booking.objects.filter(pk=made).values().get()
    assert row == {
        "id": made, "organisation_id": w.hub.pk, "slot_id": slot.id, "patient_id": held.pk,
        "starts_at": slot.starts_at, "ends_at": slot.ends_at, "patient_practice_id": w.ash.pk,
        "booked_by_organisation_id": w.ash.pk, "booked_by_ods_code": w.ash.ods_code, "booked_by_organisation_type": "",
        "booked_by_contact": {}, "asked_at": None, "changed_at": None, "booked_by": w.ada.user,
        "booked_by_name": w.ada.name, "source": "practice", "reason": "Cough", "notes": "Ring the bell",
        "status": "booked", "version": 1, "idempotency_key": wish.idempotency_key, "counted_quota_ids": [], "replaces_id": None,
        "booked_at": NOW, "cancelled_at": None, "cancellation_reason": "",
    }  # fmt: skip
