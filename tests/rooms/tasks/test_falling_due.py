"""Which tasks run out of time before an instant, for either end, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pcnhub.care.tasks import operations
from pcnhub.care.tasks.queries import falling_due
from tests.cast import NOW, system_for
from tests.rooms.tasks.scene import make_scene

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def test_a_task_falls_due_to_be_accepted_and_then_to_be_done() -> None:
    scene = make_scene()
    hub, ash, outside = (system_for(each) for each in (scene.world.hub, scene.world.ash, scene.world.outside))
    task_id = scene.delivered()
    [due] = falling_due(actor=hub, before=EVENING)
    assert (due.id, due.receiver.id, due.due_at, due.is_accepted, due.is_urgent) == (
        task_id, scene.world.ash.pk, NOW + timedelta(hours=4), False, True,
    )  # fmt: skip
    assert falling_due(actor=ash, before=EVENING) == (due,)
    assert falling_due(actor=hub, before=due.due_at) == ()
    assert falling_due(actor=outside, before=EVENING) == ()
    operations.accept(actor=scene.world.ada, now=NOW, task_id=task_id, version=2)
    assert falling_due(actor=hub, before=EVENING) == ()
    [later] = falling_due(actor=hub, before=EVENING + timedelta(days=3))
    assert (later.is_accepted, later.due_at) == (True, datetime(2026, 11, 26, tzinfo=UTC))
