"""Tasks in the browser: written, accepted, rejected, passed on, with every fault beside its field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.consultations.operations import attach_document, start
from pcnhub.care.organisations.models import Position
from pcnhub.care.patients.models import Patient
from pcnhub.care.tasks import queries
from pcnhub.care.tasks.models import Task, Team
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import NOW
from tests.entrances.client import signed_in_as
from tests.evening import waiting
from tests.rooms.tasks.scene import Scene, make_scene, work
from tests.rooms.tasks.test_documents import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def text_of(response: Any) -> str:
    return str(response.content.decode())


def form_of(scene: Scene, **more: str) -> dict[str, str]:
    due = timezone.localdate() + timedelta(days=3)
    return {
        "to_team": str(scene.team), "kind": "test-to-arrange", "priority": "urgent", "due_on-day": str(due.day),
        "due_on-month": str(due.month), "due_on-year": str(due.year), "text": "Full blood count, please.", "key": "k1", **more,
    }  # fmt: skip


def written(scene: Scene, client: Client, **more: str) -> int:
    address = f"{reverse('task-new')}?patient={scene.hub_patient}"
    response = client.post(address, form_of(scene, **more))
    assert response.status_code == 302, text_of(response)
    return int(response["Location"].rsplit("/", 1)[1])


def history(actor: Actor, task_id: int) -> list[str]:
    return [step.state for step in queries.task(actor=actor, now=timezone.now(), task_id=task_id).history]


def test_a_clinician_writes_a_task_and_the_receptionist_works_it(scene: Scene) -> None:
    bilal, ada = signed_in_as(scene.world.bilal), signed_in_as(scene.world.ada)
    page = text_of(bilal.get(f"{reverse('task-new')}?patient={scene.hub_patient}"))
    assert "SMITH, Jane" in page
    assert "Ash Lane Surgery: Enhanced Access Team" in page
    assert "Birch" not in page.split("<form", 2)[2], "the patient's own practice alone is offered"

    task_id = written(scene, bilal)
    work(timezone.now())
    shown = text_of(ada.get(reverse("tasks")))
    assert "SMITH, Jane" in shown
    assert "Test to arrange" in shown

    page = text_of(ada.get(reverse("task", args=[task_id])))
    assert "Full blood count, please." in page
    assert reverse("patient", args=[scene.world.patient_of_ash.pk]) in page
    for step, version, said in (
        ("accept", "2", "You have accepted"),
        ("begin", "3", "in progress"),
        ("finish", "4", "is done"),
    ):
        response = ada.post(
            reverse("task", args=[task_id]), {"step": step, "version": version, "note": "Booked"}, follow=True
        )
        assert said in text_of(response)
    assert history(scene.world.bilal, task_id) == ["sent", "delivered", "accepted", "in-progress", "done"]
    page = text_of(bilal.get(reverse("task", args=[task_id])))
    assert "Receipts" in page
    assert "Booked" in page
    assert "What you can do" not in page


def test_the_consultations_documents_are_chosen_on_the_form(scene: Scene) -> None:
    cast, bilal = scene.world, signed_in_as(scene.world.bilal)
    with unit_of_work(cast.bilal):
        visiting = Patient.objects.get(pk=scene.hub_patient)
    begun = start(actor=cast.bilal, now=NOW, booking_id=waiting(cast, visiting))
    made = [letter(scene, key) for key in ("letter:1", "letter:2")]
    for each in made:
        attach_document(actor=cast.bilal, now=NOW, consultation_id=begun, document_id=each)
    address = f"{reverse('task-new')}?consultation={begun}"
    assert text_of(bilal.get(address)).count("Referral letter") == 2
    assert bilal.post(address, form_of(scene) | {"documents": [str(made[1] + 1)]}).status_code == 422
    kept = bilal.post(address, form_of(scene, text="") | {"documents": [str(made[0])]})
    assert text_of(kept).count("checked") == 2, "the box, and the priority"
    answer = bilal.post(address, form_of(scene) | {"documents": [str(made[0])]})
    seen = queries.task(actor=cast.bilal, now=timezone.now(), task_id=int(answer["Location"].rsplit("/", 1)[1]))
    assert [each.document_id for each in seen.documents] == [made[0]]


def test_what_was_typed_outlives_a_refusal(scene: Scene) -> None:
    bilal, ada, farah = (signed_in_as(each) for each in (scene.world.bilal, scene.world.ada, scene.world.farah))
    task_id = written(scene, bilal)
    refused = bilal.post(f"{reverse('task-new')}?patient={scene.hub_patient}", form_of(scene, text="Something else"))
    assert refused.status_code == 422
    assert "with another content" in text_of(refused)
    assert "Something else" in text_of(refused)
    work(timezone.now())
    address = reverse("task", args=[task_id])
    farah.post(address, {"step": "accept", "version": "2"})
    refused = ada.post(address, {"step": "reject", "version": "2", "reason": "Seen by the hospital"})
    assert refused.status_code == 409
    assert "Seen by the hospital" in text_of(refused)
    assert history(scene.world.bilal, task_id)[-1] == "accepted"


def test_sending_the_same_form_twice_is_one_task(scene: Scene) -> None:
    bilal = signed_in_as(scene.world.bilal)
    assert written(scene, bilal) == written(scene, bilal)


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(scene: Scene) -> None:
    bilal = signed_in_as(scene.world.bilal)
    yesterday = timezone.localdate() - timedelta(days=2)
    response = bilal.post(
        f"{reverse('task-new')}?patient={scene.hub_patient}",
        form_of(scene, to_team="", kind="", text="", **{"due_on-day": "41"}),
    )
    page = text_of(response)
    assert response.status_code == 422
    for words in (
        "Error: Write a task",
        "Choose a team.",
        "Choose what kind of task",
        "Enter what is to be done",
        "real date",
    ):
        assert words in page
    past = {"due_on-day": str(yesterday.day), "due_on-month": str(yesterday.month), "due_on-year": str(yesterday.year)}
    page = text_of(bilal.post(f"{reverse('task-new')}?patient={scene.hub_patient}", form_of(scene, **past)))
    assert "The due date is in the past" in page
    assert "Full blood count, please." in page


def test_a_team_that_went_deaf_meanwhile_is_refused_beside_the_list(scene: Scene) -> None:
    bilal = signed_in_as(scene.world.bilal)
    Position.objects.filter(pk__in=[scene.world.ada.position_id, scene.world.farah.position_id]).update(
        accepts_cross_organisation_tasks=False
    )
    page = text_of(bilal.get(f"{reverse('task-new')}?patient={scene.hub_patient}"))
    assert "Enhanced Access Team" not in page
    assert "no team that could take a task now" in page


def test_rejecting_without_a_reason_and_passing_on(scene: Scene) -> None:
    task_id = written(scene, signed_in_as(scene.world.bilal))
    work(timezone.now())
    ada = signed_in_as(scene.world.ada)
    address = reverse("task", args=[task_id])
    response = ada.post(address, {"step": "reject", "version": "2", "reason": ""})
    assert response.status_code == 422
    assert "the sender reads it" in text_of(response)
    response = ada.post(address, {"step": "pass", "version": "2", "whom": ""})
    assert "Choose a team or one of its members." in text_of(response)
    whom = f"{scene.team}:{scene.world.farah.position_id}"
    response = ada.post(address, {"step": "pass", "version": "2", "whom": whom, "pass_note": "Yours"}, follow=True)
    assert "Farah Cast" in text_of(response)
    assert ada.post(address, {"step": "accept", "version": "2"}).status_code == 409, "it has moved on"


def test_filters_and_the_sent_list(scene: Scene) -> None:
    bilal, ada = signed_in_as(scene.world.bilal), signed_in_as(scene.world.ada)
    assert "Nothing waits." in text_of(ada.get(reverse("tasks")))
    written(scene, bilal)
    work(timezone.now())
    for query, shown in (
        ("", True),
        ("priority=routine", False),
        ("kind=test-to-arrange", True),
        ("show=closed", False),
        ("team=x&page=zz", True),
    ):
        assert ("SMITH" in text_of(ada.get(f"{reverse('tasks')}?{query}"))) is shown, query
    sent = text_of(bilal.get(reverse("tasks-sent")))
    assert "Delivered" in sent
    assert "Enhanced Access Team" in sent


def test_charlie_finds_none_of_it(scene: Scene) -> None:
    task_id = written(scene, signed_in_as(scene.world.bilal))
    charlie = signed_in_as(scene.world.charlie)
    assert charlie.get(reverse("task", args=[task_id])).status_code == 404
    assert charlie.post(reverse("task", args=[task_id]), {"step": "accept", "version": "1"}).status_code == 404
    assert charlie.get(reverse("team", args=[scene.team])).status_code == 404
    assert "SMITH" not in text_of(charlie.get(reverse("tasks")))
    assert charlie.post(f"{reverse('task-new')}?patient={scene.hub_patient}", form_of(scene)).status_code == 404
    page = text_of(charlie.post(reverse("task-new"), form_of(scene)))
    assert "Select a valid choice" in page or "There is no team" in page
    with unit_of_work(scene.world.bilal):
        assert Task.objects.count() == 1


def test_a_manager_makes_and_changes_a_team_and_others_look(scene: Scene) -> None:
    dilys, ada = signed_in_as(scene.world.dilys), signed_in_as(scene.world.ada)
    assert "Takes tasks" in text_of(ada.get(reverse("teams")))
    assert ada.get(reverse("team-new")).status_code == 403
    response = dilys.post(reverse("team-new"), {"name": "Enhanced Access Team", "members": []})
    assert response.status_code == 422
    assert "Your organisation has a team of this name" in text_of(response)
    response = dilys.post(
        reverse("team-new"),
        {"name": "Secretaries", "allows_acceptance": "on", "members": [str(scene.world.ada.position_id)]},
        follow=True,
    )
    assert "The team is saved." in text_of(response)
    team = Team.objects.get(name="Secretaries")
    assert "checked" in text_of(dilys.get(reverse("team", args=[team.pk])))
    dilys.post(reverse("team", args=[team.pk]), {"name": "Secretaries", "is_closed": "on"})
    assert "is closed" in text_of(ada.get(reverse("teams")))


def test_the_inbox_asks_a_fixed_number_of_questions(scene: Scene, django_assert_max_num_queries: Any) -> None:
    ada = signed_in_as(scene.world.ada)
    ada.get(reverse("tasks"))
    with django_assert_max_num_queries(45):
        ada.get(reverse("tasks"))
