"""Given lists that disagree and entries that are one person, when somebody decides, then each page says what it will do first."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from pcnhub.care.appointments.operations import link_traced
from pcnhub.care.patients import operations
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.identifiers import NhsNumber
from tests.cast import World, system_for, world
from tests.entrances.client import give_permissions
from tests.journeys.browser import Visit
from tests.rooms.appointments.book import session, slots
from tests.rooms.appointments.test_unregistered import booked_by, traced
from tests.rooms.patients.test_hidden_imports import bring, take_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PETER = "9000000017,Jones,Peter,1955-09-01,DN16 3LQ,N,N"  # whom Birch Road holds too


def lists(cast: World) -> tuple[int, int]:
    """A whole list in which Jane is missing, and one that the hub brought, with her who objects to sharing in it."""
    whole = bring(cast.dilys, cast.ash.pk, PETER, is_delta=False)
    with unit_of_work(system_for(cast.ash)):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(dissents_from_sharing=True)
    brought = bring(cast.carys, cast.ash.pk, PETER, "9000000009,Smith,Jane,1980-04-12,,N,N")
    take_in(cast.carys, brought)
    return whole.id, brought.id


def test_lists_that_disagree_are_settled_by_a_person(visit: Visit) -> None:
    cast = world()
    whole, brought = lists(cast)
    for actor in (cast.dilys, cast.carys):
        give_permissions(actor)
    dilys, carys = visit("dilys"), visit("carys")
    dilys.visit(f"/imports/{whole}/absent?ends=yes", "import-absent")
    dilys.visit(f"/imports/{brought}", "import-kept-out")
    dilys.visit(f"/imports/{brought}/as-own", "import-as-own")
    carys.visit("/imports/claims", "import-claims")
    carys.press("Decide where JONES, Peter is registered")
    carys.check("import-claims-refused", status=422)
    carys.page.get_by_label("Registered at: JONES, Peter").select_option("Birch Road Practice")
    carys.page.get_by_label("How do you know? About JONES, Peter").fill("Rang both")
    carys.press("Decide where JONES, Peter is registered")
    carys.page.get_by_text("Registered at Birch Road Practice, says Carys Cast").wait_for()


def test_entries_of_one_person_are_put_together_and_taken_apart(visit: Visit) -> None:
    cast, now = world(), timezone.now()
    held = operations.register_temporarily(
        actor=cast.ada, now=now, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id
    one = booked_by(cast, cast.efe, slots(session(cast))[0].id)[1]
    jane = {"nhs_number": NhsNumber("9000000009"), "given_name": "Jane", "family_name": "Smith"}
    link_traced(actor=cast.carys, now=now, patient_id=one, person=traced(cast, **jane, birth_date=date(1980, 4, 12)))
    with unit_of_work(system_for(cast.hub)):
        other = Patient.objects.create(
            organisation=cast.hub, given_name="Jane", family_name="Smyth", birth_date="1980-04-12",
            registration_type="temporary", registered_on=now.date(), trace_state="untraced", created_at=now, updated_at=now,
        ).pk  # fmt: skip
    give_permissions(cast.carys)
    carys = visit("carys")
    carys.visit(f"/patients/{held}", "patient-linked")
    carys.visit(f"/tracing/{one}/not-this-person", "not-this-person")
    carys.press("This is not the person")
    carys.check("not-this-person-refused", status=422)
    carys.visit(f"/patients/{held}/contact", "patient-contact")
    carys.visit(f"/patients/{held}/merge", "patient-merge")
    carys.visit(f"/patients/{held}/merge/{other}", "patient-merge-confirm")
    operations.merge(actor=cast.carys, now=now, kept_id=held, merged_id=other, reason="She said so")
    carys.visit(f"/patients/{held}/unmerge/{other}", "patient-unmerge")
    carys.visit(f"/patients/{held}/end", "registration-end")
