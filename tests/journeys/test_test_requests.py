"""Given tests that a hub can't order, when the clinician asks for them in the evening, then the practice orders in the morning,
and neither side can lose sight of it in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from pcnhub.care.consultations.operations import start
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import system_for
from tests.entrances.client import give_permissions
from tests.evening import waiting
from tests.journeys.browser import Visit
from tests.rooms.tasks.scene import make_scene

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_asked_in_the_evening_ordered_in_the_morning(visit: Visit, drain: Callable[..., int]) -> None:
    scene, now = make_scene(), timezone.now()
    for actor in (scene.world.ada, scene.world.bilal):
        give_permissions(actor)
    with unit_of_work(system_for(scene.world.hub)):
        patient = Patient.objects.get(pk=scene.hub_patient)
    begun = start(actor=scene.world.bilal, now=now, booking_id=waiting(scene.world, patient, at=now))
    bilal, ada = visit("bilal"), visit("ada", scripted=False)
    bilal.visit(f"/consultations/{begun}")
    bilal.follow("Ask the practice for tests")
    bilal.check("test-request-new")
    bilal.press("Ask the practice")
    page = bilal.check("test-request-refused", status=422)
    page.get_by_label("Tests").fill("Full blood count\nFerritin")
    page.get_by_label("Clinical details").fill("Tired for six weeks. Please tell her the result.")
    bilal.press("Ask the practice")
    bilal.check("test-request-asked")
    drain()

    page = ada.visit("/tasks")
    page.get_by_role("link", name="Test to arrange").click()
    ada.press("Accept")
    page.get_by_text("Finish it").click()
    ada.press("Finish")
    ada.check("test-request-task-held", status=409)
    page.go_back()
    ada.follow("Answer on the test request: order, result or refusal")
    page.get_by_label("Reference of the order").fill("LAB-2211")
    ada.press("Record the order")
    ada.check("test-request-ordered")
    ada.follow("The task that carries it")
    page.get_by_text("Finish it").click()
    ada.press("Finish")
    page.get_by_text("The task is done").wait_for()

    page = bilal.visit("/test-requests", "test-requests")
    page.get_by_role("link", name="Full blood count and 1 more").click()
    assert "LAB-2211" in bilal.check("test-request-at-hub").inner_text("main")
