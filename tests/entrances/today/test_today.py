"""The start page: each position sees its own work, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pcnhub.care.appointments.rules import BookingStatus
from pcnhub.care.consultations.operations import start
from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.entrances.staff.today import views
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_instant
from tests.cast import World, world
from tests.entrances.client import signed_in_as
from tests.evening import visitor, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return world()


def this_evening(hour: int = 18, minute: int = 30) -> datetime:
    return london_instant(timezone.localdate(), time(hour, minute))


def today(actor: Actor) -> str:
    answer = signed_in_as(actor).get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_hub_clinician_sees_their_sessions_patients_and_drafts(cast: World) -> None:
    jane = visitor(cast, cast.patient_of_ash, cast.ash)
    peter = visitor(cast, cast.patient_of_birch, cast.birch)
    first = waiting(cast, jane, at=this_evening())
    waiting(cast, peter, at=this_evening(19, 0), status=BookingStatus.LEFT)
    draft = start(actor=cast.bilal, now=timezone.now(), booking_id=first)
    page = today(cast.bilal)
    assert "18:30 to 18:45 EA evening, Bilal Cast" in page
    assert "18:30 Jane Smith" in page
    assert f"/bookings/{first}" in page
    assert "Peter Jones" not in page, "he has left"
    assert f"/consultations/{draft}" in page
    assert "Nothing waits" in page


def test_who_else_works_at_the_hub_does_not_see_the_clinicians_patients(cast: World) -> None:
    waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), at=this_evening())
    page = today(cast.carys)
    assert "Sessions today" in page
    assert "EA evening, Bilal Cast" in page
    assert "Jane Smith" not in page


def test_a_receptionist_sees_their_patients_at_the_hub_and_no_other_practices(cast: World) -> None:
    booking = waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), at=this_evening())
    waiting(cast, visitor(cast, cast.patient_of_birch, cast.birch), at=this_evening(19, 0))
    page = today(cast.ada)
    assert "18:30 Jane Smith" in page
    assert f"/bookings/{booking}" in page
    assert "Peter Jones" not in page
    assert 'action="/patients"' in page
    assert "Task" in page


def test_who_the_agreement_leaves_out_is_told_so_and_reads_the_rest(cast: World) -> None:
    waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), at=this_evening())
    appointments = Agreement.objects.filter(pk=cast.agreements[AgreementKind.APPOINTMENTS].pk)
    appointments.update(allowed_job_categories=["Receptionist"])
    page = today(cast.ada)
    assert "Jane Smith" not in page
    assert "does not include your job category" in page
    assert 'action="/patients"' in page


def test_charlie_sees_nothing_of_the_network(cast: World) -> None:
    waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash), at=this_evening())
    page = today(cast.charlie)
    for word in ("Jane Smith", "Bilal", "Riverside", "EA evening"):
        assert word not in page, word


def test_a_practice_manager_sees_the_agreements_that_wait_for_them(cast: World) -> None:
    assert "your organisation has done its part" in today(cast.dilys)
    agreement = cast.agreements[AgreementKind.CARE_RECORD]
    Party.objects.filter(agreement=agreement, organisation=cast.ash).update(state=ActivationState.CREATED)
    page = today(cast.dilys)
    assert agreement.name in page
    assert "Activate" in page
    assert agreement.name not in today(cast.carys), "the hub has done its part"


def test_a_manager_sees_readiness_and_failures(cast: World) -> None:
    Job.objects.create(
        fact="tests.failed", handler="none", payload={}, organisation_id=cast.hub.pk, caused_by="test",
        dedup_key="today", state="failed", run_after=timezone.now(), created_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip
    page = today(cast.carys)
    assert "Not ready: " in page
    assert "Blocks" in page
    assert "1 piece of work failed" in page
    assert "Nothing failed" in today(cast.dilys), "it is the hub's"


def test_a_position_without_any_activity_is_told_what_to_do(cast: World) -> None:
    page = today(replace(cast.efe, permissions=frozenset()))
    assert "look at your activities" in page


def test_the_page_states_its_queries(
    cast: World, django_assert_max_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the watch, which is asked from noon on and states its own (tests/insight/watch)."""
    monkeypatch.setattr(views, "foreseen", lambda _: None)
    browser = signed_in_as(cast.carys)
    with django_assert_max_num_queries(60):
        browser.get("/")
