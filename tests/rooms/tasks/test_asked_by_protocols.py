"""A task that is sent from a consultation satisfies the protocol that asks for it; one about something else does not."""

from __future__ import annotations

import pytest

from pcnhub.care.consultations import operations as consultations
from pcnhub.care.consultations.queries.deeds import deeds_of
from pcnhub.care.consultations.rules.protocols import Deed, DeedKind
from pcnhub.care.patients.models import Patient
from pcnhub.care.tasks.operations import reject, undo
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW
from tests.evening import outcomes, waiting
from tests.rooms.tasks.scene import Scene, work

pytestmark = pytest.mark.django_db


def test_a_task_is_put_on_record_with_its_consultation(scene: Scene) -> None:
    bilal = scene.world.bilal
    outcomes(scene.world)
    with unit_of_work(bilal):
        visiting = Patient.objects.get(pk=scene.hub_patient)
    begun = consultations.start(actor=bilal, now=NOW, booking_id=waiting(scene.world, visiting))
    scene.sent()  # about the patient, and not from the consultation
    assert deeds_of(actor=bilal, consultation_ids=[begun])[begun] == ()
    asked = {
        "patient_id": None,
        "consultation_id": begun,
        "kind": "two-week-wait-referral",
        "idempotency_key": "wish-2",
    }
    task_id = scene.sent(**asked)
    assert task_id == scene.sent(**asked)  # the same wish twice is one task, and one deed
    assert deeds_of(actor=bilal, consultation_ids=[begun])[begun] == (
        Deed(DeedKind.TASK, what="two-week-wait-referral", priority="urgent"),
    )
    work(NOW)
    reject(actor=scene.world.ada, now=NOW, task_id=task_id, version=2, reason="Not ours")
    work(NOW)
    assert deeds_of(actor=bilal, consultation_ids=[begun])[begun] == ()  # nobody works on it: it is asked for again
    undo(actor=scene.world.ada, now=NOW, task_id=task_id, version=3)
    work(NOW)
    assert len(deeds_of(actor=bilal, consultation_ids=[begun])[begun]) == 1
