"""Given a practice that gets its consultations by MESH, when nothing leaves or one comes back, then the hub's manager sees whose
move it is and takes it there in another way; and a practice's partner decides about a drug that waits. Given an agreement that is
inactive, what is kept goes out by itself once the practice has activated it, and an amendment replaces it there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from mesh_client import MeshClient
from pydantic import SecretStr

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.organisations.models import Account, Organisation
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.care.writeback.models import Drug
from pcnhub.care.writeback.operations import report_refused, report_sending, report_sent, set_window
from pcnhub.care.writeback.queries import copies_of_consultation
from pcnhub.connections.mesh.jobs import ask_to_poll
from pcnhub.demo import exchange as sandbox
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, system_for, world
from tests.entrances.client import give_permissions
from tests.evening import notes, outcomes, visitor, waiting
from tests.journeys.browser import Visit
from tests.journeys.test_consulting import Drain

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def cast(address: str) -> World:
    made = world()
    outcomes(made)
    for actor in (made.bilal, made.carys, made.dilys, made.farah):
        give_permissions(actor)
    Organisation.objects.filter(pk=made.ash.pk).update(system="EMIS")
    return made


def consulted(cast: World, now: datetime) -> int:
    """A finished consultation, whose report would leave at once."""
    set_window(actor=cast.carys, now=now, minutes=0)
    booking = waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), at=now)
    begun = consulting.start(actor=cast.bilal, now=now, booking_id=booking)
    revision = consulting.save_draft(actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=notes())
    consulting.finish(actor=cast.bilal, now=now, consultation_id=begun, revision=revision)
    return begun


def test_a_report_that_cannot_leave_goes_another_way_and_a_drug_is_decided(
    cast: World, visit: Visit, drain: Drain
) -> None:
    now = timezone.now()
    begun = consulted(cast, now)
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


def test_a_report_that_the_practice_refuses_is_work_for_somebody_until_it_is_there(
    cast: World, visit: Visit, drain: Drain
) -> None:
    now, hub = timezone.now(), system_for(cast.hub)
    begun = consulted(cast, now)
    drain()
    [copy] = copies_of_consultation(actor=cast.bilal, consultation_id=begun)
    report_sending(actor=hub, now=now, copy_id=copy.id)
    report_sent(actor=hub, now=now, copy_id=copy.id, message_id="M1")
    report_refused(
        actor=hub, now=now, copy_id=copy.id, code="10002", text="The practice has no patient of that number."
    )

    manager = visit("carys")
    assert "The practice has no patient of that number." in manager.page.inner_text("main"), "today's work"
    manager.follow("Where each consultation is")
    row = manager.page.locator("main tbody tr")
    for said in (
        "Came back",
        "no patient of that number",
        "send it again, or bring it",
        "Who can: a manager of the hub",
    ):
        assert said in row.inner_text(), said
    assert row.get_by_role("button", name="Send again").is_visible()
    manager.check("write-back-refused")
    manager.follow("Another way")
    manager.page.get_by_label("By hand").check()
    manager.page.get_by_label("Why another way?").fill("They look for the number themselves")
    manager.page.get_by_label("The practice has confirmed").check()
    manager.press("Note that the practice has it")
    assert "No copy waits for anybody" in manager.page.inner_text("main")
    clinician = visit("bilal", scripted=False)
    clinician.visit(f"/consultations/{begun}", "consultation-refused-and-taken-there")
    assert "sent it by hand" in clinician.page.inner_text("main")


def test_what_an_agreement_keeps_goes_out_once_it_is_active_and_an_amendment_replaces_it(
    cast: World, visit: Visit, drain: Drain
) -> None:
    Organisation.objects.filter(pk=cast.ash.pk).update(system="PCN Hub")
    agreement = cast.agreements[AgreementKind.COPY_CONSULTATION]
    Party.objects.filter(agreement=agreement, organisation=cast.ash).update(state=ActivationState.INACTIVE)
    begun = consulted(cast, timezone.now())
    drain()
    manager = visit("carys", scripted=False)
    page = manager.visit("/write-back/consultations?show=kept", "write-back-blocked")
    row = page.locator("main tbody tr")
    for said in ("Kept, not sent yet", agreement.name, "Ash Lane Surgery", "Who can:"):
        assert said in row.inner_text(), said
    practice = visit("dilys", scripted=False)
    practice.visit(f"/agreements/{agreement.pk}/activate")
    practice.page.get_by_label("I accept these terms").check()
    practice.press("Activate")
    drain()

    clinician = visit("bilal")
    clinician.visit(f"/consultations/{begun}")
    assert "In the practice's record" in clinician.page.inner_text("main")
    clinician.page.get_by_role("button", name="Amend").click()
    clinician.page.get_by_label("History", exact=True).fill("Cough for four days.")
    clinician.page.get_by_label("Why you amend it").fill("The patient called back")
    clinician.press("Save as a new version")
    assert clinician.page.get_by_role("heading", name="Version 2, the newest").is_visible()
    drain()
    clinician.visit(f"/consultations/{begun}", "consultation-replaced")
    clinician.page.get_by_text("replaced by version 2").click()
    assert "Version 2 has replaced it there." in clinician.page.inner_text("main")
    rows = manager.visit("/write-back/consultations?show=all", "write-back-replaced").locator("main tbody tr")
    assert [("has replaced it" in text, "Version 1," in text) for text in rows.all_inner_texts()] == [
        (False, False),
        (True, True),
    ]
    partner = visit("farah")
    partner.visit(f"/patients/{cast.patient_of_ash.pk}/record", "record-replaced")
    shown = partner.page.inner_text("main")
    assert shown.index("Amended, version 2") < shown.index("replaced by version 2")
    assert "Cough for four days." in shown


def test_while_the_exchange_is_away_nothing_is_shown_as_sent_and_then_it_leaves_once(
    cast: World, visit: Visit, drain: Callable[..., int], settings: Any, tmp_path: Path
) -> None:
    port, now = sandbox.free_port(), timezone.now()
    Account.objects.filter(username="bilal").update(sds_user_id="555021935107")
    settings.HUB = settings.HUB.model_copy(
        update={
            "mesh_url": f"http://127.0.0.1:{port}",  # where nobody listens yet
            "mesh_mailbox": (f"{cast.hub.ods_code}=X26HUB1",),
            "mesh_password": SecretStr("X26HUB1=a-password"),
            "mesh_shared_key": SecretStr("a-shared-key"),
            "mesh_seconds": 5,
        }
    )
    begun = consulted(cast, now)
    drain()
    ask_to_poll(now)  # as each minute: who asks in vain says so to whoever looks
    drain()
    manager, everything = visit("carys", scripted=False), "/write-back/consultations?show=all"
    row = manager.visit(everything, "write-back-exchange-away").locator("main tbody tr").inner_text()
    for said in (
        "Being sent",
        "Since ",
        "must leave by",
        "did not answer",
        "asked again by itself",
        "Who can, if it lasts:",
    ):
        assert said in row, said
    assert "Sent" not in row
    clinician = visit("bilal", scripted=False)
    clinician.visit(f"/consultations/{begun}", "consultation-exchange-away")
    assert "Being sent" in clinician.page.inner_text("main")

    boxes = {"X26HUB1": cast.hub.ods_code, "X26ASH1": cast.ash.ods_code}
    sandbox.write_mailboxes(tmp_path, boxes, password="a-password")
    sandbox.write_routes(tmp_path, {"9000000009": {"born": "19800412", "surname": "Smith", "mailbox": "X26ASH1"}})
    with sandbox.running(tmp_path, port, shared_key="a-shared-key") as address:
        for later in (30, 60):
            ask_to_poll(now + timedelta(minutes=later))
            drain(now + timedelta(minutes=later))
        with MeshClient(address, "X26ASH1", "a-password", shared_key=b"a-shared-key", max_retries=0) as there:
            assert len(there.list_messages()) == 1
    row = manager.visit(everything, "write-back-exchange-back").locator("main tbody tr").inner_text()
    assert "Sent, not answered yet" in row
    assert "did not answer" not in row
