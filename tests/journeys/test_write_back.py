"""Given a practice that gets its consultations by MESH, when nothing can leave, then the hub's manager sees whose move it is and
takes it there in another way; and a practice's partner decides about a drug that waits."""

from __future__ import annotations

import pytest
from django.utils import timezone

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.writeback.models import Drug
from pcnhub.care.writeback.operations import set_window
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, system_for, world
from tests.entrances.client import give_permissions
from tests.evening import notes, outcomes, visitor, waiting
from tests.journeys.browser import Visit
from tests.journeys.test_consulting import Drain

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def cast(address: str) -> World:
    made = world()
    outcomes(made)
    for actor in (made.bilal, made.carys, made.dilys, made.farah):
        give_permissions(actor)
    Organisation.objects.filter(pk=made.ash.pk).update(system="EMIS")
    return made


def test_a_report_that_cannot_leave_goes_another_way_and_a_drug_is_decided(
    cast: World, visit: Visit, drain: Drain
) -> None:
    now = timezone.now()
    set_window(actor=cast.carys, now=now, minutes=0)
    booking = waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), at=now)
    begun = consulting.start(actor=cast.bilal, now=now, booking_id=booking)
    revision = consulting.save_draft(actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=notes())
    consulting.finish(actor=cast.bilal, now=now, consultation_id=begun, revision=revision)
    drain()
    clinician = visit("bilal")
    clinician.visit(f"/consultations/{begun}", "consultation-by-mesh")
    assert "Queued, not sent yet" in clinician.page.inner_text("main")

    manager = visit("carys")
    manager.visit("/write-back/consultations", "write-back-copies")
    assert "no MESH mailbox" in manager.page.inner_text("main")
    manager.page.get_by_role("link", name="Another way").click()
    manager.check("write-back-other-way")
    manager.press("Note that the practice has it")
    manager.check("write-back-other-way-wrong", status=422)
    manager.page.get_by_label("By post").check()
    manager.page.get_by_label("Why another way?").fill("There is no mailbox yet")
    manager.page.get_by_label("The practice has confirmed").check()
    manager.press("Note that the practice has it")
    manager.visit("/write-back/consultations?show=other", "write-back-copies-otherwise")
    assert "sent it by post" in manager.page.inner_text("main")
    manager.visit("/write-back/waiting-time", "write-back-waiting-time")

    with unit_of_work(system_for(cast.ash)):
        Drug.objects.create(
            organisation=cast.ash, source_organisation=cast.hub, patient=cast.patient_of_ash, source_key="k", version=1,
            code="48603004", term="Warfarin", directions="3 mg", state="waiting", reason="It is not in the formulary Ash.",
            mentioned_at=now, mentioned_by="Bilal Cast", arrived_at=now,
        )  # fmt: skip
    partner = visit("farah")
    partner.visit("/write-back/drugs", "drugs")
    partner.page.get_by_role("link", name="Warfarin").click()
    partner.check("drug")
    partner.page.get_by_label("Under whose name?").select_option(index=1)
    partner.press("Enter it")
    assert "No drug waits" in partner.page.inner_text("main")
    visit("dilys").visit("/write-back/formularies", "formularies")
