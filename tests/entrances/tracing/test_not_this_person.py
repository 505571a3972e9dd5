"""The page on which somebody says that a trace led to the wrong person."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.urls import reverse

from pcnhub.care.appointments.operations import link_traced
from pcnhub.care.appointments.queries import booking, unlinked
from pcnhub.care.consultations.operations import start
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.foundations.kernel.identifiers import NhsNumber
from tests.cast import NOW, World, world
from tests.entrances.client import signed_in_as
from tests.evening import outcomes
from tests.rooms.appointments.book import session, slots
from tests.rooms.appointments.test_unregistered import booked_by, row, traced
from tests.rooms.writeback.test_copies import at_practice, consulted, drain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def w() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def one(w: World) -> int:
    """Birch booked her as unknown; the hub holds Jane of Ash Lane, and the trace led there."""
    one = booked_by(w, w.efe, slots(session(w))[0].id)[1]
    register_temporarily(actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk)
    consulted(w, row(w, one), "Sore throat")
    jane = {"nhs_number": NhsNumber("9000000009"), "given_name": "Jane", "family_name": "Smith"}
    person = traced(w, **jane, birth_date=date(1980, 4, 12))
    link_traced(actor=w.carys, now=NOW, patient_id=one, person=person)
    drain()
    return one


def test_it_says_what_goes_back_and_what_a_person_must_put_right(w: World, one: int) -> None:
    assert at_practice(w.ash) == [("Sore throat", 1)]
    standing = row(w, one).merged_into_id
    browser = signed_in_as(w.carys)
    patient = browser.get(reverse("patient", args=[standing])).content.decode()
    address = reverse("not-this-person", args=[one])
    assert address in patient
    assert reverse("patient-unmerge", args=[standing, one]) not in patient
    shown = browser.get(address).content.decode()
    for words in ("DIALLO, Aminata", "SMITH, Jane", "900 000 0009", "Bilal Cast", "in the record of Ash Lane Surgery"):
        assert words in shown
    assert browser.post(address, {"reason": ""}).status_code == 422
    assert row(w, one).merged_into_id == standing
    answer = browser.post(address, {"reason": "Her sister came"})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("tracing"))
    assert row(w, one).merged_into_id is None
    assert one in {each.patient.id for each in unlinked(actor=w.carys, now=NOW)}
    assert browser.get(address).status_code == 404
    assert address not in browser.get(reverse("patient", args=[standing])).content.decode()


def test_what_is_not_finished_is_named_too(w: World) -> None:
    booking_id, one = booked_by(w, w.efe, slots(session(w))[0].id)
    link_traced(actor=w.carys, now=NOW, patient_id=one, person=traced(w))
    start(actor=w.bilal, now=slots_start(w, booking_id), booking_id=booking_id)
    shown = signed_in_as(w.carys).get(reverse("not-this-person", args=[one])).content.decode()
    assert "not finished" in shown
    assert "The NHS number is taken off this entry" in shown


def slots_start(w: World, booking_id: int) -> datetime:
    return booking(actor=w.carys, booking_id=booking_id).slot.starts_at


def test_nobody_else_gets_in(w: World, one: int) -> None:
    address = reverse("not-this-person", args=[one])
    assert signed_in_as(w.charlie).get(address).status_code in (403, 404)
    for who in (w.ada, w.bilal, w.charlie):
        browser = signed_in_as(who)
        assert browser.post(address, {"reason": "x"}).status_code in (403, 404)
    assert row(w, one).merged_into_id is not None
