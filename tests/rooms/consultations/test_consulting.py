"""A clinician of the hub starts, saves, finishes and amends; nobody else does, and nothing written is ever lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pcnhub.care.appointments.queries import booking
from pcnhub.care.appointments.rules import BookingStatus, DeliveryChannel
from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.rules import Entry, Notes, Section
from pcnhub.care.organisations.models import Position
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, world
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def booking_id(cast: World) -> int:
    return waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash))


def begun(cast: World, booking_id: int) -> int:
    return operations.start(actor=cast.bilal, now=NOW, booking_id=booking_id)


def finished(cast: World, booking_id: int) -> int:
    consultation_id = begun(cast, booking_id)
    revision = operations.save_draft(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0, notes=notes()
    )
    operations.finish(actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=revision)
    return consultation_id


def seen(cast: World, consultation_id: int) -> queries.ConsultationView:
    return queries.consultation(actor=cast.bilal, now=NOW, consultation_id=consultation_id)


def test_starting_sends_the_patient_in_and_is_put_on_record(cast: World, booking_id: int) -> None:
    consultation_id = begun(cast, booking_id)
    assert booking(actor=cast.bilal, booking_id=booking_id).status == BookingStatus.SENT_IN
    with unit_of_work(cast.bilal):
        event = AuditEvent.objects.get(action="consultations.started")
    assert (event.subject_id, event.nhs_number) == (consultation_id, "9000000009")


def test_starting_twice_goes_on_with_the_same_consultation(cast: World, booking_id: int) -> None:
    assert begun(cast, booking_id) == begun(cast, booking_id)


def test_a_telephone_call_is_marked_as_started(cast: World) -> None:
    patient = visitor(cast, cast.patient_of_ash, cast.ash)
    call = waiting(cast, patient, status=BookingStatus.BOOKED, channel=DeliveryChannel.TELEPHONE)
    begun(cast, call)
    assert booking(actor=cast.bilal, booking_id=call).status == BookingStatus.CALL_STARTED


@pytest.mark.parametrize("status", [BookingStatus.DID_NOT_ATTEND, BookingStatus.WALKED_OUT])
def test_nobody_is_consulted_on_who_was_not_there(cast: World, status: BookingStatus) -> None:
    missed = waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), status=status)
    with pytest.raises(operations.ConsultationMovedOn, match="not attended"):
        begun(cast, missed)


def test_tomorrows_appointment_is_not_begun_today(cast: World) -> None:
    patient = visitor(cast, cast.patient_of_ash, cast.ash)
    later = waiting(cast, patient, at=NOW + timedelta(days=1), status=BookingStatus.BOOKED)
    with pytest.raises(operations.ConsultationMovedOn, match="not today"):
        begun(cast, later)


def test_only_a_consulter_of_the_hub_consults(cast: World, booking_id: int) -> None:
    for actor in (cast.charlie, cast.ada, cast.dilys, cast.carys, cast.farah):
        with pytest.raises((NotPermitted, NotFound)):
            operations.start(actor=actor, now=NOW, booking_id=booking_id)
    Position.objects.filter(account=cast.bilal.account_id or 0).update(consulter=False)
    with pytest.raises(NotPermitted, match="not marked as a consulter"):
        begun(cast, booking_id)


def test_nobody_else_opens_it(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    for actor in (cast.charlie, cast.farah):
        with pytest.raises(NotFound):
            queries.consultation(actor=actor, now=NOW, consultation_id=consultation_id)
        with unit_of_work(actor):
            assert queries.consultation_of_booking(actor=actor, booking_id=booking_id) is None
        assert queries.finished_between(actor=actor, day_from=NOW.date(), day_to=NOW.date()) == ()
    with pytest.raises(NotPermitted):
        queries.consultation(actor=cast.carys, now=NOW, consultation_id=consultation_id)


def test_a_draft_keeps_what_was_written(cast: World, booking_id: int) -> None:
    consultation_id = begun(cast, booking_id)
    written = Notes(sections=(Section("History", "  Three days.\r\nNo fever. "), Section("Plan", " ")))
    revision = operations.save_draft(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0, notes=written
    )
    assert revision == 1
    assert seen(cast, consultation_id).draft == Notes(sections=(Section("History", "Three days.\nNo fever."),))


def test_two_writers_are_told_and_both_texts_are_kept(cast: World, booking_id: int) -> None:
    consultation_id = begun(cast, booking_id)
    operations.save_draft(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0, notes=notes("Mine, first.")
    )
    with pytest.raises(operations.DraftMovedOn) as told:
        operations.save_draft(
            actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0, notes=notes("Theirs, later.")
        )
    assert told.value.theirs.text_under("History") == "Mine, first."
    assert told.value.saved_by == cast.bilal.name
    assert seen(cast, consultation_id).draft.text_under("History") == "Mine, first."
    with pytest.raises(operations.DraftMovedOn):
        operations.finish(actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0)


def test_sending_the_same_draft_twice_is_one_save(cast: World, booking_id: int) -> None:
    consultation_id = begun(cast, booking_id)
    for _ in range(2):
        revision = operations.save_draft(
            actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0, notes=notes()
        )
        assert revision == 1


def test_a_code_that_is_not_in_the_list_is_refused_with_everything_else(cast: World, booking_id: int) -> None:
    consultation_id = begun(cast, booking_id)
    wrong = Notes(
        sections=(Section("Gossip", "x"), Section("Plan", "y" * 20_001)),
        entries=(Entry("999", "Made up"), Entry("49727002", "Cough", "z" * 101)),
    )
    with pytest.raises(InvalidInput) as refused:
        operations.save_draft(actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0, notes=wrong)
    assert {problem.code for problem in refused.value.problems} == {"unknown-heading", "too-long", "unknown-code"}
    assert len(refused.value.problems) == 4


@pytest.mark.parametrize(
    ("draft", "codes"),
    [
        (Notes(), {"nothing-written", "outcome-missing"}),
        (notes(outcome="old"), {"outcome-unknown"}),
        (notes(outcome=""), {"outcome-missing"}),
    ],
)
def test_finishing_needs_text_and_an_outcome_in_use(
    cast: World, booking_id: int, draft: Notes, codes: set[str]
) -> None:
    consultation_id = begun(cast, booking_id)
    revision = operations.save_draft(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0, notes=draft
    )
    with pytest.raises(InvalidInput) as refused:
        operations.finish(actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=revision)
    assert {problem.code for problem in refused.value.problems} == codes
    assert not seen(cast, consultation_id).is_finished


def test_finishing_makes_version_one_and_tells_the_worker(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    view = seen(cast, consultation_id)
    assert view.is_finished
    assert [(version.number, version.outcome_name) for version in view.versions] == [(1, "Seen, no follow-up")]
    job = Job.objects.get(fact="consultations.finished", handler="writeback.send")
    assert job.payload == {"consultation_id": consultation_id, "version": 1}
    assert job.ordering_key == f"write-back:{cast.ash.pk}:{view.patient.id}"
    with pytest.raises(operations.ConsultationMovedOn, match="finished meanwhile"):
        operations.save_draft(
            actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=1, notes=notes("More")
        )


def test_an_amendment_is_a_new_version_with_a_reason(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    number = operations.amend(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, version=1, notes=notes("Four days."), reason="Typo"
    )
    assert number == 2
    view = seen(cast, consultation_id)
    assert [version.notes.text_under("History") for version in view.versions] == ["Cough for three days.", "Four days."]
    assert view.versions[1].amendment_reason == "Typo"
    assert Job.objects.filter(fact="consultations.finished", handler="writeback.send").count() == 2


def test_an_amendment_says_why_and_changes_something(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    with pytest.raises(InvalidInput) as refused:
        operations.amend(
            actor=cast.bilal, now=NOW, consultation_id=consultation_id, version=1, notes=notes(), reason=" "
        )
    assert {problem.code for problem in refused.value.problems} == {"reason-missing", "nothing-changed"}


def test_amending_an_older_version_is_told(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    operations.amend(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, version=1, notes=notes("Four."), reason="Typo"
    )
    with pytest.raises(operations.ConsultationMovedOn, match="Version 2"):
        operations.amend(
            actor=cast.bilal, now=NOW, consultation_id=consultation_id, version=1, notes=notes("Five."), reason="Typo"
        )


def test_a_retired_outcome_stays_with_what_was_finished_with_it(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    operations.save_outcome(
        actor=cast.carys, now=NOW, code="seen", name="Seen, no follow-up", place=1, retired_on=NOW.date()
    )
    operations.amend(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, version=1, notes=notes("Four days."), reason="Typo"
    )
    assert seen(cast, consultation_id).version == 2


def test_a_sensitive_patients_consultation_is_not_found_without_the_permission(cast: World) -> None:
    patient = visitor(cast, cast.patient_of_ash, cast.ash, is_sensitive=True)
    hidden = waiting(cast, patient)
    with pytest.raises(NotFound):
        begun(cast, hidden)
    may = replace(cast.bilal, permissions=cast.bilal.permissions | {Permission.VIEW_SENSITIVE})
    assert operations.start(actor=may, now=NOW, booking_id=hidden)
