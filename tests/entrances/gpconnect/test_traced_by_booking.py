"""Whom another organisation's system books is traced by itself, by a job: nobody who books waits for another service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pcnhub.care.appointments.operations import reject_candidates
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import TraceState
from pcnhub.connections.pds import linking
from pcnhub.connections.pds.words import Held, PersonData
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job, JobState
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.identifiers import NhsNumber
from tests.cast import NOW, World, system_for
from tests.connections.pds.test_linking import AMINATA, NUMBER, Service
from tests.entrances.gpconnect.bodies import free, hub_patient, open_session, wish
from tests.entrances.gpconnect.consumer import Consumer
from tests.rooms.appointments.book import session, slots
from tests.rooms.appointments.test_unregistered import booked_by, person


def drain(after: timedelta = timedelta()) -> None:
    Worker("test", lambda id_, asked: system_actor_for(organisation_id=id_, request_id=asked)).drain(now=NOW + after)


@pytest.fixture
def service(w: World, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Service:
    made = Service()
    jane = PersonData(NhsNumber("9000000009"), "Jane", "Smith", w.patient_of_ash.birth_date, practice_ods="A81001")
    made.held = {jane.nhs_number: Held(jane, source="pds", version="7")}
    monkeypatch.setattr(linking, "demographics", made)
    monkeypatch.setattr(linking, "verifies", lambda: True)
    settings.PDS_DRIVER = "pds-fhir"
    return made


@pytest.fixture
def book(w: World) -> Callable[[], int]:
    """Books Ash Lane's patient from Ash Lane's own system; the hub's row of her."""
    patient_id = hub_patient(w)
    slots = iter(free(open_session(w)))

    def booked() -> int:
        assert Consumer(w.hub.ods_code).book(wish(w, patient_id, next(slots))).status == 201
        return patient_id

    return booked


def row(w: World, patient_id: int) -> Patient:
    with unit_of_work(system_for(w.hub)):
        return Patient.objects.get(pk=patient_id)


def waiting(w: World) -> list[str]:
    with unit_of_work(system_for(w.hub)):
        jobs = Job.objects.filter(handler="pds.trace-booked").exclude(state=JobState.DONE)
        return [each.state for each in jobs]


def test_who_is_booked_on_a_practices_word_alone_is_traced(w: World, service: Service, book: Callable[[], int]) -> None:
    patient_id = book()
    assert (service.asked, row(w, patient_id).trace_state) == (0, TraceState.LOCAL)  # not while the consumer waited
    drain()
    found = row(w, patient_id)
    assert (service.asked, found.trace_state, found.trace_holds_until) == (
        1,
        TraceState.TRACED,
        NOW + timedelta(hours=24),
    )
    book()  # on a trace of today
    drain()
    assert service.asked == 1


def test_a_trace_that_has_grown_old_is_asked_again_until_there_is_an_answer(
    w: World, service: Service, book: Callable[[], int]
) -> None:
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(organisation=w.hub).update(
            trace_state=TraceState.TRACED, trace_holds_until=NOW - timedelta(minutes=1)
        )
    service.answers = False
    book()
    drain()
    assert waiting(w) == [JobState.READY]
    service.answers = True
    drain(timedelta(hours=1))
    assert waiting(w) == []


def test_whom_nobody_knows_under_the_number_is_left_to_a_person(
    w: World, service: Service, book: Callable[[], int]
) -> None:
    service.held = {}
    patient_id = book()
    drain()
    assert waiting(w) == [JobState.FAILED]
    assert row(w, patient_id).trace_state == TraceState.LOCAL


def test_where_nobody_can_be_asked_nothing_is_asked(w: World, book: Callable[[], int]) -> None:
    """With the local driver a practice's word stands for what it is."""
    patient_id = book()
    drain()
    assert (waiting(w), row(w, patient_id).trace_state) == ([], TraceState.LOCAL)


def test_whom_somebody_looked_at_in_vain_is_left_to_a_person(w: World, service: Service) -> None:
    """Booked as unknown first: told beyond doubt by the job, unless a person has rejected who was found."""
    free_ones = iter(slots(session(w)))
    service.held = {NUMBER: Held(AMINATA, source="pds", version="7")}
    rejected, told = (booked_by(w, w.ada, next(free_ones).id, person=person())[1] for _ in range(2))
    reject_candidates(actor=w.carys, now=NOW, patient_id=rejected, source="pds", candidates=1)
    for patient_id in (rejected, told):
        linking.trace_booked(actor=system_for(w.hub, "worker"), now=NOW, patient_id=patient_id)
    assert (row(w, rejected).nhs_number, row(w, told).nhs_number) == (None, NUMBER)
