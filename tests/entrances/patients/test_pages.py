"""The pages about patients, as their users meet them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

import pcnhub.care
from pcnhub.care.tasks.rules import ONCE, EventKind, TaskState
from pcnhub.care.writeback.rules import CopyState
from pcnhub.entrances.staff.patients.pages import ACTIONS
from pcnhub.foundations.audit.trail import Basis, Subject, record
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World, system_for, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db

# Acts on the rota, outcomes, teams, imports as a whole, and lists without names.
WITHOUT_A_PATIENT = {
    "appointments.clinician-replaced",
    "appointments.hub-day-forgotten",
    "appointments.hub-day-set",
    "appointments.lists-printed",
    "appointments.national-categories-imported",
    "appointments.session-cancelled",
    "appointments.session-changed",
    "appointments.session-made",
    "appointments.slot-held",
    "appointments.slot-inserted",
    "appointments.slot-let-go",
    "appointments.slot-split",
    "appointments.slot-taken-out",
    "appointments.slot-type-retired",
    "appointments.slot-type-saved",
    "appointments.slots-searched",
    "appointments.template-day-forgotten",
    "appointments.template-day-set",
    "appointments.template-ended",
    "appointments.template-saved",
    "appointments.visibility-explained",
    "consultations.definition-published",
    "consultations.definition-retired",
    "consultations.definition-taken-in",
    "consultations.outcome-moved",
    "consultations.outcome-saved",
    "consultations.protocol-tried",
    "patients.import-undo-asked",
    "patients.imported",
    "patients.mapping-saved",
    "tasks.cover-arranged",
    "tasks.cover-ended",
    "tasks.team-saved",
    "writeback.formulary-imported",
    "writeback.listed",
    "writeback.reconciled",
    "writeback.window-set",
}


@pytest.fixture
def cast() -> World:
    return world()


def body(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_search_leads_to_the_patient_and_on_to_what_may_be_done(cast: World) -> None:
    client = signed_in_as(cast.ada)
    assert "Find a patient" in body(client.get(reverse("patients")))
    found = body(client.post(reverse("patients"), {"text": "smith, jane"}))
    page = reverse("patient", args=[cast.patient_of_ash.pk])
    assert "1 patient found" in found
    assert page in found
    shown = body(client.get(page))
    assert "SMITH, Jane" in shown
    assert "900 000 0009" in shown
    assert reverse("book-patient", args=[cast.patient_of_ash.pk]) in shown
    assert reverse("record", args=[cast.patient_of_ash.pk]) not in shown  # reception does not open records


def test_the_list_of_results_costs_the_same_whoever_is_on_it(
    cast: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in_as(cast.ada)
    with django_assert_max_num_queries(
        26
    ):  # of the search: names twice, each closeness, the page, and its entry in the audit
        client.post(reverse("patients"), {"text": "smith"})


def test_a_search_that_can_not_be_made_says_so_at_the_field(cast: World) -> None:
    answer = signed_in_as(cast.ada).post(reverse("patients"), {"text": "9000000008"})
    assert answer.status_code == 422
    shown = body(answer)
    assert "<title>Error: " in shown.replace("\n", "").replace("  ", "")
    assert 'href="#text"' in shown
    assert "check digit" in shown


def test_nothing_found_says_what_to_do_next(cast: World) -> None:
    assert "Check the spelling" in body(signed_in_as(cast.ada).post(reverse("patients"), {"text": "Nobody"}))
    assert "booked in" in body(signed_in_as(cast.bilal).post(reverse("patients"), {"text": "Smith"}))


def test_charlie_and_the_hub_get_not_found(cast: World) -> None:
    for actor in (cast.charlie, cast.bilal):
        client = signed_in_as(actor)
        for name in ("patient", "patient-audit", "record"):
            if name == "patient-audit" and actor is cast.bilal:
                continue
            answer = client.get(reverse(name, args=[cast.patient_of_ash.pk]))
            assert answer.status_code == 404
            assert "Smith" not in body(answer)


def test_who_saw_this_patient(cast: World) -> None:
    signed_in_as(cast.ada).get(reverse("patient", args=[cast.patient_of_ash.pk]))
    page = reverse("patient-audit", args=[cast.patient_of_ash.pk])
    shown = body(signed_in_as(cast.dilys).get(page))
    assert "Ada Cast" in shown
    assert "Opened the patient&#39;s details" in shown
    assert "Ash Lane Surgery holds the patient itself" in shown
    assert signed_in_as(cast.ada).get(page).status_code == 403


def test_who_saw_this_patient_says_sentences_of_every_act(cast: World) -> None:
    """Also of work that no person did, and of each step of a task or a copy."""
    with unit_of_work(system_for(cast.ash, "worker")) as work:
        record(
            actor=work.actor, now=NOW, action="tasks.in-progress", basis=Basis("received task"),
            subject=Subject("task", 1, cast.patient_of_ash.pk, cast.patient_of_ash.nhs_number),
        )  # fmt: skip
    shown = body(signed_in_as(cast.dilys).get(reverse("patient-audit", args=[cast.patient_of_ash.pk])))
    assert "Began to work on a task about the patient" in shown
    assert "No person: work that PCN Hub did by itself for Ash Lane Surgery" in shown
    assert "The task had been sent to them" in shown
    assert "worker" not in shown
    said = [kind for kind in ONCE if kind is not EventKind.ALERTED]  # an alert is a line of the task's history alone
    steps = [f"tasks.{each}" for each in (*TaskState, *said)] + [f"writeback.{state}" for state in CopyState]
    assert not [step for step in steps if step not in ACTIONS]


def test_every_act_on_a_patient_has_words() -> None:
    """What the rooms write about patients, as it stands in their code: words for each, before somebody reads it raw."""
    rooms = Path(pcnhub.care.__path__[0])
    written = {
        found
        for room in ("patients", "records", "appointments", "consultations", "writeback", "tasks", "investigations")
        for source in (rooms / room).rglob("*.py")
        for found in re.findall(
            rf'(?:action=|now, |else |grant, |row, |made, |\), )"({room}\.[a-z-]+)"', source.read_text()
        )
    }
    assert len(written) > 20
    assert written - set(ACTIONS) <= WITHOUT_A_PATIENT
