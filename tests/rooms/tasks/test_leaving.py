"""A task about a hub's patient leaves only on a trace that holds: the service is asked first, as before a copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.rules import TraceState
from pcnhub.care.tasks import queries
from pcnhub.care.tasks.operations import send, withdraw
from pcnhub.connections.pds import linking
from pcnhub.connections.pds.words import Held, PersonData
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job, JobState
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import NotFound
from tests.cast import NOW, system_for
from tests.connections.pds.test_linking import Service
from tests.rooms.tasks.scene import Scene, work

pytestmark = pytest.mark.django_db
JANE = PersonData(NhsNumber("9000000009"), "Jane", "Smith", date(1980, 4, 12), practice_ods="A81001")


@pytest.fixture
def service(scene: Scene, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Service:
    """Who the patient is was asked two days ago."""
    made = Service()
    made.held = {JANE.nhs_number: Held(JANE, source="pds", version="2")}
    monkeypatch.setattr(linking, "demographics", made)
    settings.PDS_DRIVER = "pds-fhir"
    traced(scene, NOW - timedelta(days=1))
    return made


def traced(scene: Scene, holds_until: Any) -> None:
    with unit_of_work(system_for(scene.world.hub)):
        Patient.objects.filter(pk=scene.hub_patient).update(
            trace_state=TraceState.TRACED, trace_holds_until=holds_until
        )


def at_ash(scene: Scene) -> int:
    return queries.inbox(actor=scene.world.ada, now=NOW).total


def test_an_old_trace_is_asked_again_before_the_task_leaves(scene: Scene, service: Service) -> None:
    service.answers = False
    task_id = scene.sent()
    work(NOW)
    assert (service.asked, at_ash(scene)) == (1, 0)
    with pytest.raises(NotFound):
        queries.task(actor=scene.world.ada, now=NOW, task_id=task_id)
    service.answers = True
    work(NOW + timedelta(hours=2))
    assert (service.asked, at_ash(scene)) == (2, 1)
    with unit_of_work(system_for(scene.world.hub)):
        assert Patient.objects.get(pk=scene.hub_patient).pds_version == "2"


def test_a_trace_that_holds_is_not_asked_again(scene: Scene, service: Service) -> None:
    traced(scene, NOW + timedelta(hours=1))
    scene.sent()
    work(NOW)
    assert (service.asked, at_ash(scene)) == (0, 1)


def test_nothing_goes_to_the_practice_that_the_patient_has_left(scene: Scene, service: Service) -> None:
    moved = replace(JANE, practice_ods=scene.world.birch.ods_code)
    service.held = {JANE.nhs_number: Held(moved, source="pds", version="3")}
    task_id = scene.sent()
    work(NOW)
    assert at_ash(scene) == 0
    failed = Job.objects.get(state=JobState.FAILED)
    assert (failed.handler, failed.error_code) == ("tasks.hand-over", "other-practices-patient")
    withdraw(actor=scene.world.bilal, now=NOW, task_id=task_id, reason="They have moved")
    work(NOW)
    assert queries.task(actor=scene.world.bilal, now=NOW, task_id=task_id).row.state == "withdrawn"
    with pytest.raises(NotFound):  # what never arrived is nothing there, however it ended
        queries.task(actor=scene.world.ada, now=NOW, task_id=task_id)


def test_a_practices_own_patient_is_nobodys_to_ask_about(scene: Scene, service: Service) -> None:
    wish = scene.asks(to_team_id=scene.hub_team, patient_id=scene.world.patient_of_ash.pk)
    send(actor=scene.world.ada, now=NOW, request=wish)
    work(NOW)
    assert service.asked == 0
    assert queries.inbox(actor=scene.world.carys, now=NOW).total == 1
