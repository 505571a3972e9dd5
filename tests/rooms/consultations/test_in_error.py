"""Recorded in error: never deleted, told to the practice, and out of the way of the right consultation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.rules import Entry, FollowUp, Notes, Section
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, world
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db
WRONG = "Written about the wrong person"


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    operations.load_concepts(now=NOW)
    return made


@pytest.fixture
def booking_id(cast: World) -> int:
    return waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash))


def begun(cast: World, booking_id: int, written: Notes | None = None) -> int:
    consultation_id = operations.start(actor=cast.bilal, now=NOW, booking_id=booking_id)
    operations.save_draft(
        actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=0, notes=written or notes()
    )
    return consultation_id


def finished(cast: World, booking_id: int, written: Notes | None = None) -> int:
    consultation_id = begun(cast, booking_id, written)
    operations.finish(actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=1)
    return consultation_id


def seen(cast: World, consultation_id: int) -> queries.ConsultationView:
    return queries.consultation(actor=cast.bilal, now=NOW, consultation_id=consultation_id)


def mark(cast: World, consultation_id: int, reason: str = WRONG) -> int:
    return operations.mark_in_error(actor=cast.bilal, now=NOW, consultation_id=consultation_id, reason=reason)


def test_the_mark_is_one_more_version_that_goes_home(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    assert mark(cast, consultation_id, f" {WRONG} ") == 2
    view = seen(cast, consultation_id)
    assert (view.is_in_error, view.is_finished, view.in_error_by, view.in_error_reason) == (
        True, False, cast.bilal.name, WRONG,
    )  # fmt: skip
    first, second = view.versions
    assert (first.is_in_error, first.in_error_reason) == (False, "")
    assert (second.is_in_error, second.in_error_reason, second.notes) == (True, WRONG, first.notes)
    assert second.author_position_id == cast.bilal.position_id
    assert second.organisation_id == cast.hub.pk
    jobs = Job.objects.filter(fact="consultations.finished", handler="writeback.send").order_by("pk")
    assert [job.payload["version"] for job in jobs] == [1, 2]
    with unit_of_work(cast.bilal):
        event = AuditEvent.objects.get(action="consultations.recorded-in-error")
    assert (event.subject_id, event.nhs_number, event.reason) == (consultation_id, "9000000009", WRONG)


def test_nothing_is_written_on_in_it_and_it_is_marked_once(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    mark(cast, consultation_id)
    more: dict[str, Any] = {"actor": cast.bilal, "now": NOW, "consultation_id": consultation_id}
    with pytest.raises(operations.ConsultationMovedOn, match="recorded in error"):
        mark(cast, consultation_id)
    with pytest.raises(operations.ConsultationMovedOn, match="recorded in error"):
        operations.amend(**more, version=2, notes=notes("More"), reason="x")
    with pytest.raises(operations.ConsultationMovedOn, match="recorded in error"):
        operations.save_draft(**more, revision=1, notes=notes("More"))
    with pytest.raises(operations.ConsultationMovedOn, match="recorded in error"):
        operations.finish(**more, revision=1)


def test_it_says_why(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    with pytest.raises(InvalidInput):
        mark(cast, consultation_id, "  ")
    assert seen(cast, consultation_id).is_finished


def test_a_draft_closes_with_no_copy_and_its_appointment_is_free_for_the_right_one(
    cast: World, booking_id: int
) -> None:
    wrong = begun(cast, booking_id)
    assert mark(cast, wrong) == 0
    assert not Job.objects.filter(fact="consultations.finished").exists()
    assert seen(cast, wrong).draft.text_under("History")  # kept
    assert queries.open_drafts(actor=cast.bilal) == ()
    right = operations.start(actor=cast.bilal, now=NOW, booking_id=booking_id)
    assert right != wrong
    assert queries.consultation_of_booking(actor=cast.bilal, booking_id=booking_id) == right
    assert queries.finished_booking_ids(actor=cast.bilal, booking_ids=[booking_id]) == frozenset()


def test_nobody_else_marks_it(cast: World, booking_id: int) -> None:
    consultation_id = finished(cast, booking_id)
    for actor in (cast.charlie, cast.farah, cast.ada, cast.carys, cast.dilys):
        with pytest.raises((NotPermitted, NotFound)):
            operations.mark_in_error(actor=actor, now=NOW, consultation_id=consultation_id, reason=WRONG)
    assert seen(cast, consultation_id).is_finished


def test_a_confidential_consultation_is_as_closed_as_any_and_a_protected_persons_is_none(cast: World) -> None:
    secret = Notes(
        sections=(Section("History", "Told in confidence.", is_confidential=True),),
        entries=(Entry("49727002", "Cough", is_confidential=True),),
        outcome="seen",
        is_confidential=True,
        follow_up=FollowUp("Call back", NOW.date() + timedelta(days=7)),
    )
    patient = visitor(cast, cast.patient_of_ash, cast.ash, is_sensitive=True)
    may = replace(cast.bilal, permissions=cast.bilal.permissions | {Permission.VIEW_SENSITIVE})
    booking = waiting(cast, patient)
    consultation_id = operations.start(actor=may, now=NOW, booking_id=booking)
    operations.save_draft(actor=may, now=NOW, consultation_id=consultation_id, revision=0, notes=secret)
    operations.finish(actor=may, now=NOW, consultation_id=consultation_id, revision=1)
    version = queries.finished_version(actor=may, consultation_id=consultation_id, number=1)
    assert version.is_confidential
    assert version.notes == secret
    for actor in (cast.charlie, cast.farah, cast.bilal):
        with pytest.raises(NotFound):
            queries.consultation(actor=actor, now=NOW, consultation_id=consultation_id)
        with pytest.raises((NotFound, NotPermitted)):
            operations.mark_in_error(actor=actor, now=NOW, consultation_id=consultation_id, reason=WRONG)
        with pytest.raises((NotFound, NotPermitted)):
            operations.save_draft(
                actor=actor, now=NOW, consultation_id=consultation_id, revision=1, notes=secret, is_autosave=True
            )


def test_saves_without_a_button_are_one_entry_a_sitting(cast: World, booking_id: int) -> None:
    consultation_id = operations.start(actor=cast.bilal, now=NOW, booking_id=booking_id)

    def save(minute: int, *, is_autosave: bool = True) -> int:
        return operations.save_draft(
            actor=cast.bilal,
            now=NOW + timedelta(minutes=minute),
            consultation_id=consultation_id,
            revision=seen(cast, consultation_id).revision,
            notes=notes(f"Minute {minute}"),
            is_autosave=is_autosave,
        )

    def on_record() -> int:
        with unit_of_work(cast.bilal):
            return AuditEvent.objects.filter(action="consultations.draft-saved").count()

    assert (save(0), save(1), save(14), on_record()) == (1, 2, 3, 1)
    assert (save(16), on_record()) == (4, 2)
    assert (save(17, is_autosave=False), on_record()) == (5, 3)


def test_a_value_that_can_not_be_keeps_it_from_being_finished_and_not_from_being_saved(
    cast: World, booking_id: int
) -> None:
    impossible = replace(notes(), entries=(Entry("386725007", "Body temperature", "381", "°C"),))
    consultation_id = begun(cast, booking_id, impossible)
    with pytest.raises(InvalidInput) as refused:
        operations.finish(actor=cast.bilal, now=NOW, consultation_id=consultation_id, revision=1)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [("entry-0", "value-impossible")]
