"""A trace led to the wrong person, and somebody says so: what it wrote goes back, and the person is to be traced again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pcnhub.care.appointments.models import Booking
from pcnhub.care.appointments.operations import link_traced, unlink
from pcnhub.care.appointments.queries import unlinked
from pcnhub.care.patients.models import Merge, Patient, TraceAttempt
from pcnhub.care.patients.operations import change_contact, merge, register_temporarily, unmerge
from pcnhub.care.patients.operations.merging import ByTrace
from pcnhub.care.patients.operations.registrations import AlreadySo
from pcnhub.care.patients.operations.unlinking import SAID, MergedSince
from pcnhub.care.patients.queries import links_into, open_link, open_offers, who_saw
from pcnhub.care.patients.rules import RegistrationState, TraceOutcome, TraceState
from pcnhub.care.patients.rules.contacts import ContactField
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world
from tests.rooms.appointments.book import session, slots
from tests.rooms.appointments.test_unregistered import booked_by, row, traced

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
WHY = "Her sister came"


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def booked(w: World) -> tuple[int, int]:
    """The booking by Birch, and its untraced patient."""
    return booked_by(w, w.efe, slots(session(w))[0].id)


@pytest.fixture
def jane(w: World) -> int:
    """Whom the hub holds already."""
    return register_temporarily(
        actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk
    ).patient_id


def as_jane(w: World, **more: Any) -> Any:
    values = {"nhs_number": NhsNumber("9000000009"), "given_name": "Jane", "family_name": "Smith"}
    return traced(w, **values | {"birth_date": date(1980, 4, 12)} | more)


def to(w: World, person: Any, patient_id: int, now: datetime = NOW) -> int:
    return link_traced(actor=w.carys, now=now, patient_id=patient_id, person=person).patient_id


def said_of(w: World, patient_id: int) -> dict[str, Any]:
    held = row(w, patient_id)
    return {name: getattr(held, name) for name in (*SAID, "birth_date", "nhs_number", "merged_into_id", "trace_state")}


def bookings_of(w: World, patient_id: int) -> list[tuple[int, int | None]]:
    with unit_of_work(system_for(w.hub)):
        return list(Booking.objects.filter(patient=patient_id).values_list("pk", "patient_practice"))


@pytest.mark.parametrize("is_held", [False, True])
def test_all_is_as_it_was_said_and_the_person_stands_on_the_worklist(
    w: World, booked: tuple[int, int], is_held: bool, request: pytest.FixtureRequest
) -> None:
    booking_id, one = booked
    if is_held:
        request.getfixturevalue("jane")
    before = said_of(w, one), bookings_of(w, one)
    standing = to(w, as_jane(w), one)
    assert (standing == one) is not is_held
    assert not unlinked(actor=w.carys, now=NOW)
    undone = unlink(actor=w.carys, now=LATER, patient_id=one, reason=WHY)
    assert (undone.from_id, undone.was_id) == (one, standing)
    assert (said_of(w, one), bookings_of(w, one)) == before
    held = row(w, one)
    assert (held.registration_state, held.left_on, held.trace_state) == (
        RegistrationState.ACTIVE,
        None,
        TraceState.UNTRACED,
    )
    [left] = unlinked(actor=w.carys, now=LATER)
    assert (left.booking.id, left.patient.id, left.attempts[0].outcome) == (booking_id, one, TraceOutcome.REJECTED)
    assert not links_into(actor=w.carys, patient_id=standing)
    if is_held:
        assert not bookings_of(w, standing)
        with unit_of_work(w.carys):
            assert not Merge.objects.filter(undone_at=None).exists()
    with unit_of_work(w.carys):
        events = AuditEvent.objects.filter(action="patients.trace-undone")
        assert {(each.patient_id, each.reason) for each in events} == {(one, WHY), (standing, WHY)}
    with pytest.raises(AlreadySo):
        unlink(actor=w.carys, now=LATER, patient_id=one, reason=WHY)
    assert to(w, as_jane(w), one, LATER) == standing  # the control: it can be linked anew, and taken back anew
    unlink(actor=w.carys, now=LATER, patient_id=one, reason=WHY)
    assert said_of(w, one) == before[0]


def test_the_other_person_keeps_their_own_words_and_loses_those_of_the_booking(w: World, jane: int) -> None:
    one = booked_by(w, w.efe, slots(session(w))[0].id)[1]
    before = row(w, jane)
    to(w, as_jane(w, mobile_phone=""), one, LATER)
    assert row(w, jane).mobile_phone == "07700 900123"
    unlink(actor=w.carys, now=LATER, patient_id=one, reason=WHY)
    after = row(w, jane)
    assert (after.mobile_phone, after.address_lines, after.postcode, after.contact_sources) == (
        before.mobile_phone, before.address_lines, before.postcode, before.contact_sources,
    )  # fmt: skip
    assert not open_offers(actor=w.carys, patient_id=jane)


def test_the_newest_word_reaches_the_person_and_the_other_is_asked_about(
    w: World, booked: tuple[int, int], jane: int
) -> None:
    """The booking is older than what the hub wrote down since."""
    change_contact(
        actor=w.carys, now=LATER, patient_id=jane, version=row(w, jane).version,
        details={ContactField.MOBILE_PHONE: "07700 900777"},
    )  # fmt: skip
    to(w, as_jane(w, mobile_phone=""), booked[1], LATER + timedelta(hours=1))
    assert row(w, jane).mobile_phone == "07700 900777"
    asked = {each.field: (each.held, each.value) for each in open_offers(actor=w.carys, patient_id=jane)}
    assert asked[ContactField.MOBILE_PHONE] == ("07700 900777", "07700 900123")
    unlink(actor=w.carys, now=LATER + timedelta(hours=2), patient_id=booked[1], reason=WHY)
    assert row(w, jane).mobile_phone == "07700 900777"
    assert not open_offers(actor=w.carys, patient_id=jane)


def test_a_link_is_not_half_undone_as_a_merge(w: World, booked: tuple[int, int], jane: int) -> None:
    to(w, as_jane(w), booked[1])
    with pytest.raises(ByTrace, match="appointments moved"):
        unmerge(actor=w.carys, now=LATER, merged_id=booked[1], reason=WHY)
    assert bookings_of(w, jane)


def test_whose_another_entry_is_must_be_settled_first(w: World, booked: tuple[int, int]) -> None:
    one = booked[1]
    to(w, as_jane(w), one)
    with unit_of_work(system_for(w.hub)):
        other = Patient.objects.create(
            organisation=w.hub, given_name="Jane", family_name="Smith", birth_date=date(1980, 4, 12),
            registration_type="temporary", trace_state="untraced", registered_on=NOW.date(), created_at=NOW,
            updated_at=NOW,
        ).pk  # fmt: skip
    merge(actor=w.carys, now=LATER, kept_id=one, merged_id=other, reason="One person")
    with pytest.raises(MergedSince):
        unlink(actor=w.carys, now=LATER, patient_id=one, reason=WHY)
    unmerge(actor=w.carys, now=LATER, merged_id=other, reason="To be told apart")
    unlink(actor=w.carys, now=LATER, patient_id=one, reason=WHY)
    assert row(w, one).nhs_number is None


def test_who_may_not_does_not_and_it_says_why(w: World, booked: tuple[int, int], jane: int) -> None:
    one = booked[1]
    to(w, as_jane(w), one)
    for who in (w.charlie, w.ada):
        with pytest.raises((NotPermitted, NotFound)):
            unlink(actor=who, now=LATER, patient_id=one, reason=WHY)
        with pytest.raises((NotPermitted, NotFound)):
            open_link(actor=who, now=LATER, patient_id=one)
        assert not links_into(actor=who, patient_id=jane)
    with pytest.raises(InvalidInput):
        unlink(actor=w.carys, now=LATER, patient_id=one, reason=" ")
    view = open_link(actor=w.carys, now=LATER, patient_id=one)
    assert (view.is_joined, view.said_name, view.standing.id, view.booking_ids) == (
        True,
        "DIALLO, Aminata",
        jane,
        (booked[0],),
    )
    assert "patients.opened" in [each.action for each in who_saw(actor=w.carys, now=LATER, patient_id=jane).items]
    with unit_of_work(w.carys):
        Patient.objects.filter(pk=jane).update(is_sensitive=True)
    with pytest.raises(NotFound):
        unlink(actor=w.carys, now=LATER, patient_id=one, reason=WHY)
    with unit_of_work(w.carys):
        assert TraceAttempt.objects.filter(undone_at=None, before__isnull=False).count() == 1
