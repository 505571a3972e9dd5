"""When a reason is gone, everybody's kept copies go out, each patient's on their own."""

from __future__ import annotations

from datetime import datetime

import pytest

from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.operations import activate
from pcnhub.care.sharing.rules import ActivationState, AgreementKind, Side
from pcnhub.care.writeback.operations import sending
from pcnhub.foundations.jobs.models import Job, JobState
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import NOW, World, world
from tests.evening import outcomes, visitor
from tests.rooms.writeback.test_copies import at_practice, consulted, drain, switch

pytestmark = pytest.mark.django_db
WRITE_BACK = AgreementKind.WRITE_BACK


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    Party.objects.filter(agreement=made.agreements[WRITE_BACK], organisation=made.birch).update(
        formulary="Birch", prescribing_position=made.farah.position_id
    )
    return made


def test_one_patients_fault_holds_back_nobody_elses_copies(cast: World, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(cast, WRITE_BACK, cast.hub, ActivationState.INACTIVE)
    spoilt = visitor(cast, cast.patient_of_ash, cast.ash)
    consulted(cast, spoilt, "ash")
    consulted(cast, visitor(cast, cast.patient_of_birch, cast.birch), "birch", 20)
    drain()
    send = sending._send_in_order

    def fail_for_one(actor: Actor, now: datetime, patient_id: int) -> int:
        if patient_id == spoilt.pk:
            raise RuntimeError("a fault of the program")
        return send(actor, now, patient_id)

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_send_in_order", fail_for_one)
        activate(
            actor=cast.carys, now=NOW, agreement_id=cast.agreements[WRITE_BACK].pk, side=Side.USES, accepted_terms="1"
        )
        drain()
    assert (at_practice(cast.ash), at_practice(cast.birch)) == ([], [("birch", 1)])
    assert Job.objects.filter(fact__startswith="writeback.").exclude(state=JobState.DONE).count() == 1
    drain(minutes=120)
    assert at_practice(cast.ash) == [("ash", 1)]
    assert not Job.objects.filter(fact__startswith="writeback.").exclude(state=JobState.DONE).exists()
