"""The demographics port with its local driver: whom it knows, whom it doesn't, and what it says of them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection

from pcnhub.care.patients.models import Patient
from pcnhub.care.sharing.models import Party
from pcnhub.connections.pds.loading import load
from pcnhub.connections.pds.local import asking_for
from pcnhub.connections.pds.models import Person
from pcnhub.connections.pds.tracing import trace
from pcnhub.connections.pds.words import Outcome, PersonData, is_verified
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import NhsNumber
from tests.cast import NOW, World, system_for, world
from tests.connections.pds.extracts import ALIVE, DEAD, NOWHERE, OLD, PROTECTED, VOID, whole

pytestmark = pytest.mark.django_db
BORN = {
    ALIVE: date(1952, 5, 31), DEAD: date(1992, 7, 2), PROTECTED: date(1953, 11, 2), NOWHERE: date(1977, 6, 12),
    OLD: date(1952, 5, 31), VOID: date(1990, 1, 1),
}  # fmt: skip


@pytest.fixture
def w() -> World:
    return world()


def asked(actor: Actor, number: str | None, **more: Any) -> Any:
    given: dict[str, Any] = {
        "birth_date": BORN.get(number or "", date(1980, 4, 12)),
        "family_name": "X",
        "given_name": "Y",
    } | more
    return trace(actor=actor, now=NOW, nhs_number=NhsNumber(number or ""), **given)


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (ALIVE, Outcome.MATCHED), (DEAD, Outcome.DECEASED), (PROTECTED, Outcome.SENSITIVE), (NOWHERE, Outcome.MATCHED),
        (OLD, Outcome.SUPERSEDED), (VOID, Outcome.INVALID), ("9990000034", Outcome.NOT_FOUND),
    ],
)  # fmt: skip
def test_the_extract_answers_for_whom_it_has(w: World, number: str, outcome: Outcome) -> None:
    load(now=NOW, content=whole())
    found = asked(w.bilal, number)
    assert found.outcome is outcome
    assert (found.person is not None) is (outcome is Outcome.MATCHED)


def test_what_is_said_of_a_person(w: World) -> None:
    load(now=NOW, content=whole())
    assert asked(w.bilal, ALIVE).person == PersonData(
        nhs_number=NhsNumber(ALIVE), given_name="Minnie", family_name="DAWES", birth_date=date(1952, 5, 31), title="Mrs",
        address_lines=("24 GRAMMAR SCHOOL ROAD", "BRIGG"), postcode="DN20 8AF", practice_ods="A21472",
    )  # fmt: skip


def test_a_stranger_learns_neither_death_nor_protection(w: World) -> None:
    load(now=NOW, content=whole())
    for number in (ALIVE, DEAD, PROTECTED):
        assert asked(w.bilal, number, birth_date=date(1901, 1, 1)).outcome is Outcome.NOT_MATCHING


def test_a_hub_is_told_of_patients_whom_it_may_see(w: World) -> None:
    """Imported by a practice that shares with the hub; with the agreement gone, nobody is known."""
    number = w.patient_of_ash.nhs_number
    found = asked(w.bilal, number)
    assert (found.outcome, found.person.practice_ods) == (Outcome.MATCHED, "A81001")
    Party.objects.update(state="inactive")
    assert asked(w.bilal, number).outcome is Outcome.NOT_FOUND


def test_charlie_is_told_of_nobody(w: World) -> None:
    for patient in (w.patient_of_ash, w.patient_of_birch):
        assert asked(w.charlie, patient.nhs_number, birth_date=patient.birth_date).outcome is Outcome.NOT_FOUND


def test_a_practices_protected_or_dead_patient(w: World) -> None:
    number = w.patient_of_ash.nhs_number
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(is_sensitive=True)
    assert asked(w.bilal, number).outcome is Outcome.NOT_FOUND  # the hub doesn't see the row
    assert asked(w.ada, number).outcome is Outcome.NOT_FOUND  # a practice's own reception may not know of her either
    assert asked(system_for(w.ash), number).outcome is Outcome.SENSITIVE
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(
            is_sensitive=False, registration_state="deceased", died_on=NOW.date()
        )
    assert asked(w.bilal, number).outcome is Outcome.DECEASED


def test_without_a_driver_nobody_can_be_asked(w: World, settings: Any) -> None:
    settings.PDS_DRIVER = "none"
    assert asked(w.bilal, w.patient_of_ash.nhs_number).outcome is Outcome.UNAVAILABLE


def test_each_trace_is_on_record_without_a_name(w: World) -> None:
    load(now=NOW, content=whole())
    asked(w.bilal, DEAD, family_name="PHELAN")
    with unit_of_work(w.bilal):
        row = AuditEvent.objects.get(action="pds.traced")
    assert (row.user, row.nhs_number) == (w.bilal.user, DEAD)
    assert json.loads(row.detail) == {"driver": "local", "outcome": "deceased"}
    assert "PHELAN" not in str(row.__dict__)


@pytest.mark.parametrize(
    ("birth_date", "family_name", "given_name", "verified"),
    [
        ("1952-05-31", "Anything", "At all", True),
        ("1952-05-30", "DAWES", "Minnie", True),
        ("1952-04-30", "DAWES", "Minnie", False),
        ("1953-05-31", "dawson", "m", True),
        ("1953-05-31", "Dow", "Minnie", False),
        ("1953-05-31", "DAWES", "Annie", False),
        ("1953-05-31", "DA", "Minnie", False),
        ("1953-05-31", "", "", False),
        ("1952-07-31", "D'Awes", "Minnie", True),
    ],
)
def test_when_a_number_is_verified(birth_date: str, family_name: str, given_name: str, verified: bool) -> None:
    """Date of birth exactly; or two of its parts, three letters of the family name and one of the given name."""
    minnie = PersonData(NhsNumber(ALIVE), "Minnie", "DAWES", date(1952, 5, 31))
    born = date.fromisoformat(birth_date)
    assert is_verified(minnie, birth_date=born, family_name=family_name, given_name=given_name) is verified


# The table of the extract


def test_the_extract_is_never_a_list(w: World) -> None:
    load(now=NOW, content=whole())
    with unit_of_work(w.bilal):
        assert not Person.objects.exists()
        with asking_for([ALIVE]):
            assert [each.nhs_number for each in Person.objects.all()] == [ALIVE]
        assert not Person.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("select set_config('pcnhub.pds_asked', %s, true)", [ALIVE])
    assert not Person.objects.exists()  # without a unit of work, nobody's question is one
