"""By which index people are come to under row security, however many there are."""

from __future__ import annotations

import pytest
from django.db import connection

from pcnhub.foundations.database.work import unit_of_work
from tests.cast import World, world
from tests.conftest import FreshDatabase

_MANY = """
insert into patients_patient (
  organisation_id, nhs_number, title, given_name, family_name, previous_family_name, birth_date, sex, address_lines, postcode,
  home_phone, mobile_phone, work_phone, email, usual_gp, preferred_language, language_code, temporary_address_lines,
  temporary_postcode, temporary_phone, registration_type, registration_state, registered_on, is_sensitive,
  dissents_from_sharing, trace_state, traced_by, trace_basis, pds_version, contact_sources, created_at, updated_at, version)
select %s, 9980000000 + place, '', 'Given' || place %% 50, 'Family' || place %% 90, '', date '1960-01-01' + place, 'unknown',
  '{}', 'DN' || place %% 300 || ' 1AA', '01' || 700000000 + place, '07' || 100000000 + place, '', '', '', '', '', '{}', '', '',
  'regular', 'active', date '2020-01-01', false, false, 'local', '', '', '', '{}', now(), now(), 1
from generate_series(1, 5000) place
"""


@pytest.fixture
def cast(fresh_database: FreshDatabase) -> World:
    cast = world()
    with unit_of_work(cast.ada), connection.cursor() as cursor:
        cursor.execute(_MANY, [cast.ash.pk])
        cursor.execute("select patients_count_anew()")
    return cast


def test_row_security_leaves_equality_its_index_and_nothing_else(cast: World) -> None:
    def plan(condition: str) -> str:
        with unit_of_work(cast.ada), connection.cursor() as cursor:
            cursor.execute(
                f"explain select 1 from patients_patient where organisation_id = %s and {condition}",  # noqa: S608
                [cast.ash.pk],
            )
            return "\n".join(line for (line,) in cursor.fetchall())

    for index, condition in {
        "patient_once_an_organisation": "nhs_number = '9980000077'",
        "patient_by_mobile": "mobile_digits = '7100000077'",
        "patient_by_home_phone": "home_digits = '1700000077'",
        "patient_by_postcode": "is_filed and postcode = 'DN77 1AA'",
        "patient_by_birth_date": "is_filed and birth_date = '1970-07-07'",
        "patient_by_name": "is_filed and family_name = 'Family7' and given_name = 'Given7'",
        "patient_by_given_name": "is_filed and given_word = 'given7' and family_name = 'Family7'",
    }.items():
        assert index in plan(condition), condition
    # the negative control, and the reason for a vocabulary: without row security an index serves this as well
    assert "mobile_digits" not in plan("mobile_digits like '7100000077'").partition("Filter")[0]


def test_a_person_is_come_to_by_number_at_every_organisation(cast: World) -> None:
    with unit_of_work(cast.carys), connection.cursor() as cursor:
        cursor.execute("explain select 1 from patients_patient where nhs_number = any (%s)", [["9980000077"]])
        assert "patient_once_an_organisation" in "\n".join(line for (line,) in cursor.fetchall())


def test_everybody_of_an_organisation_is_come_to_without_reading_the_others(cast: World) -> None:
    with unit_of_work(cast.efe), connection.cursor() as cursor:
        cursor.execute("explain select 1 from patients_patient where organisation_id = %s", [cast.birch.pk])
        assert "patients_patient_of_organisation" in "\n".join(line for (line,) in cursor.fetchall())
