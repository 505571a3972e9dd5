"""Who saw this patient? Lists count too, at the practice and at the hub; each practice learns of its own patients alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from pcnhub.care.appointments.queries import bookings_for, clinic_list, practice_bookings
from pcnhub.care.consultations import operations as consultations
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import receive, take_in, undo
from pcnhub.care.patients.queries import (
    batch,
    find_patients,
    open_patient,
    preview,
    progress,
    rejections_of,
    who_saw,
)
from pcnhub.care.tasks import queries as tasks
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor, Purpose
from pcnhub.foundations.kernel.refusals import NotFound
from tests.cast import NOW, World, patient, world
from tests.evening import notes, visitor, waiting
from tests.rooms.tasks.scene import make_scene

pytestmark = pytest.mark.django_db

LIST = b"NHS number,Surname,Forename,DOB\n9000000009,Smith-Hill,Jane,1980-04-12\n"


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def visiting(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash)


def auditor_of(actor: Actor) -> Actor:
    return replace(actor, permissions=actor.permissions | {Permission.VIEW_AUDIT})


def seen(reader: Actor, patient_id: int) -> set[tuple[str, str]]:
    """Who did what, before this question."""
    page = who_saw(actor=auditor_of(reader), now=NOW, patient_id=patient_id)
    return {(item.name, item.action) for item in page.items if item.action != "patients.audit-opened"}


def test_the_results_of_a_search_were_seen(cast: World) -> None:
    find_patients(actor=cast.ada, now=NOW, text="Smith")
    find_patients(actor=cast.farah, now=NOW, text="Nobody")
    assert seen(cast.dilys, cast.patient_of_ash.pk) == {("Ada Cast", "patients.searched")}


def test_what_the_hubs_staff_saw_is_told_to_the_hub_and_to_the_patients_practice(
    cast: World, visiting: Patient
) -> None:
    booking = waiting(cast, visiting)
    find_patients(actor=cast.bilal, now=NOW, text="Smith")
    clinic_list(actor=cast.bilal, now=NOW, day=NOW.date())
    bookings_for(actor=cast.bilal, now=NOW, patient_id=visiting.pk)
    begun = consultations.start(actor=cast.bilal, now=NOW, booking_id=booking)
    consultations.save_draft(actor=cast.bilal, now=NOW, consultation_id=begun, revision=0, notes=notes())
    acts = {
        "patients.searched", "appointments.list-opened", "appointments.listed", "patients.opened",
        "consultations.started", "consultations.draft-saved",
    }  # fmt: skip
    expected = {("Bilal Cast", act) for act in acts}
    assert expected <= seen(cast.carys, visiting.pk)
    assert expected <= seen(cast.dilys, cast.patient_of_ash.pk)


def test_a_list_of_several_practices_tells_each_of_its_own_patients_alone(cast: World, visiting: Patient) -> None:
    other = visitor(cast, cast.patient_of_birch, cast.birch)
    waiting(cast, visiting)
    waiting(cast, other, at=NOW + timedelta(minutes=15))
    clinic_list(actor=cast.bilal, now=NOW, day=NOW.date())
    act = ("Bilal Cast", "appointments.list-opened")
    assert act in seen(cast.dilys, cast.patient_of_ash.pk)
    assert act in seen(cast.efe, cast.patient_of_birch.pk)
    for reader, own in ((cast.dilys, cast.patient_of_ash), (cast.efe, cast.patient_of_birch)):
        with unit_of_work(reader):
            told = AuditEvent.objects.filter(action="appointments.list-opened").values_list("nhs_numbers", flat=True)
            assert list(told) == [[own.nhs_number]]


def test_an_outsider_who_holds_the_same_person_learns_nothing(cast: World, visiting: Patient) -> None:
    theirs = patient(cast.outside, visiting.number, "Jane", "Smith", date(1980, 4, 12))
    waiting(cast, visiting)
    clinic_list(actor=cast.bilal, now=NOW, day=NOW.date())
    open_patient(actor=cast.bilal, now=NOW, patient_id=visiting.pk)
    assert seen(cast.charlie, theirs.pk) == set()
    with pytest.raises(NotFound):
        who_saw(actor=auditor_of(cast.charlie), now=NOW, patient_id=cast.patient_of_ash.pk)


def test_a_practices_own_list_of_the_day_was_seen(cast: World, visiting: Patient) -> None:
    waiting(cast, visiting)
    assert practice_bookings(actor=cast.ada, now=NOW, from_on=NOW.date(), to_on=NOW.date())
    assert ("Ada Cast", "appointments.list-opened") in seen(cast.dilys, cast.patient_of_ash.pk)


def test_lists_of_tasks_were_seen_at_both_ends() -> None:
    scene = make_scene()
    cast = scene.world
    scene.delivered()
    tasks.sent(actor=cast.bilal, now=NOW)
    tasks.inbox(actor=cast.ada, now=NOW)
    at_practice = seen(cast.dilys, cast.patient_of_ash.pk)
    assert {("Bilal Cast", "tasks.sent-listed"), ("Ada Cast", "tasks.inbox-listed")} <= at_practice
    at_hub = seen(cast.carys, scene.hub_patient)
    assert ("Bilal Cast", "tasks.sent-listed") in at_hub
    assert ("Ada Cast", "tasks.inbox-listed") not in at_hub


def test_whose_name_is_withheld_was_not_seen(cast: World, visiting: Patient) -> None:
    waiting(cast, visiting)
    with unit_of_work(cast.carys):
        Patient.objects.filter(pk=visiting.pk).update(is_sensitive=True)
    clinic_list(actor=cast.bilal, now=NOW, day=NOW.date())
    with unit_of_work(cast.bilal):
        assert not AuditEvent.objects.filter(nhs_numbers__contains=[visiting.number]).exists()


def test_an_import_that_a_hub_asked_for_is_told_as_the_hubs(cast: World) -> None:
    """Whoever asked, for which organisation, on what ground and to what end: not the practice that its job worked for."""
    carys = cast.carys.for_purpose(Purpose.ADMINISTRATION)
    batch_id = receive(
        actor=carys, now=NOW, practice_id=cast.ash.pk, file=io.BytesIO(LIST), file_name="l.csv", is_delta=True
    )  # fmt: skip
    worker = Worker("test", lambda at, _: system_actor_for(organisation_id=at))
    worker.drain(now=NOW + timedelta(minutes=1))
    digest = progress(actor=carys, now=NOW, batch_id=batch_id).changes_sha256
    take_in(actor=carys, now=NOW, batch_id=batch_id, changes_sha256=digest)
    worker.drain(now=NOW + timedelta(minutes=2))
    undo(actor=cast.dilys, now=NOW + timedelta(minutes=3), batch_id=batch_id, reason="wrong file")
    told = who_saw(actor=auditor_of(cast.dilys), now=NOW, patient_id=cast.patient_of_ash.pk).items
    changed = next(each for each in told if each.action == "patients.changed")
    assert (changed.name, changed.organisation, changed.role) == (carys.name, cast.hub.name, carys.role_code)
    assert (changed.purpose, "own record" in changed.basis) == ("administration", False)
    undone = next(each for each in told if each.action == "patients.import-undone")
    assert (undone.name, undone.organisation, undone.basis) == (cast.dilys.name, cast.ash.name, "own record")


def test_who_looked_at_rejected_rows_or_at_a_files_first_rows_is_told(cast: World) -> None:
    """They quote people's names and numbers, whether the row can be used or not."""
    bad = b"NHS number,Surname,Forename,DOB,Postcode\n9000000009,Smith,Jane,1980-04-12,BAD\n"
    batch_id = receive(
        actor=cast.dilys, now=NOW, practice_id=cast.ash.pk, file=io.BytesIO(bad), file_name="l.csv", is_delta=False
    )  # fmt: skip
    looks: list[Callable[[], object]] = [
        lambda: batch(actor=cast.dilys, now=NOW, batch_id=batch_id),
        lambda: list(rejections_of(actor=cast.dilys, now=NOW, batch_id=batch_id)),
        lambda: preview(actor=cast.dilys, now=NOW, batch_id=batch_id),
    ]
    for times, look in enumerate(looks, start=1):
        look()
        told = who_saw(actor=auditor_of(cast.dilys), now=NOW, patient_id=cast.patient_of_ash.pk).items
        assert [each.action for each in told].count("patients.import-opened") == times
