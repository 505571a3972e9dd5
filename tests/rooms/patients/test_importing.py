"""A practice's list comes in: all of it, once, with every row that was not taken named (`domain.md` 8.4, A17)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ImportBatch, Patient
from pcnhub.care.patients.operations import ImportReport, NotThePractices, import_demographics
from pcnhub.care.patients.queries import batch, batches, changes, find_patients, who_saw
from pcnhub.care.patients.rules import ChangeKind, RegistrationState, RegistrationType
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db


def row(
    number: str, family: str = "Brown", given: str = "Ann", born: str = "1970-01-02", **more: str
) -> dict[str, str]:
    return {"NHS number": number, "Surname": family, "Forename": given, "DOB": born} | more


CLEAN = [row("9476719915", "McVey"), row("9476719923", "Prout"), row("9476719931", "Dawes")]


@pytest.fixture
def cast() -> World:
    return world()


def bring_in(rows: list[dict[str, str]], actor: Actor, *, dry_run: bool = False) -> ImportReport:
    return import_demographics(actor=actor, now=NOW, file=rows, dry_run=dry_run)


def held(actor: Actor, number: str) -> Patient:
    with unit_of_work(actor):
        return Patient.objects.get(organisation=actor.organisation.id, nhs_number=number)


def test_a_file_comes_in_and_coming_in_again_changes_nothing(cast: World) -> None:
    first = bring_in(CLEAN, cast.dilys)
    assert (first.created, first.changed, first.unchanged, first.rejected) == (3, 0, 0, 0)
    before = held(cast.dilys, "9476719915")
    again = bring_in(CLEAN, cast.dilys)
    assert (again.changes, again.created, again.changed, again.unchanged) == (0, 0, 0, 3)
    assert held(cast.dilys, "9476719915").updated_at == before.updated_at
    assert before.registration_type == RegistrationType.REGULAR


def test_duplicate_check_digit_and_death_are_three_rejects_with_reasons(cast: World) -> None:
    bad = [
        *CLEAN,
        row("9476719915", "McVey"),
        row("9476719916", "Wrong"),
        row("9476719958", "Banton", **{"Date of death": "2020-05-05"}),
    ]
    report = bring_in([{"Date of death": "", **each} for each in bad], cast.dilys)
    assert report.rejected == 3
    assert [(r.line, r.code) for r in report.rejections] == [
        (5, "repeated-in-file"),
        (6, "nhs-number-check-digit"),
        (7, "deceased"),
    ]
    assert report.created == 3
    assert report.batch_id is not None
    shown = batch(actor=cast.dilys, now=NOW, batch_id=report.batch_id)
    assert [r.code for r in shown.rejections] == [r.code for r in report.rejections]
    assert batches(actor=cast.dilys, now=NOW)[0].rejected == 3


def test_changes_are_written_field_by_field_and_absent_columns_left_alone(cast: World) -> None:
    bring_in([row("9476719915", "McVey", Mobile="07700 900123", Sensitive="Y")], cast.dilys)
    report = bring_in([row("9476719915", "McVey-Hill")], cast.dilys)
    assert (report.changed, report.unchanged) == (1, 0)
    now_held = held(cast.dilys, "9476719915")
    assert (now_held.family_name, now_held.mobile_phone, now_held.is_sensitive) == ("McVey-Hill", "07700 900123", True)
    told = who_saw(actor=replace(cast.dilys, permissions=frozenset(Permission)), now=NOW, patient_id=now_held.pk)
    assert [act.action for act in told.items] == ["patients.changed", "patients.created"]
    assert report.batch_id is not None
    shown = changes(actor=cast.dilys, now=NOW, batch_id=report.batch_id, kind=ChangeKind.CHANGED)
    assert shown.items[0].is_withheld  # she is protected, and Dilys may not know of her


def test_who_left_or_died_is_closed_and_who_returns_is_open_again(cast: World) -> None:
    bring_in(CLEAN, cast.dilys)
    dates = (
        {"Deduction date": "2026-10-01", "Date of death": ""},
        {"Deduction date": "", "Date of death": "2026-10-02"},
    )
    report = bring_in([each | day for each, day in zip(CLEAN, dates, strict=False)], cast.dilys)
    assert (report.closed, report.rejected, report.absent) == (2, 2, 2)  # absent: Dawes, and Jane Smith of the cast
    assert held(cast.dilys, "9476719915").registration_state == RegistrationState.LEFT
    assert held(cast.dilys, "9476719923").registration_state == RegistrationState.DECEASED
    assert find_patients(actor=cast.ada, now=NOW, text="Prout").total == 0
    assert find_patients(actor=cast.ada, now=NOW, text="9476719923").items[0].died_on is not None
    assert bring_in(CLEAN, cast.dilys).changed == 2
    assert held(cast.dilys, "9476719915").registration_state == RegistrationState.ACTIVE


def test_another_person_under_a_known_number_is_not_written_over(cast: World) -> None:
    bring_in(CLEAN, cast.dilys)
    report = bring_in([row("9476719915", "Jones", born="1999-09-09")], cast.dilys)
    assert [r.code for r in report.rejections] == ["another-person"]
    assert held(cast.dilys, "9476719915").family_name == "McVey"


def test_a_dry_run_says_what_would_happen_and_writes_nothing(cast: World) -> None:
    report = bring_in(CLEAN, cast.dilys, dry_run=True)
    assert (report.created, report.batch_id) == (3, None)
    with unit_of_work(cast.dilys):
        assert not Patient.objects.filter(nhs_number="9476719915").exists()
        assert not ImportBatch.objects.exists()


def test_a_hub_can_not_take_in_regular_patients_nor_could_its_table(cast: World) -> None:
    with pytest.raises(NotThePractices):
        bring_in(CLEAN, cast.carys)
    with unit_of_work(cast.carys), pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.create(
            organisation=cast.hub, nhs_number="9476719915", given_name="A", family_name="B", birth_date="1970-01-01",
            registration_type=RegistrationType.REGULAR, registered_on="2020-01-01", created_at=NOW, updated_at=NOW,
        )  # fmt: skip


def test_only_who_may_import_imports_and_only_own_batches_are_seen(cast: World) -> None:
    with pytest.raises(NotPermitted):
        bring_in(CLEAN, cast.ada)
    report = bring_in(CLEAN, cast.dilys)
    assert report.batch_id is not None
    with pytest.raises(NotFound):
        batch(actor=cast.charlie, now=NOW, batch_id=report.batch_id)
    assert batches(actor=cast.charlie, now=NOW) == ()


def test_a_header_that_can_not_be_used_is_refused_before_anything_is_written(cast: World) -> None:
    with pytest.raises(InvalidInput):
        bring_in([{"Name": "Ann"}], cast.dilys)


def test_the_same_patient_at_two_practices_is_two_rows(cast: World) -> None:
    bring_in(CLEAN, cast.dilys)
    assert bring_in(CLEAN, system_for(cast.birch)).created == 3


def test_a_thousand_rows_take_a_few_dozen_statements(
    cast: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    firsts = (f"{n:09}" for n in range(400_000_000, 400_002_000))
    numbers = [f"{n}{nhs_number_check_digit(n)}" for n in firsts if nhs_number_check_digit(n) < 10][:1000]
    rows = [row(number, f"Family{place}") for place, number in enumerate(numbers)]
    with django_assert_max_num_queries(40):
        assert bring_in(rows, cast.dilys).created == 1000
    changed = [each | {"Surname": each["Surname"] + "s"} for each in rows]
    with django_assert_max_num_queries(40):
        assert bring_in(changed, cast.dilys).changed == 1000
