"""What a newer trace tells of somebody who is known: that they have died, or that their record is restricted now."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from pcnhub.care.appointments.operations import book
from pcnhub.care.appointments.queries import bookings_in_doubt
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.care.writeback.queries import obstacles
from pcnhub.connections.pds import linking
from pcnhub.connections.pds.words import WITHHELD, Held, Outcome, PersonData
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import Refusal
from tests.cast import NOW, World, system_for, world
from tests.connections.pds.test_linking import Service, row, service
from tests.evening import outcomes, visitor
from tests.rooms.appointments.book import request, session, slots
from tests.rooms.writeback.test_copies import at_practice, consulted, drain

__all__ = ["service"]
pytestmark = pytest.mark.django_db
JANE = PersonData(NhsNumber("9000000009"), "Jane", "Smith", date(1980, 4, 12), practice_ods="A81001")
DIED = date(2026, 11, 20)
LATER = NOW + timedelta(hours=25)


@pytest.fixture
def w() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def visiting(w: World) -> Patient:
    """Ash Lane's Jane, whom the hub holds by a trace that does not hold any more."""
    return visitor(w, w.patient_of_ash, w.ash, trace_state="traced", trace_holds_until=NOW - timedelta(minutes=1))


def restricted(service: Service) -> None:
    held = Held(replace(JANE, practice_ods=""), frozenset({Outcome.SENSITIVE}), "pds", "8", withheld=WITHHELD)
    service.held[JANE.nhs_number] = held


@pytest.mark.parametrize("practice_ods", ["A81001", ""])
def test_a_death_is_written_down_and_the_coming_appointment_shows_it(
    w: World, visiting: Patient, service: Service, practice_ods: str
) -> None:
    free, other, *_ = slots(session(w, day=LATER.date() + timedelta(days=2)))
    book(actor=w.carys, now=NOW, request=request(free.id, visiting.pk))
    dead = replace(JANE, died_on=DIED, practice_ods=practice_ods)
    service.held[JANE.nhs_number] = Held(dead, frozenset({Outcome.DECEASED}), "pds", "8")
    assert linking.retrace_before_leaving(actor=system_for(w.hub), now=LATER, patient_id=visiting.pk)
    now = row(w, visiting.pk)
    assert (now.registration_state, now.died_on) == (RegistrationState.DECEASED, DIED)
    assert (now.registered_practice_id, now.registered_patient_id) == (w.ash.pk, w.patient_of_ash.pk)
    assert [each.patient_id for each in bookings_in_doubt(actor=w.carys, now=LATER)] == [visiting.pk]
    with pytest.raises(Refusal, match="deceased"):
        book(actor=w.carys, now=LATER, request=request(other.id, visiting.pk))
    with unit_of_work(w.carys):
        told = AuditEvent.objects.get(action="patients.retraced")
    assert {"registration_state", "died_on"} <= set(json.loads(told.detail)["fields"])


def test_who_is_restricted_now_is_protected_and_what_was_written_still_goes_home(
    w: World, visiting: Patient, service: Service
) -> None:
    restricted(service)
    consulted(w, visiting)
    drain()
    now = row(w, visiting.pk)
    assert now.is_sensitive
    assert (now.registered_practice_id, now.registered_patient_id) == (w.ash.pk, w.patient_of_ash.pk)
    assert at_practice(w.ash) == [("Cough.", 1)]


def test_a_practice_that_is_withheld_is_not_called_unknown(w: World, visiting: Patient, service: Service) -> None:
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=visiting.pk).update(
            registered_practice=None, registered_patient=None, traced_practice_ods=""
        )  # fmt: skip
    restricted(service)
    consulted(w, row(w, visiting.pk))
    drain()
    [told] = obstacles(actor=system_for(w.hub), now=NOW, patient_id=visiting.pk)
    assert told.code == "practice-withheld"
