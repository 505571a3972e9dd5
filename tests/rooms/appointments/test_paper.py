"""Paper bookings: what clashes is shown beside the book, what does not is entered once, and a past slot in this way alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pcnhub.care.appointments.models import Booking, BookingEvent
from pcnhub.care.appointments.operations import (
    NotAllowedNow,
    Outcome,
    SlotUnavailable,
    SlotUnknown,
    block_slot,
    book,
    enter_paper,
)
from pcnhub.care.appointments.queries import SlotView, check_paper
from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.appointments.rules.paper import Clash, PaperRow, PaperSheet
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import CLINICIAN, World, person, system_for, world
from tests.rooms.appointments.book import put_in, request, session, slots

pytestmark = pytest.mark.django_db
AFTERWARDS = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)  # the morning after the evening of the 24th
WHY = "System away from 18:20 to 20:05"
JANE: dict[str, Any] = {"given_name": "Jane", "family_name": "Smith", "birth_date": date(1980, 4, 12)}
NOBODY: dict[str, Any] = {
    "given_name": "Noor",
    "family_name": "Khan",
    "birth_date": date(1991, 2, 3),
    "phone": "07700 900123",
}


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def desk(w: World) -> Actor:
    return person("dot", w.hub, {Permission.FIND_PATIENTS, Permission.BOOK_APPOINTMENTS, Permission.RUN_CLINIC_LIST})


@pytest.fixture
def evening(w: World) -> tuple[SlotView, ...]:
    """Six slots; Jane Smith of Ash Lane has the first, so that the hub holds her."""
    made = slots(session(w))
    put_in(w, made[0].id)
    return made


def row(place: int, slot: SlotView, came: str = "came", **more: Any) -> PaperRow:
    return PaperRow(place=place, slot_id=slot.id, came=came, **more)


def sheet(evening: tuple[SlotView, ...], *rows: PaperRow, key: str = "one") -> PaperSheet:
    return PaperSheet(evening[0].session_id, WHY, patients_agreed=True, key=key, rows=rows)


def bookings(w: World) -> list[Booking]:
    with unit_of_work(system_for(w.hub)):
        return list(Booking.objects.order_by("starts_at", "pk"))


def actions(w: World) -> list[str]:
    with unit_of_work(system_for(w.hub)):
        return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_what_was_on_paper_is_entered_once_with_its_reason(
    w: World, desk: Actor, evening: tuple[SlotView, ...]
) -> None:
    paper = sheet(
        evening,
        row(1, evening[0], nhs_number="900 000 0009"),  # in the system already: only that she came
        row(2, evening[2], "did-not-come", **NOBODY, reason="Earache", who="unknown"),
        row(3, evening[4], **JANE, reason="Dressing", who=str(bookings(w)[0].patient_id), seat="as-written"),
    )
    done = enter_paper(actor=desk, now=AFTERWARDS, sheet=paper)
    assert [each.outcome for each in done.rows] == [Outcome.RECORDED, Outcome.ENTERED, Outcome.ENTERED]
    found = bookings(w)
    assert [each.status for each in found] == [BookingStatus.LEFT, BookingStatus.DID_NOT_ATTEND, BookingStatus.LEFT]
    assert [each.slot_id for each in found] == [evening[0].id, evening[2].id, evening[4].id]
    assert found[2].patient_id == found[0].patient_id
    with unit_of_work(system_for(w.hub)):
        assert BookingEvent.objects.get(booking=found[2], status="booked").reason == WHY
        late = AuditEvent.objects.filter(action="appointments.entered-late")
        assert {each.reason for each in late} == {WHY}
        assert late.count() == 2
        held = Patient.objects.filter(organisation=w.hub).count()
    again = enter_paper(actor=desk, now=AFTERWARDS, sheet=paper)
    assert [each.outcome for each in again.rows] == [Outcome.RECORDED, Outcome.REPEATED, Outcome.REPEATED]
    assert [each.pk for each in bookings(w)] == [each.pk for each in found]
    with unit_of_work(system_for(w.hub)):
        assert Patient.objects.filter(organisation=w.hub).count() == held


def test_every_clash_is_named_and_enters_nothing(w: World, desk: Actor, evening: tuple[SlotView, ...]) -> None:
    block_slot(actor=w.carys, now=evening[0].starts_at - timedelta(hours=2), slot_id=evening[5].id, reason="Late start")
    peter: dict[str, Any] = {"given_name": "Peter", "family_name": "Jones", "birth_date": date(1955, 9, 1)}
    paper = sheet(
        evening,
        row(1, evening[0], **NOBODY),
        row(2, evening[5], **JANE),
        row(3, evening[2], nhs_number="9000000009", **peter),
        row(4, evening[3], given_name="Janet", family_name="Smith", birth_date=date(1980, 4, 12)),
        row(5, evening[3], **NOBODY),
        row(6, evening[0], nhs_number="9000000009"),
    )
    found = check_paper(actor=desk, now=AFTERWARDS, sheet=paper).rows
    assert [set(each.clashes) for each in found] == [
        {Clash.SLOT_BOOKED, Clash.UNKNOWN_PATIENT},
        {Clash.SLOT_GONE, Clash.MAY_BE},  # a name and a date of birth are enough to ask, never to decide
        {Clash.OTHER_PERSON},
        {Clash.MAY_BE},
        {Clash.UNKNOWN_PATIENT, Clash.TWICE_ON_PAPER},
        set(),  # whose slot it is in the book
    ]
    assert found[0].holds is not None
    assert found[0].holds.patient_name == "Jane Smith"
    done = enter_paper(actor=desk, now=AFTERWARDS, sheet=paper)
    assert {each.outcome for each in done.rows[:5]} == {Outcome.OPEN}
    assert len(bookings(w)) == 1


def test_a_clash_is_settled_by_another_slot_an_extra_seat_or_leaving_it_out(
    w: World, desk: Actor, evening: tuple[SlotView, ...]
) -> None:
    taken = row(1, evening[0], **NOBODY, who="unknown")
    other = enter_paper(actor=desk, now=AFTERWARDS, sheet=sheet(evening, replace(taken, seat=str(evening[1].id))))
    assert [each.outcome for each in other.rows] == [Outcome.ENTERED]
    seat = sheet(evening, replace(taken, given_name="Sam", family_name="Lee", seat="extra"), key="two")
    [refused] = enter_paper(actor=desk, now=AFTERWARDS, sheet=seat).rows
    assert (refused.outcome, "manage sessions and rotas" in refused.said) == (Outcome.REFUSED, True)
    [given] = enter_paper(actor=w.carys, now=AFTERWARDS, sheet=seat).rows
    assert given.outcome is Outcome.ENTERED
    [again] = enter_paper(actor=w.carys, now=AFTERWARDS, sheet=seat).rows
    assert (again.outcome, again.booking_id) == (Outcome.REPEATED, given.booking_id)
    assert actions(w).count("appointments.overridden") == 1
    [left] = enter_paper(
        actor=desk, now=AFTERWARDS, sheet=sheet(evening, replace(taken, seat="skip"), key="three")
    ).rows
    assert left.outcome is Outcome.SKIPPED
    assert len(bookings(w)) == 3


def test_one_that_is_refused_keeps_no_other_out(w: World, desk: Actor, evening: tuple[SlotView, ...]) -> None:
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(organisation=w.hub).update(registration_state="deceased")
    paper = sheet(
        evening,
        row(1, evening[1], nhs_number="9000000009", seat="as-written"),
        row(2, evening[2], **NOBODY, who="unknown"),
    )
    done = enter_paper(actor=desk, now=AFTERWARDS, sheet=paper)
    assert [each.outcome for each in done.rows] == [Outcome.REFUSED, Outcome.ENTERED]
    assert not done.is_done
    assert len(bookings(w)) == 2


def test_where_the_book_says_otherwise_it_keeps_that_and_says_so(
    w: World, desk: Actor, evening: tuple[SlotView, ...]
) -> None:
    came = sheet(evening, row(1, evening[0], nhs_number="9000000009"))
    enter_paper(actor=desk, now=AFTERWARDS, sheet=came)
    absent = sheet(evening, row(1, evening[0], "did-not-come", nhs_number="9000000009"), key="two")
    [done] = enter_paper(actor=desk, now=AFTERWARDS, sheet=absent).rows
    assert "The system says left, and keeps that" in done.said
    assert bookings(w)[0].status == BookingStatus.LEFT
    with unit_of_work(system_for(w.hub)):
        Booking.objects.update(status=BookingStatus.DID_NOT_ATTEND)
    [kept] = enter_paper(actor=desk, now=AFTERWARDS, sheet=replace(came, key="three")).rows
    assert "The system says did not attend, and keeps that" in kept.said
    assert bookings(w)[0].status == BookingStatus.DID_NOT_ATTEND


def test_a_row_that_was_entered_and_is_typed_anew_is_not_called_entered(
    w: World, desk: Actor, evening: tuple[SlotView, ...]
) -> None:
    first = row(1, evening[1], "did-not-come", **NOBODY, who="unknown")
    enter_paper(actor=desk, now=AFTERWARDS, sheet=sheet(evening, first))
    for other in (
        replace(first, given_name="Sam", family_name="Lee", who="", came="came"),
        replace(first, who=str(bookings(w)[0].patient_id)),
        replace(first, nhs_number="9000000009", given_name="", family_name="", birth_date=None, who=""),
        replace(first, slot_id=evening[2].id),
        replace(first, reason="Earache"),
    ):
        [done] = enter_paper(actor=desk, now=AFTERWARDS, sheet=sheet(evening, other)).rows
        assert (done.outcome, done.checked.clashes) == (Outcome.OPEN, (Clash.ENTERED_OTHERWISE,))
    assert [each.status for each in bookings(w)] == [BookingStatus.BOOKED, BookingStatus.DID_NOT_ATTEND]
    [left] = enter_paper(actor=desk, now=AFTERWARDS, sheet=sheet(evening, replace(other, seat="skip"))).rows
    assert left.outcome is Outcome.SKIPPED


def test_a_paper_that_two_people_type_is_entered_once_and_whom_a_number_finds_is_on_record(
    w: World, desk: Actor, evening: tuple[SlotView, ...]
) -> None:
    moved = row(1, evening[0], **NOBODY, who="unknown", seat=str(evening[3].id))
    enter_paper(actor=desk, now=AFTERWARDS, sheet=sheet(evening, moved))
    noor = bookings(w)[1].patient_id
    second = row(1, evening[0], **NOBODY, who=str(noor))
    [again] = check_paper(actor=w.carys, now=AFTERWARDS, sheet=sheet(evening, second, key="two")).rows
    assert set(again.clashes) == {Clash.SLOT_BOOKED, Clash.PATIENT_ELSEWHERE}
    assert again.elsewhere == ((evening[3].starts_at, evening[3].ends_at),)
    by_number = sheet(evening, row(1, evening[2], nhs_number="9000000009"), key="three")
    check_paper(actor=w.bilal, now=AFTERWARDS, sheet=by_number)
    with unit_of_work(system_for(w.hub)):
        found = AuditEvent.objects.filter(action="patients.likely-shown", user=w.bilal.user)
        assert [each.nhs_numbers for each in found] == [["9000000009"]]


def test_everything_that_is_wrong_is_said_at_once_by_its_row(desk: Actor, evening: tuple[SlotView, ...]) -> None:
    wrong = PaperSheet(
        evening[0].session_id, "", patients_agreed=False, key="one",
        rows=(
            row(1, evening[1], "", given_name="Noor"),
            replace(row(2, evening[2], nhs_number="9000000010"), slot_id=None),
        ),
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        enter_paper(actor=desk, now=AFTERWARDS, sheet=wrong)
    assert {each.field for each in refused.value.problems} == {
        "why", "patients_agreed", "came-1", "family_name-1", "birth_date-1", "slot-2", "nhs_number-2",
    }  # fmt: skip
    with pytest.raises(InvalidInput, match="nobody with this NHS number is held here"):
        enter_paper(actor=desk, now=AFTERWARDS, sheet=sheet(evening, row(1, evening[1], nhs_number="9000000017")))


def test_a_slot_that_has_begun_is_booked_in_this_way_alone(w: World, evening: tuple[SlotView, ...]) -> None:
    held = bookings(w)[0].patient_id
    with pytest.raises(SlotUnavailable, match="started already"):
        book(actor=w.bilal, now=AFTERWARDS, request=request(evening[1].id, held))
    with pytest.raises(NotAllowedNow, match="started already"):
        book(actor=w.carys, now=AFTERWARDS, request=request(evening[0].id, held, override_reason=WHY))
    late: dict[str, Any] = {"entered_late": WHY}
    with pytest.raises(NotPermitted):  # a practice books ahead, and enters nothing afterwards
        book(actor=w.ada, now=AFTERWARDS, request=request(evening[1].id, w.patient_of_ash.pk, **late))
    manager = person("gwen", w.ash, CLINICIAN)
    with pytest.raises(SlotUnknown):
        book(actor=manager, now=AFTERWARDS, request=request(evening[1].id, w.patient_of_ash.pk, **late))
    with pytest.raises(NotAllowedNow, match="14 days ago"):
        book(actor=w.bilal, now=AFTERWARDS + timedelta(days=14), request=request(evening[1].id, held, **late))
    book(actor=w.bilal, now=AFTERWARDS, request=request(evening[1].id, held, **late))
    assert actions(w).count("appointments.entered-late") == 1


def test_charlie_enters_nothing_nor_does_who_runs_no_list(w: World, evening: tuple[SlotView, ...]) -> None:
    paper = sheet(evening, row(1, evening[1], **NOBODY, who="unknown"))
    with pytest.raises(NotFound):
        enter_paper(actor=w.charlie, now=AFTERWARDS, sheet=paper)
    with pytest.raises(NotPermitted):
        enter_paper(actor=w.ada, now=AFTERWARDS, sheet=paper)
    assert len(bookings(w)) == 1
