"""Whom each piece of news about tasks, copies and records concerns: people of that end, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pcnhub.care.consultations.operations import start
from pcnhub.care.organisations.models import Organisation, Position
from pcnhub.care.patients.models import Patient
from pcnhub.care.tasks import operations
from pcnhub.connections.mail.jobs import (
    on_copy_needs_person,
    on_document_altered,
    on_document_quarantined,
    on_notice_asked,
    on_permission_overridden,
)
from pcnhub.connections.mail.models import Notice
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told
from tests.cast import NOW, person, system_for
from tests.entrances.client import give_permissions
from tests.evening import waiting
from tests.rooms.tasks.scene import Scene, make_scene, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def told(**wanted: object) -> list[tuple[str, str, bool]]:
    """Who was told what, as (username, kind, urgent)."""
    rows = Notice.objects.filter(**wanted).select_related("account").order_by("pk")
    return [(row.account.username if row.account else "", row.kind, row.is_urgent) for row in rows]


def test_who_can_accept_is_told_at_once_while_open(scene: Scene) -> None:
    scene.delivered()
    assert sorted(told()) == [("ada", "task-waits", True), ("farah", "task-waits", True)]


def test_a_comment_is_told_to_the_other_end(scene: Scene) -> None:
    task_id = scene.delivered()
    operations.comment(actor=scene.world.bilal, now=NOW, task_id=task_id, text="She is away on Friday.")
    work(NOW)
    assert sorted(told(kind="task-commented")) == [("ada", "task-commented", False), ("farah", "task-commented", False)]
    Notice.objects.all().delete()
    operations.accept(actor=scene.world.ada, now=NOW, task_id=task_id, version=2)
    operations.comment(actor=scene.world.ada, now=NOW, task_id=task_id, text="Thursday, then.")
    work(NOW)
    assert told() == [("bilal", "task-commented", False)]


def test_what_comes_back_is_told_to_its_sender_or_to_managers_once_they_left(scene: Scene) -> None:
    for key in ("a", "b"):
        task_id = scene.delivered(idempotency_key=key)
        operations.reject(actor=scene.world.ada, now=NOW, task_id=task_id, version=2, reason="Done")
        if key == "b":
            Position.objects.filter(pk=scene.world.bilal.position_id or 0).update(ends_on=NOW.date())
            give_permissions(scene.world.carys)
        work(NOW)
    assert told(kind="task-came-back") == [("bilal", "task-came-back", True), ("carys", "task-came-back", True)]


def test_news_of_copies_records_and_protocols(scene: Scene) -> None:
    cast = scene.world
    give_permissions(cast.carys)
    give_permissions(cast.dilys)
    Organisation.objects.filter(pk=cast.ash.pk).update(email="ash@example.nhs.uk")
    with unit_of_work(system_for(cast.hub)):
        seen = Patient.objects.get(pk=scene.hub_patient)
    consultation = start(actor=cast.bilal, now=NOW, booking_id=waiting(cast, seen))
    hub, ash = system_for(cast.hub), system_for(cast.ash)
    for handler, actor, payload in (
        (on_copy_needs_person, hub, {"copy_id": 1}),
        (on_permission_overridden, ash, {"permission_id": 1}),
        (on_notice_asked, hub, {"consultation_id": consultation}),
        (on_document_altered, ash, {"document_id": 1}),
        (on_document_altered, ash, {"document_id": 1}),
        (on_document_quarantined, ash, {"document_id": 1}),
    ):
        with unit_of_work(actor):
            handler(Told("fact", payload, actor, NOW, 1, "fact:1"))
    assert told(organisation=cast.hub.pk) == [("carys", "copy-needs-person", False)]
    about_documents = ("document-altered", "document-quarantined")
    assert sorted(told(organisation=cast.ash.pk, kind__in=about_documents)) == [
        (each, kind, True) for each in ("dilys", "farah") for kind in about_documents
    ]
    assert [each for each in told(organisation=cast.ash.pk) if each[1] not in about_documents] == [
        ("dilys", "permission-overridden", True), ("", "protocol", True),
    ]  # fmt: skip


def test_a_weekend_two_week_wait_by_the_clock(scene: Scene) -> None:
    """`domain.md` 12.2 A14, as people are told of it; the history is in tests/rooms/tasks."""
    saturday = datetime(2026, 11, 28, 16, 50, tzinfo=UTC)
    wish = scene.asks(kind="two-week-wait-referral", due_on=saturday.date() + timedelta(days=2))
    operations.send(actor=scene.world.bilal, now=saturday, request=wish)
    work(saturday)
    assert told() == [], "nobody is there"
    work(datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
    assert sorted(told()) == [("ada", "task-waits", True), ("farah", "task-waits", True)]
    gwen = person("gwen", scene.world.ash, set())
    assert gwen.account_id not in Notice.objects.values_list("account", flat=True)
