"""What the hub holds is for a while: it ends, by a person or the calendar, and is taken up again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pcnhub.care.appointments.operations import book, cancel
from pcnhub.care.appointments.operations.gp_connect import ConsumerBooking, book_for
from pcnhub.care.appointments.queries import consumer_of
from pcnhub.care.appointments.rules.visibility import Route
from pcnhub.care.consultations.operations import start
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients.jobs import ask_to_lapse
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import (
    NotRegistrable,
    end_registration,
    lapse,
    reactivate,
    register_temporarily,
)
from pcnhub.care.patients.operations.holding import KeptElsewhere, PatientChanged
from pcnhub.care.patients.operations.registrations import AlreadySo, StillNeeded
from pcnhub.care.patients.queries import open_patient
from pcnhub.config.facts import HANDLERS
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world
from tests.entrances.gpconnect.consumer import switch_on
from tests.rooms.appointments.book import request, session, slots

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
DAYS = timedelta(days=91)
OVER = NOW + DAYS + timedelta(days=1)


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def held(cast: World) -> int:
    return register(cast)


def register(cast: World, now: Any = NOW) -> int:
    return register_temporarily(
        actor=cast.ada, now=now, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


def row(cast: World, patient_id: int) -> Patient:
    with unit_of_work(system_for(cast.hub)):
        return Patient.objects.get(pk=patient_id)


def ended(cast: World, patient_id: int, reason: str = "Moved away") -> None:
    end_registration(
        actor=cast.carys, now=NOW, patient_id=patient_id, version=row(cast, patient_id).version, reason=reason
    )


def taken_up(cast: World, patient_id: int, reason: str = "Came back") -> None:
    reactivate(actor=cast.carys, now=NOW, patient_id=patient_id, version=row(cast, patient_id).version, reason=reason)


def at_practice(cast: World, **values: object) -> None:
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(**values)


# It ends


def test_a_registration_lasts_three_months_from_its_last_booking(cast: World, held: int) -> None:
    assert row(cast, held).ends_on == TODAY + DAYS
    register(cast, NOW + timedelta(days=10))
    assert row(cast, held).ends_on == TODAY + DAYS + timedelta(days=10)
    hub = system_for(cast.hub)
    assert lapse(actor=hub, now=OVER) == 0
    assert lapse(actor=hub, now=OVER + timedelta(days=10)) == 1
    assert lapse(actor=hub, now=OVER + timedelta(days=10)) == 0
    over = row(cast, held)
    assert (over.registration_state, over.left_on) == ("left", TODAY + DAYS + timedelta(days=10))
    assert register(cast, OVER + timedelta(days=20)) == held
    assert row(cast, held).registration_state == "active"


def test_each_way_of_booking_begins_the_time_anew(cast: World, held: int) -> None:
    later = NOW + timedelta(days=1)
    switch_on(cast.hub, cast.ash)
    first, second, third, *_ = slots(session(cast, gp_connect_bookable=True))
    expected = later.date() + DAYS
    for by_way in ("the hub's staff", "GP Connect"):
        with unit_of_work(system_for(cast.hub)):
            Patient.objects.filter(pk=held).update(ends_on=TODAY)
        if by_way == "GP Connect":
            _over_gp_connect(cast, third, held, later)
        else:
            book(actor=cast.carys, now=later, request=request(first.id, held))
        assert (by_way, row(cast, held).ends_on) == (by_way, expected)
    book(actor=cast.ada, now=later, request=request(second.id, cast.patient_of_ash.pk))
    assert row(cast, held).ends_on == expected


def _over_gp_connect(cast: World, slot: Any, patient_id: int, now: Any) -> None:
    hub = system_actor_for(organisation_id=cast.hub.pk, name="gp-connect")
    consumer = consumer_of(
        hub_id=cast.hub.pk, ods_code="A81001", organisation_type="gp-practice", route=Route.GP_CONNECT, now=now
    )
    asked = ConsumerBooking((slot.id,), patient_id, slot.starts_at, slot.ends_at, "key-1")
    book_for(actor=hub, now=now, consumer=consumer, request=asked)


def test_an_appointment_to_come_keeps_it_open(cast: World, held: int) -> None:
    slot = slots(session(cast))[0]
    made = book(actor=cast.carys, now=NOW, request=request(slot.id, held))
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=held).update(ends_on=TODAY - timedelta(days=1))
    hub = system_for(cast.hub)
    assert lapse(actor=hub, now=NOW) == 0
    with pytest.raises(StillNeeded, match="an appointment on 24 November 2026"):
        ended(cast, held)
    cancel(actor=cast.carys, now=NOW, booking_id=made.booking_id, version=made.version, reason="Not needed")
    assert lapse(actor=hub, now=NOW) == 1


def test_a_consultation_that_is_not_finished_keeps_it_open(cast: World, held: int) -> None:
    slot = slots(session(cast))[0]
    made = book(actor=cast.carys, now=NOW, request=request(slot.id, held))
    start(actor=cast.bilal, now=slot.starts_at, booking_id=made.booking_id)
    assert lapse(actor=system_for(cast.hub), now=OVER) == 0
    with pytest.raises(StillNeeded, match="not finished"):
        ended(cast, held)


def test_the_worker_ends_what_is_over_once_a_day(cast: World, held: int) -> None:
    ask_to_lapse(OVER)
    ask_to_lapse(OVER)
    organisations = {each.pk: each for each in (cast.hub, cast.ash, cast.birch)}
    Worker("test", lambda organisation_id, _: system_for(organisations[organisation_id])).drain(now=OVER)
    assert row(cast, held).registration_state == "left"
    with unit_of_work(cast.carys):
        assert AuditEvent.objects.filter(action="patients.registration-lapsed", patient_id=held).count() == 1
    assert "patients.lapse-due" in HANDLERS


def test_a_person_ends_it_with_a_reason_and_takes_it_up_again(cast: World, held: int) -> None:
    ended(cast, held)
    over = row(cast, held)
    assert (over.registration_state, over.left_on) == ("left", TODAY)
    slot = slots(session(cast))[0]
    with pytest.raises(NotRegistrable, match="ended"):
        book(actor=cast.carys, now=NOW, request=request(slot.id, held))
    taken_up(cast, held)
    again = row(cast, held)
    assert (again.registration_state, again.registration_type, again.left_on) == ("active", "temporary", None)
    assert again.ends_on == TODAY + DAYS
    book(actor=cast.carys, now=NOW, request=request(slot.id, held))
    with unit_of_work(cast.carys):
        said = dict(AuditEvent.objects.filter(patient_id=held).exclude(reason="").values_list("action", "reason"))
    assert said["patients.registration-ended"] == "Moved away"
    assert said["patients.registration-reactivated"] == "Came back"


def test_nothing_is_ended_or_taken_up_twice_blindly_or_without_a_reason(cast: World, held: int) -> None:
    with pytest.raises(AlreadySo):
        taken_up(cast, held)
    with pytest.raises(InvalidInput):
        ended(cast, held, reason=" ")
    with pytest.raises(PatientChanged):
        end_registration(actor=cast.carys, now=NOW, patient_id=held, version=99, reason="x")
    ended(cast, held)
    with pytest.raises(AlreadySo):
        ended(cast, held)
    with pytest.raises(InvalidInput):
        taken_up(cast, held, reason="")


@pytest.mark.parametrize("state", ["deceased", "left"])
def test_who_died_or_left_the_practice_is_not_taken_up_again(cast: World, held: int, state: str) -> None:
    ended(cast, held)
    at_practice(cast, registration_state=state)
    with pytest.raises(NotRegistrable) as refused:
        taken_up(cast, held)
    assert (refused.value.code, bool(refused.value.remedy)) == (state, True)


def test_nobody_is_booked_in_who_is_recorded_as_dead(cast: World, held: int) -> None:
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=held).update(registration_state="deceased", died_on=TODAY)
    with pytest.raises(NotRegistrable) as refused:
        book(actor=cast.carys, now=NOW, request=request(slots(session(cast))[0].id, held))
    assert refused.value.code == "deceased"
    assert open_patient(actor=cast.bilal, now=NOW, patient_id=held).died_on == TODAY


def test_who_may_end_and_take_up(cast: World, held: int) -> None:
    for act in (end_registration, reactivate):
        for actor in (cast.bilal, cast.ada):
            with pytest.raises(NotPermitted):
                act(actor=actor, now=NOW, patient_id=held, version=1, reason="x")
        for actor in (cast.charlie, cast.dilys):
            with pytest.raises(NotFound):
                act(actor=actor, now=NOW, patient_id=held, version=1, reason="x")
        with pytest.raises(KeptElsewhere):
            act(actor=cast.dilys, now=NOW, patient_id=cast.patient_of_ash.pk, version=1, reason="x")
