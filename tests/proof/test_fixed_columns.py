"""A policy opens rows; what may change in them is bound column by column. Raw SQL, as a fault in the program would write it."""

from __future__ import annotations

import json

import pytest
from django.db import DatabaseError, connection, transaction

from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, patient, system_for, world
from tests.evening import visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def held(cast: World) -> Patient:
    """The hub's registration of Ash Lane's patient."""
    return visitor(cast, cast.patient_of_ash, cast.ash)


def rewrite(cast: World, held: Patient, what: str, *values: int) -> int:
    """Ash Lane's raw update of the hub's row."""
    with transaction.atomic(), unit_of_work(system_for(cast.ash)), connection.cursor() as cursor:
        cursor.execute(f"update patients_patient set {what} where id = %s", [*values, held.pk])  # noqa: S608
        return int(cursor.rowcount)


@pytest.mark.parametrize(
    "what",
    [
        "nhs_number = '9999999999'",
        "nhs_number = '9000000017'",
        "registered_practice_id = (select id from organisations_organisation where ods_code = 'B82002')",
        "registered_practice_id = null",
        "organisation_id = (select id from organisations_organisation where ods_code = 'A81001')",
        "registration_type = 'regular'",
        "registered_patient_id = null",
        "trace_state = 'traced', traced_by = 'Ash Lane'",
        "merged_into_id = id",
    ],
)
def test_a_practice_can_not_make_somebody_else_of_the_hubs_row(cast: World, held: Patient, what: str) -> None:
    with pytest.raises(DatabaseError):
        rewrite(cast, held, what)
    with unit_of_work(system_for(cast.hub)):
        now = Patient.objects.get(pk=held.pk)
    assert (now.organisation_id, now.nhs_number, now.registered_practice_id, now.registered_patient_id) == (
        cast.hub.pk,
        "9000000009",
        cast.ash.pk,
        cast.patient_of_ash.pk,
    )


def test_nor_link_it_to_another_persons_row_or_another_practices(cast: World, held: Patient) -> None:
    neighbour = patient(cast.ash, "9000000025", "Ann", "Other", cast.patient_of_ash.birth_date)
    for other in (neighbour, cast.patient_of_birch):
        with pytest.raises(DatabaseError, match="own row of the same NHS number"):
            rewrite(cast, held, "registered_patient_id = %s", other.pk)


def test_it_may_keep_the_hubs_row_right(cast: World, held: Patient) -> None:
    """Negative control: what renewing and protecting write goes through, in the same way."""
    assert rewrite(cast, held, "family_name = 'Brown', is_sensitive = true, dissents_from_sharing = true") == 1
    assert rewrite(cast, held, "registered_patient_id = %s", cast.patient_of_ash.pk) == 1


def test_a_practice_makes_a_row_at_the_hub_for_its_own_patient_only(cast: World) -> None:
    columns = ", ".join(str(field.column) for field in Patient._meta.concrete_fields if not field.generated)

    def make(nhs_number: str | None, linked: int | None, **other: str) -> None:
        values = {
            "organisation_id": cast.hub.pk,
            "registration_type": "temporary",
            "registered_practice_id": cast.ash.pk,
        }
        values |= {"id": 10**9 + len(other), "nhs_number": nhs_number, "registered_patient_id": linked, **other}
        with transaction.atomic(), unit_of_work(system_for(cast.ash)), connection.cursor() as cursor:
            cursor.execute(
                f"insert into patients_patient ({columns}) select {columns} from"  # noqa: S608
                " (select (jsonb_populate_record(p, %s)).* from patients_patient p where id = %s) made",
                [json.dumps(values), cast.patient_of_ash.pk],
            )

    for number, linked in (
        ("9000000017", cast.patient_of_ash.pk),  # Peter Jones, linked to Jane Smith's record
        ("9000000009", cast.patient_of_birch.pk),
        ("9000000009", None),
        (None, None),  # without a number only as somebody whom nobody has traced
    ):
        with pytest.raises(DatabaseError, match="own row of the same NHS number"):
            make(number, linked)
    make("9000000009", cast.patient_of_ash.pk)
    make(None, None, trace_state="untraced")
