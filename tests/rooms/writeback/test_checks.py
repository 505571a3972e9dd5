"""CHK-51, CHK-68, CHK-69 and CHK-71: red for what is missing, green only when something was looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.consultations.checks import CHECKS as CONSULTATIONS
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.models import Organisation, Position
from pcnhub.care.patients.models import Patient
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.care.writeback import operations
from pcnhub.care.writeback.checks import CHECKS as WRITE_BACK
from pcnhub.care.writeback.operations import import_formulary
from pcnhub.care.writeback.queries import copies_of_consultation
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job, JobState
from pcnhub.foundations.kernel.findings import Finding, State
from tests.cast import NOW, World, system_for, world
from tests.evening import outcomes, visitor, waiting
from tests.rooms.writeback.test_copies import consulted, drain, switch

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    return made


@pytest.fixture
def visiting(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash)


def answer(cast: World, code: str, *, days: int = 0) -> Finding:
    now = LATER + timedelta(days=days)
    hub = organisations.network_of_hub(hub_id=cast.hub.pk, day=now.date())
    (found,) = (CONSULTATIONS | WRITE_BACK)[code](actor=system_for(cast.hub), hub=hub, now=now)
    assert (found.code, found.target) == (code, cast.hub.pk)
    return found


def test_nothing_finished_is_never_called_met(cast: World) -> None:
    assert answer(cast, "CHK-69").state is State.NOT_APPLICABLE
    assert answer(cast, "CHK-51").state is State.NOT_APPLICABLE


def test_chk_69_names_the_practice_that_lacks_copies_until_they_arrive(cast: World, visiting: Patient) -> None:
    consulted(cast, visiting)
    for days in (0, 90):  # the worker has not even picked it up: that ages out of nothing
        assert answer(cast, "CHK-69", days=days).state is State.UNMET
    switch(cast, AgreementKind.WRITE_BACK, cast.ash, ActivationState.INACTIVE)
    drain()
    for days in (0, 90):  # kept copies don't age out of the check
        found = answer(cast, "CHK-69", days=days)
        assert (found.state, found.fix and found.fix.page) == (State.UNMET, "writeback")
        assert "Ash Lane Surgery: 1" in found.evidence
    switch(cast, AgreementKind.WRITE_BACK, cast.ash, ActivationState.ACTIVE)
    consulted(cast, visiting, "another", 20)
    drain()
    assert answer(cast, "CHK-69").state is State.MET


def test_chk_71_is_red_for_a_copy_that_needs_a_person_and_for_a_failed_job(cast: World, visiting: Patient) -> None:
    assert answer(cast, "CHK-71").state is State.MET
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=visiting.pk).update(registered_patient=None)
    consulted(cast, visiting)
    drain()
    found = answer(cast, "CHK-71")
    assert (found.state, found.fix and found.fix.page) == (State.UNMET, "writeback-copies")
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=visiting.pk).update(registered_patient=cast.patient_of_ash)
    consulted(cast, visiting, "another", 20)
    Job.objects.filter(state=JobState.READY, handler="writeback.send").update(state=JobState.FAILED, finished_at=NOW)
    assert "1 write-back jobs have failed" in answer(cast, "CHK-71").evidence


def test_chk_51_is_red_for_somebody_seen_without_an_outcome(cast: World, visiting: Patient) -> None:
    consulted(cast, visiting)
    assert answer(cast, "CHK-51", days=1).state is State.MET
    waiting(cast, visiting, at=NOW + timedelta(minutes=30), status=BookingStatus.LEFT)
    found = answer(cast, "CHK-51", days=1)
    assert found.state is State.UNMET
    assert "1 of 2" in found.evidence


def of_practices(cast: World) -> dict[int, Finding]:
    hub = organisations.network_of_hub(hub_id=cast.hub.pk, day=NOW.date())
    found = WRITE_BACK["CHK-68"](actor=system_for(cast.hub), hub=hub, now=NOW)
    return {finding.target: finding for finding in found}


def test_chk_68_wants_settings_that_hold_and_a_list_behind_the_formularys_name(cast: World) -> None:
    birch = cast.birch.pk
    assert "No formulary" in of_practices(cast)[birch].evidence
    found = of_practices(cast)[cast.ash.pk]
    assert (found.state, found.fix and found.fix.page) == (State.UNMET, "formularies")
    import_formulary(
        actor=cast.dilys,
        now=NOW,
        name="ash lane formulary",
        file_name="f.csv",
        content=b"code,name\n323509004,Amoxicillin\n",
    )
    assert of_practices(cast)[cast.ash.pk].state is State.MET
    Position.objects.filter(pk=cast.farah.position_id or 0).update(job_category="Manager")
    assert "job category is not" in of_practices(cast)[cast.ash.pk].evidence
    Organisation.objects.filter(pk=birch).update(system="TPP")
    assert of_practices(cast)[birch].state is State.NOT_APPLICABLE


def test_a_report_within_its_time_is_in_order_and_one_past_it_is_not(cast: World, visiting: Patient) -> None:
    Organisation.objects.filter(pk=cast.ash.pk).update(system="EMIS")
    consultation_id = consulted(cast, visiting)
    drain()
    found = answer(cast, "CHK-69")
    assert (found.state, answer(cast, "CHK-71").state) == (State.MET, State.MET)
    assert "1 are on their way to practices elsewhere" in found.evidence
    assert {answer(cast, code, days=1).state for code in ("CHK-69", "CHK-71")} == {State.UNMET}
    (copy,) = copies_of_consultation(actor=cast.bilal, consultation_id=consultation_id)
    operations.sent_otherwise(actor=cast.carys, now=NOW, copy_id=copy.id, how="post", reason="No mailbox")
    found = answer(cast, "CHK-69", days=1)
    assert (found.state, answer(cast, "CHK-71", days=1).state) == (State.MET, State.MET)
    assert "1 went in another way" in found.evidence
