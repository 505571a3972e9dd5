"""From the service's answer to the hub's appointments and to what waits for the practice. With the local driver, and with a
service that the tests speak for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pcnhub.care.appointments.operations import RunGoesOn, reject_candidates, trace_all
from pcnhub.care.appointments.queries import booking, unlinked
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries import RUN_LASTS, attempts_for, standing_patients, trace_run
from pcnhub.care.patients.rules import TraceBasis, TraceOutcome, TraceState
from pcnhub.care.writeback import queries as writeback
from pcnhub.connections.pds import linking
from pcnhub.connections.pds.refusals import NoAnswer
from pcnhub.connections.pds.words import Candidate, Found, Held, Outcome, PersonData, TraceAnswer, TraceQuery
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job, JobState
from pcnhub.foundations.jobs.outbox import PermanentFailure
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.cast import NOW, World, patient, system_for, world
from tests.evening import outcomes, visitor
from tests.rooms.appointments.book import session, slots
from tests.rooms.appointments.test_unregistered import booked_by, person
from tests.rooms.writeback.test_copies import at_practice, consulted, drain, states

pytestmark = pytest.mark.django_db
NUMBER, TWIN = NhsNumber("9000000025"), NhsNumber("9000000033")
STALE = NOW + timedelta(hours=25)  # no trace of today holds any more
AMINATA = PersonData(NUMBER, "Aminata", "Diallo", date(1991, 3, 14), practice_ods="A81001")


class Service:
    """Says what it is told to say, or nothing; counts how often it is asked."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {NUMBER: Held(AMINATA, source="pds", version="7")}
        self.answers = True
        self.asked = 0

    def read(self, *, nhs_number: NhsNumber, **_: object) -> Held | None:
        self._ask()
        return self.held.get(nhs_number)

    def search(self, *, query: TraceQuery, **_: object) -> TraceAnswer:
        self._ask()
        found = [
            each.person for each in self.held.values() if each.person and each.person.family_name == query.family_name
        ]
        candidates = tuple(Candidate(each, 1.0, ("Everything",), each.practice_ods, is_certain=True) for each in found)
        outcome = Found.NONE if not found else Found.ONE if len(found) == 1 else Found.SEVERAL
        return TraceAnswer("pds", candidates, outcome)

    def _ask(self) -> None:
        self.asked += 1
        if not self.answers:
            raise NoAnswer("The service gave no answer.")


@pytest.fixture
def w() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Service:
    made = Service()
    monkeypatch.setattr(linking, "demographics", made)
    settings.PDS_DRIVER = "pds-fhir"
    return made


@pytest.fixture
def untraced(w: World) -> Callable[..., int]:
    """Books another unregistered person; their id."""
    free = iter(slots(session(w)))

    def book(*, is_none_of_these: bool = False, **more: Any) -> int:
        return booked_by(w, w.ada, next(free).id, person=person(**more), is_none_of_these=is_none_of_these)[1]

    return book


def row(w: World, patient_id: int) -> Patient:
    with unit_of_work(system_for(w.hub)):
        return Patient.objects.get(pk=patient_id)


def tried(w: World, patient_id: int) -> list[TraceOutcome]:
    """Newest first."""
    with unit_of_work(w.carys):
        found = attempts_for(actor=w.carys, patient_ids=[patient_id])
    return [one.outcome for one in found.get(patient_id, ())]


def linked(w: World, untraced: Callable[..., int]) -> int:
    """Booked unregistered, and found by a person to be Aminata."""
    booked = untraced()
    linking.accept(actor=w.carys, now=NOW, patient_id=booked, nhs_number=NUMBER, basis=TraceBasis.CHOICE)
    return booked


def run_of(w: World, now: datetime = NOW) -> int:
    made = trace_all(actor=w.carys, now=now, stale_until=now + timedelta(days=3))
    drain(int((now - NOW) / timedelta(minutes=1)) + 60)
    return made


def test_a_run_links_whom_the_practices_lists_tell_beyond_doubt_and_says_it_is_no_verification(
    w: World, untraced: Callable[..., int]
) -> None:
    own = patient(w.birch, NUMBER, "Aminata", "Diallo", date(1991, 3, 14), postcode="DN16 3LQ")
    known, stranger = untraced(), untraced(given_name="Nobody", family_name="Known", birth_date=date(1970, 1, 2))
    run = trace_run(actor=w.carys, now=NOW, run_id=run_of(w))
    assert (run.asked, run.is_over, run.counted(TraceOutcome.LINKED)) == (2, True, 1)
    held = row(w, known)
    assert (held.nhs_number, held.registered_patient_id, held.trace_state, held.trace_holds_until) == (
        NUMBER, own.pk, TraceState.LOCAL, None,
    )  # fmt: skip
    [left] = unlinked(actor=w.carys, now=NOW)
    assert (left.patient.id, [one.outcome for one in left.attempts]) == (stranger, [TraceOutcome.NO_MATCH])


def test_a_run_leaves_to_a_person_whom_it_must_not_decide(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    outside = PersonData(NhsNumber("9000000033"), "Olu", "Outside", date(1980, 1, 1), practice_ods="C83003")
    dead = PersonData(NhsNumber("9000000041"), "Dora", "Dead", date(1980, 1, 1), practice_ods="A81001")
    service.held |= {
        outside.nhs_number: Held(outside, source="pds"),
        dead.nhs_number: Held(dead, frozenset({Outcome.DECEASED}), source="pds"),  # the search did not tell
    }
    service.held |= {
        number: Held(replace(AMINATA, nhs_number=number, family_name="Twin"), source="pds")
        for number in (NhsNumber("9000000068"), NhsNumber("9000000076"))
    }
    ids = [
        untraced(given_name="Olu", family_name="Outside", birth_date=date(1980, 1, 1)),
        untraced(given_name="Dora", family_name="Dead", birth_date=date(1981, 1, 1)),
        untraced(family_name="Twin", birth_date=date(1982, 1, 1)),
    ]
    run_of(w)
    assert [tried(w, one)[0] for one in ids] == [
        TraceOutcome.OUTSIDE, TraceOutcome.SEVERAL, TraceOutcome.SEVERAL,
    ]  # fmt: skip
    assert {row(w, one).nhs_number for one in ids} == {None}


def test_a_run_settles_whose_trace_has_grown_old(w: World, untraced: Callable[..., int], service: Service) -> None:
    booked = linked(w, untraced)
    asked = service.asked
    run = trace_run(actor=w.carys, now=STALE, run_id=run_of(w, STALE))
    assert (run.is_over, [one.outcome for one in run.attempts]) == (True, [TraceOutcome.LINKED])
    assert service.asked == asked + 1
    held = row(w, booked)
    assert held.trace_holds_until is not None
    assert held.trace_holds_until > STALE


def test_whom_a_person_told_after_rejecting_others_a_run_asks_after_again(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    booked = untraced()
    reject_candidates(actor=w.carys, now=NOW, patient_id=booked, source="pds", candidates=1)
    linking.accept(actor=w.carys, now=NOW, patient_id=booked, nhs_number=NUMBER, basis=TraceBasis.CHOICE)
    run = trace_run(actor=w.carys, now=STALE, run_id=run_of(w, STALE))
    assert (run.is_over, run.counted(TraceOutcome.LINKED)) == (True, 1)


def test_of_two_runs_the_second_finds_what_the_first_has_settled(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    untraced()
    runs = [trace_all(actor=w.carys, now=NOW + late, stale_until=NOW + late) for late in (timedelta(), RUN_LASTS)]
    drain()
    found = [trace_run(actor=w.carys, now=NOW, run_id=each) for each in runs]
    assert [(run.is_over, run.counted(TraceOutcome.LINKED)) for run in found] == [(True, 1), (True, 1)]
    assert service.asked == 2  # searched, then read


def test_while_a_run_goes_on_no_other_begins(w: World, untraced: Callable[..., int]) -> None:
    untraced()
    first = trace_all(actor=w.carys, now=NOW, stale_until=NOW)
    with pytest.raises(RunGoesOn) as refused:
        trace_all(actor=w.carys, now=NOW, stale_until=NOW)
    assert refused.value.run_id == first
    assert Job.objects.filter(fact="patients.trace-asked").count() == 1
    drain()
    assert trace_all(actor=w.carys, now=NOW, stale_until=NOW) != first


def test_a_number_that_took_anothers_place_and_is_held_here_is_left_to_a_person(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    first = linked(w, untraced)
    service.held[TWIN] = Held(replace(AMINATA, nhs_number=TWIN), source="pds")
    second = untraced(is_none_of_these=True)
    linking.accept(actor=w.carys, now=STALE, patient_id=second, nhs_number=TWIN, basis=TraceBasis.CHOICE)
    service.held[NUMBER] = Held(
        replace(AMINATA, nhs_number=TWIN), frozenset({Outcome.SUPERSEDED}), source="pds", superseded_by=TWIN
    )
    run = trace_run(actor=w.carys, now=STALE, run_id=run_of(w, STALE))
    [attempt] = run.attempts
    assert (run.is_over, attempt.outcome, "merge" in attempt.note) == (True, TraceOutcome.SEVERAL, True)
    with pytest.raises(PermanentFailure) as refused:
        linking.retrace_before_leaving(actor=system_for(w.hub), now=STALE, patient_id=first)
    assert refused.value.code == "number-held"
    assert row(w, first).nhs_number == NUMBER


def test_whom_the_service_does_not_know_keeps_number_and_practice(w: World, service: Service) -> None:
    service.held.clear()
    own = visitor(w, w.patient_of_ash, w.ash, trace_state="local")
    consulted(w, own)
    drain()
    held = row(w, own.pk)
    assert (held.nhs_number, held.registered_patient_id) == (w.patient_of_ash.nhs_number, w.patient_of_ash.pk)
    job = Job.objects.get(fact="consultations.finished", handler="pds.retrace")
    assert (job.state, job.error_code) == (JobState.FAILED, "pds-number-unknown")
    assert at_practice(w.ash) == []


def test_a_silent_service_is_put_down_and_holds_nobody_up(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    service.answers = False
    untraced()
    run = trace_run(actor=w.carys, now=NOW, run_id=run_of(w))
    assert (run.is_over, [one.outcome for one in run.attempts]) == (True, [TraceOutcome.UNAVAILABLE])


def test_what_the_practice_read_out_is_compared_where_the_service_knows_it(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    stranger, theirs = untraced(given_name="Zed", family_name="Other", birth_date=date(1950, 5, 5)), untraced()
    views = standing_patients(actor=w.carys, ids=[stranger, theirs])
    told = {"actor": w.carys, "now": NOW, "nhs_number": NUMBER, "practice_ods": "A81001"}
    with pytest.raises(InvalidInput):
        linking.accept_read_out(patient=views[stranger], **told)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        linking.accept_read_out(patient=views[theirs], **{**told, "practice_ods": "C83003"})  # type: ignore[arg-type]
    service.answers = False
    linking.accept_read_out(patient=views[theirs], **told)  # type: ignore[arg-type]
    held = row(w, theirs)
    assert (held.nhs_number, held.trace_state, held.trace_basis) == (NUMBER, TraceState.LOCAL, TraceBasis.TOLD)


def test_a_kept_copy_goes_home_once_it_is_known_who_was_seen(w: World, untraced: Callable[..., int]) -> None:
    """Under the practice that booked, under none (the hub booked), and where the hub holds the person already."""
    patient(w.ash, NUMBER, "Aminata", "Diallo", date(1991, 3, 14))
    claimed = untraced(is_none_of_these=True)
    consultation_id = consulted(w, row(w, claimed), "claimed")
    drain()
    assert states(w, consultation_id) == [(1, "needs-action", "patient-untraced")]
    assert at_practice(w.ash) == []
    linking.accept(actor=w.carys, now=NOW, patient_id=claimed, nhs_number=NUMBER, basis=TraceBasis.CHOICE)
    drain(120)
    assert at_practice(w.ash) == [("claimed", 1)]
    joined = untraced(is_none_of_these=True)
    unclaimed = booked_by(w, w.carys, _another(w), person=person(), is_none_of_these=True)[1]
    consulted(w, row(w, joined), "joined", 20)
    second = consulted(w, row(w, unclaimed), "unclaimed", 40)
    drain(180)
    assert states(w, second) == []
    day = NOW.date()
    [line] = [
        each
        for found in writeback.reconciliation(actor=w.carys, now=NOW, day_from=day, day_to=day).rows
        for each in found.outstanding
        if each.consultation_id == second
    ]
    assert "booked unregistered" in line.reason
    for one in (joined, unclaimed):
        linking.accept(actor=w.carys, now=NOW, patient_id=one, nhs_number=NUMBER, basis=TraceBasis.CHOICE)
    drain(240)
    assert sorted(at_practice(w.ash)) == [("claimed", 1), ("joined", 1), ("unclaimed", 1)]


def test_nothing_leaves_on_an_old_trace_and_what_waits_goes_once_the_service_answers(
    w: World, service: Service
) -> None:
    jane = PersonData(NhsNumber("9000000009"), "Jane", "Smith", date(1980, 4, 12), practice_ods="A81001")
    service.held[jane.nhs_number] = Held(jane, source="pds", version="2")
    visiting = visitor(w, w.patient_of_ash, w.ash, trace_state="traced", trace_holds_until=NOW - timedelta(minutes=1))
    service.answers = False
    consulted(w, visiting)
    drain()
    assert at_practice(w.ash) == []
    assert Job.objects.filter(fact="consultations.finished", handler="pds.retrace", state=JobState.READY).exists()
    service.answers = True
    drain(60 * 6)
    assert at_practice(w.ash) == [("Cough.", 1)]
    held = row(w, visiting.pk)
    assert held.pds_version == "2"
    assert held.trace_holds_until is not None
    asked = service.asked
    consulted(w, visiting, "Again.", 30)
    drain(60 * 6 + 1)
    assert (service.asked, len(at_practice(w.ash))) == (asked, 2)


def test_the_local_driver_holds_nothing_back(w: World) -> None:
    consulted(w, visitor(w, w.patient_of_ash, w.ash))
    drain()
    assert at_practice(w.ash) == [("Cough.", 1)]


def test_whom_a_newer_trace_finds_elsewhere_their_appointment_follows(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    one = untraced()
    linking.accept(actor=w.carys, now=NOW, patient_id=one, nhs_number=NUMBER, basis=TraceBasis.CHOICE)
    service.held[NUMBER] = Held(replace(AMINATA, practice_ods="B82002"), source="pds", version="8")
    later: datetime = NOW + timedelta(hours=25)
    assert linking.retrace_before_leaving(actor=system_for(w.hub), now=later, patient_id=one)
    [found] = [booking(actor=w.carys, booking_id=each) for each in bookings_of(w, one)]
    assert (found.practice_id, row(w, one).pds_version) == (w.birch.pk, "8")


def test_an_invalidated_number_is_taken_away_and_the_person_stands_on_the_worklist_again(
    w: World, untraced: Callable[..., int], service: Service
) -> None:
    one = untraced()
    linking.accept(actor=w.carys, now=NOW, patient_id=one, nhs_number=NUMBER, basis=TraceBasis.CHOICE)
    service.held[NUMBER] = Held(None, frozenset({Outcome.INVALID}), source="pds")
    linking.retrace_before_leaving(actor=system_for(w.hub), now=STALE, patient_id=one)
    assert [each.patient.id for each in unlinked(actor=w.carys, now=NOW)] == [one]
    assert (row(w, one).nhs_number, row(w, one).stated_nhs_number) == (None, NUMBER)


def _another(w: World) -> int:
    day = NOW.date() + timedelta(days=2)
    return slots(session(w, day=day))[0].id


def bookings_of(w: World, patient_id: int) -> list[int]:
    from pcnhub.care.appointments.models import Booking

    with unit_of_work(system_for(w.hub)):
        return list(Booking.objects.filter(patient=patient_id).values_list("pk", flat=True))
