"""Whose patient somebody is whom two practices hold: the service is asked, for one from the page, for all by the worker."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients.operations.imports import ask_claims
from pcnhub.care.patients.queries import claims
from pcnhub.care.patients.queries.claims import DecisionView
from pcnhub.connections.pds import claiming
from pcnhub.connections.pds.claiming import Said
from pcnhub.connections.pds.refusals import NotConfigured
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.refusals import NotFound
from tests.cast import NOW, World, patient
from tests.counterparts.pds import Counterpart
from tests.counterparts.pds_people import Entry, number, person
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db
LEE, POE = number(701), number(702)
BORN = date(1971, 6, 5)


@pytest.fixture(autouse=True)
def claimed_twice(w: World) -> None:
    for practice in (w.ash, w.birch):
        patient(practice, LEE, "Ann", "Lee", BORN)


def decision(w: World) -> DecisionView | None:
    return claims(actor=w.carys, now=NOW).items[0].decision


def test_the_service_decides_and_its_word_is_on_record(w: World, service: Counterpart) -> None:
    service.has(person(LEE, "Lee", "Ann", BORN, practice=w.birch.ods_code))
    answer = signed_in_as(w.carys).post(reverse("import-claims-ask"), {"claim": LEE}, follow=True)
    assert "says the Personal Demographics Service" in answer.content.decode()
    decided = decision(w)
    assert decided is not None
    assert (decided.practice_id, decided.source, decided.decided_by) == (w.birch.pk, "pds", w.carys.name)
    with unit_of_work(w.carys):
        acts = AuditEvent.objects.filter(nhs_number=LEE).values_list("action", "purpose")
        assert {("pds.read", "administration"), ("patients.claim-decided", "administration")} <= set(acts)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (None, Said.UNKNOWN),
        (person(LEE, "Lee", "Ann", BORN, practice="Y99999"), Said.ELSEWHERE),
        (person(LEE, "Khan", "Omar", date(1950, 1, 2), practice="A81001"), Said.ANOTHER),
        (person(LEE, "Lee", "Ann", BORN, practice="A81001", died="2026-01-02"), Said.DECEASED),
        (person(LEE, "Lee", "Ann", BORN, practice="", restricted=True), Said.WITHHELD),
    ],
)
def test_what_is_not_plain_is_left_to_a_person(w: World, service: Counterpart, entry: Entry | None, said: Said) -> None:
    if entry:
        service.has(entry)
    assert claiming.ask(actor=w.carys, now=NOW, nhs_number=LEE) is said
    assert decision(w) is None


def test_all_are_asked_about_by_the_worker_but_whom_somebody_decided(w: World, service: Counterpart) -> None:
    for practice in (w.ash, w.birch):
        patient(practice, POE, "Ida", "Poe", BORN)
    service.has(person(LEE, "Lee", "Ann", BORN, practice=w.ash.ods_code))
    claiming.ask(actor=w.carys, now=NOW, nhs_number=LEE)
    service.has(person(POE, "Poe", "Ida", BORN, practice=w.birch.ods_code))
    assert ask_claims(actor=w.carys, now=NOW) == 1
    Worker("test", lambda at, _: system_actor_for(organisation_id=at)).drain(now=NOW + timedelta(minutes=1))
    found = {each.nhs_number: each.decision for each in claims(actor=w.carys, now=NOW).items}
    assert {nhs_number: made and made.practice_id for nhs_number, made in found.items()} == {
        LEE: w.ash.pk,
        POE: w.birch.pk,
    }


def test_nobody_is_asked_about_whom_no_two_practices_claim(w: World, service: Counterpart) -> None:
    for nobody in ("9000000009", POE, "a\0b", ""):
        with pytest.raises(NotFound):
            claiming.ask(actor=w.carys, now=NOW, nhs_number=nobody)
    with pytest.raises(NotFound):
        claiming.ask(actor=w.charlie, now=NOW, nhs_number=LEE)
    assert signed_in_as(w.ada).post(reverse("import-claims-ask"), {"claim": LEE}).status_code == 403
    assert service.asked == []


def test_a_silent_service_leaves_the_claim_and_says_so(w: World, service: Counterpart) -> None:
    service.__exit__(None, None, None)
    answer = signed_in_as(w.carys).post(reverse("import-claims-ask"), {"claim": LEE}, follow=True)
    assert "Try again in a few minutes" in answer.content.decode()
    assert decision(w) is None


def test_without_the_national_service_it_is_not_offered_and_the_page_says_why(w: World) -> None:
    page = signed_in_as(w.carys).get(reverse("import-claims")).content.decode()
    assert "Ask the national service" not in page
    assert "is not connected here" in page
    with pytest.raises(NotConfigured):
        claiming.ask(actor=w.carys, now=timezone.now(), nhs_number=LEE)
    answer = signed_in_as(w.carys).post(reverse("import-claims-ask"), {"all": "yes"}, follow=True)
    assert "is not connected here" in answer.content.decode()
