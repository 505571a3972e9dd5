"""Given a team that listens, when a clinician sends a task, then the practice works it and the sender reads the receipts;
and when nobody is left in the team, the sender finds it come back. Given failed work, when a manager looks, then it is tried
again or dropped. Given an audit, then its organisation reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from pcnhub.care.tasks.operations import send
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs import outbox
from pcnhub.foundations.jobs.outbox import PermanentFailure, Told
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import world
from tests.conftest import FreshDatabase
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit
from tests.rooms.tasks.scene import make_scene

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_task_there_and_its_receipts_back(visit: Visit, drain: Callable[..., int]) -> None:
    scene = make_scene()
    for actor in (scene.world.ada, scene.world.bilal, scene.world.dilys):
        give_permissions(actor)
    bilal, ada = visit("bilal"), visit("ada")
    ada.visit("/tasks", "tasks-empty")
    page = bilal.visit(f"/tasks/new?patient={scene.hub_patient}", "task-new")
    bilal.press("Send")
    bilal.check("task-new-refused", status=422)
    page.get_by_label("Send to").select_option(label="Ash Lane Surgery: Enhanced Access Team")
    page.get_by_label("Type").select_option(label="Two-week-wait referral")
    page.get_by_label("Urgent").check()
    page.get_by_label("What is to be done").fill(
        "Please refer.\nThe patient knows to ring if nothing is heard by Wednesday."
    )
    bilal.press("Send")
    bilal.check("task-sent")
    drain()

    page = ada.visit("/tasks", "tasks-inbox")
    page.get_by_role("link", name="Two-week-wait referral").click()
    ada.check("task-delivered")
    plain = visit("ada", scripted=False)
    plain.beside(ada)
    plain.press("Accept")
    ada.beside(plain)
    ada.press("Start work")
    page.get_by_text("Finish it").click()
    page.get_by_label("Note to the sender").fill("Referred this morning.")
    page.get_by_role("button", name="Finish").click()
    ada.check("task-done")
    page = bilal.visit("/tasks/sent?show=closed", "tasks-sent")
    page.get_by_role("link", name="Two-week-wait referral").click()
    assert "Referred this morning." in bilal.check("task-receipts").inner_text("main")


def test_a_team_loses_its_members_and_its_senders_are_told(visit: Visit, drain: Callable[..., int]) -> None:
    scene, now = make_scene(), timezone.now()
    for actor in (scene.world.dilys, scene.world.bilal):
        give_permissions(actor)
    send(actor=scene.world.bilal, now=now, request=scene.asks(due_on=london_date(now) + timedelta(days=9)))
    drain()
    dilys = visit("dilys")
    page = dilys.visit("/teams", "teams")
    page.get_by_role("link", name="Change Enhanced Access Team").click()
    dilys.check("team")
    for name in ("Ada", "Farah"):
        page.get_by_label(f"{name} Cast").uncheck()
    dilys.press("Save")
    dilys.check("teams-deaf")
    assert "would not be seen" in page.inner_text("main")
    dilys.visit("/tasks", "tasks-deaf")
    dilys.visit("/audit", "audit")
    drain()
    bilal = visit("bilal", scripted=False)
    assert "came back" in bilal.page.inner_text("main"), "today's work"
    bilal.visit("/tasks/sent")
    bilal.follow("Test to arrange")
    assert "This task came back" in bilal.check("task-came-back").inner_text("main")
    page = bilal.visit(f"/tasks/new?patient={scene.hub_patient}", "task-to-nobody")
    page.get_by_text("Who you cannot send to now, and why").click()
    assert "Ash Lane Surgery: It has no team that could take a task now." in page.inner_text("main")


def test_failed_work_is_decided_about(visit: Visit, fresh_database: FreshDatabase) -> None:
    cast = world()
    give_permissions(cast.carys)
    fail_something(cast.carys)
    carys = visit("carys")
    page = carys.visit("/failures", "failures")
    page.get_by_role("link", name="Drop number").click()
    carys.press("Drop it")
    carys.check("failure-drop-refused", status=422)
    page.get_by_label("Why it shall not happen").fill("Told them by telephone.")
    carys.press("Drop it")
    assert "Nothing failed." in carys.check("failures-none").inner_text("main")
    with psycopg.connect(fresh_database.owner_url) as owner:
        assert owner.execute("select state from jobs_job").fetchall() == [("dropped",)]


def fail_something(actor: Actor) -> None:
    def fail(_told: Told) -> None:
        raise PermanentFailure("The mailbox is closed.", code="mailbox-closed", remedy="Ask them to open it.")

    before = {fact: dict(handlers) for fact, handlers in outbox._handlers.items()}
    outbox.wire({"tests.happened": {"tests.send": fail}})
    with unit_of_work(actor):
        outbox.publish(actor=actor, now=timezone.now(), fact="tests.happened", key="1", payload={"thing_id": 1})
    Worker("test", lambda _organisation, _request: actor).drain(now=timezone.now())
    outbox.wire(before)
