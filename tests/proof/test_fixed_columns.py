"""A policy opens rows; what may change in them is bound column by column. Raw SQL, as a fault in the program would write it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, patient, system_for, world
from tests.evening import visitor

pytestmark = pytest.mark.django_db
COLUMNS = (
    "nhs_number, title, given_name, family_name, previous_family_name, birth_date, sex, address_lines, postcode, home_phone,"
    " mobile_phone, work_phone, email, usual_gp, preferred_language, language_code, temporary_address_lines,"
    " temporary_postcode, temporary_phone, version, registration_type, registration_state, registered_on, is_sensitive,"
    " dissents_from_sharing, registered_practice_id, registered_patient_id, created_at, updated_at, organisation_id"
)


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
    def make(nhs_number: str, linked: int | None) -> None:
        values = COLUMNS.replace("nhs_number", "%s", 1).replace("registration_type", "'temporary'", 1)
        values = values.replace("registered_practice_id", "organisation_id", 1)
        values = values.replace("registered_patient_id", "%s", 1)
        values = values.removesuffix("organisation_id") + "%s"
        with transaction.atomic(), unit_of_work(system_for(cast.ash)), connection.cursor() as cursor:
            cursor.execute(
                f"insert into patients_patient ({COLUMNS}) select {values} from patients_patient where id = %s",  # noqa: S608
                [nhs_number, linked, cast.hub.pk, cast.patient_of_ash.pk],
            )

    for number, linked in (
        ("9000000017", cast.patient_of_ash.pk),  # Peter Jones, linked to Jane Smith's record
        ("9000000009", cast.patient_of_birch.pk),
        ("9000000009", None),
    ):
        with pytest.raises(DatabaseError, match="own row of the same NHS number"):
            make(number, linked)
    make("9000000009", cast.patient_of_ash.pk)
