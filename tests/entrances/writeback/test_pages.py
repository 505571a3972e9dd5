"""Finished against acknowledged, as a hub and as a practice see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pcnhub.care.consultations import operations as consulting
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.patients.models import Patient
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import ActivationState, AgreementKind
from pcnhub.care.writeback.models import Drug
from pcnhub.care.writeback.queries import outstanding
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import World, system_for, world
from tests.entrances.client import signed_in_as
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db


def actor_for(organisation_id: int, request_id: str) -> Actor:
    return organisations.system_actor_for(organisation_id=organisation_id, request_id=request_id)


def drain() -> None:
    Worker("test", actor_for).drain(now=timezone.now())


def switch(cast: World, state: ActivationState) -> None:
    Party.objects.filter(agreement=cast.agreements[AgreementKind.WRITE_BACK], organisation=cast.ash).update(state=state)


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    visitor(made, made.patient_of_ash, made.ash)
    consulted(made)
    return made


def consulted(cast: World, minutes: int = 0) -> None:
    """One more finished consultation of the visitor, in a slot so many minutes from now."""
    now = timezone.now()
    with unit_of_work(system_for(cast.hub)):
        patient = Patient.objects.select_related("registered_practice").get(organisation=cast.hub)
    booking = waiting(cast, patient, at=now + timedelta(minutes=minutes))
    begun = consulting.start(actor=cast.bilal, now=now, booking_id=booking)
    revision = consulting.save_draft(actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=notes())
    consulting.finish(actor=cast.bilal, now=now, consultation_id=begun, revision=revision)


def test_the_hub_sees_the_difference_named_and_tries_again(cast: World) -> None:
    switch(cast, ActivationState.INACTIVE)
    client = signed_in_as(cast.carys)
    assert "Not picked up yet" in client.get("/write-back").content.decode()
    drain()
    page = client.get("/write-back").content.decode()
    assert "1 outstanding" in page
    assert "is not active at Ash Lane Surgery" in page
    assert "Smith" not in page
    (copy,) = outstanding(actor=cast.bilal)
    switch(cast, ActivationState.ACTIVE)
    tried = client.post(f"/write-back/copies/{copy.id}/retry", {"next": "/write-back"}, follow=True)
    assert "tried again" in tried.content.decode()
    drain()
    assert "Everything arrived" in client.get("/write-back").content.decode()


def test_the_practice_sees_its_own_under_the_agreement(cast: World) -> None:
    drain()
    page = signed_in_as(cast.dilys).get("/write-back").content.decode()
    assert "1 finished, 1 acknowledged" in page
    switch(cast, ActivationState.INACTIVE)
    refused = signed_in_as(cast.dilys).get("/write-back").content.decode()
    assert "is not active at Ash Lane Surgery" in refused
    assert "1 finished" not in refused


def test_the_page_asks_the_same_number_of_questions_however_many_there_are(cast: World) -> None:
    client = signed_in_as(cast.carys)
    asked = []
    for minutes in (20, 40):
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/write-back").status_code == 200
        asked.append(len(queries))
        consulted(cast, minutes)
    assert asked[0] == asked[1] <= 40


def test_an_outsider_sees_nothing_and_retries_nothing(cast: World) -> None:
    switch(cast, ActivationState.INACTIVE)
    drain()
    (copy,) = outstanding(actor=cast.bilal)
    charlie = signed_in_as(cast.charlie)
    page = charlie.get("/write-back")
    assert page.status_code == 200
    assert "Ash Lane" not in page.content.decode()
    assert charlie.post(f"/write-back/copies/{copy.id}/retry").status_code == 404
    assert signed_in_as(cast.ada).get("/write-back").status_code == 403


def test_retry_never_leads_off_the_site(cast: World) -> None:
    switch(cast, ActivationState.INACTIVE)
    drain()
    (copy,) = outstanding(actor=cast.bilal)
    answer = signed_in_as(cast.carys).post(f"/write-back/copies/{copy.id}/retry", {"next": "//evil.example/x"})
    assert answer.headers["Location"] == "/write-back"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("day_from-day=31&day_from-month=2&day_from-year=2026", "real date"),
        (
            "day_from-day=2&day_from-month=3&day_from-year=2026&day_to-day=1&day_to-month=3&day_to-year=2026",
            "before the first",
        ),
    ],
)
def test_wrong_days_are_named(cast: World, query: str, said: str) -> None:
    page = signed_in_as(cast.carys).get(f"/write-back?{query}")
    assert page.status_code == 422
    assert said in page.content.decode()


def test_every_consultation_says_where_its_copy_is_and_another_way_is_noted_by_name(cast: World) -> None:
    switch(cast, ActivationState.INACTIVE)
    client = signed_in_as(cast.carys)
    going = client.get("/write-back/consultations?show=going").content.decode()
    assert "Not picked up yet" in going
    assert "There is none of this kind" not in going
    drain()
    assert "No copy waits for anybody" in client.get("/write-back/consultations").content.decode()
    listed = client.get(f"/write-back/consultations?show=kept&practice={cast.ash.ods_code}").content.decode()
    assert "Kept, not sent yet" in listed
    assert "Who can: an agreement manager at Ash Lane Surgery" in listed
    assert "Smith" not in listed
    (copy,) = outstanding(actor=cast.bilal)
    address = f"/write-back/copies/{copy.id}/other-way"
    assert signed_in_as(cast.bilal).get(f"/write-back/copies/{copy.id}/report.pdf").content[:5] == b"%PDF-"
    refused = client.post(address, {"how": "post", "reason": ""})
    assert refused.status_code == 422
    assert "Confirm that the practice has it" in refused.content.decode()
    for stranger, code in ((cast.charlie, 404), (cast.ada, 403)):
        assert signed_in_as(stranger).post(address, {"how": "post"}).status_code == code
    done = client.post(address, {"how": "post", "reason": "They have no mailbox", "is_confirmed": "on"}, follow=True)
    assert "sent in another way" in done.content.decode()
    assert "Carys Cast sent it by post" in client.get("/write-back/consultations?show=other").content.decode()
    assert "1 sent in another way" in client.get("/write-back").content.decode()
    assert client.post(address, {"how": "post", "reason": "Twice", "is_confirmed": "on"}).status_code == 409


def test_a_manager_says_how_long_reports_wait(cast: World) -> None:
    client = signed_in_as(cast.carys)
    assert client.post("/write-back/waiting-time", {"minutes": "2000"}).status_code == 422
    assert "Saved" in client.post("/write-back/waiting-time", {"minutes": "60"}, follow=True).content.decode()
    assert 'value="60"' in client.get("/write-back/waiting-time").content.decode()
    assert signed_in_as(cast.ada).get("/write-back/waiting-time").status_code == 403


def test_a_practice_brings_in_its_formulary_and_decides_about_what_waits(cast: World) -> None:
    manager, partner = signed_in_as(cast.dilys), signed_in_as(cast.farah)
    wrong = {"name": "Ash", "file": ContentFile(b"code,name\nabc,x\n", "f.csv")}
    assert "no dm+d or SNOMED CT" in manager.post("/write-back/formularies", wrong).content.decode()
    right = {"name": "Ash", "file": ContentFile(b"code,name\n323509004,Amoxicillin\n", "f.csv")}
    assert "1 drugs now" in manager.post("/write-back/formularies", right, follow=True).content.decode()
    with unit_of_work(system_for(cast.ash)):
        waiting_one = Drug.objects.create(
            organisation=cast.ash, source_organisation=cast.hub, patient=cast.patient_of_ash, source_key="Y07108:consultation:1",
            version=1, code="48603004", term="Warfarin", state="waiting", reason="It is not in the formulary Ash.",
            mentioned_at=timezone.now(), mentioned_by="Bilal Cast", arrived_at=timezone.now(),
        )  # fmt: skip
    assert "1 drug to enter or decline" in partner.get("/").content.decode()
    listed = partner.get("/write-back/drugs").content.decode()
    assert "SMITH, Jane" in listed
    assert "It is not in the formulary Ash." in listed
    address = f"/write-back/drugs/{waiting_one.pk}"
    for stranger in (cast.charlie, cast.bilal):
        assert signed_in_as(stranger).get(address).status_code == 404
    assert "Choose under whose name" in partner.post(address, {"decision": "file"}).content.decode()
    done = partner.post(address, {"decision": "file", "position": cast.farah.position_id}, follow=True)
    assert "in the medication list" in done.content.decode()
    assert partner.post(address, {"decision": "decline", "reason": "Twice"}).status_code == 409
