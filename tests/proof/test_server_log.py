"""The database server's own log says that something was refused, and never about whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg
import pytest
from django.db import IntegrityError, transaction

from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.care.patients.operations.temporary import HeldForAnotherPractice
from pcnhub.foundations.database.roles import APP, OWNER, QUIET_LOG
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, patient, system_for, world
from tests.conftest import DATA, FreshDatabase

pytestmark = pytest.mark.django_db


@pytest.fixture
def logged() -> Callable[[], str]:
    """What the server has written since the test began."""
    log = Path((DATA / "postgres").resolve() / "server.log")
    before = log.stat().st_size
    return lambda: log.read_bytes()[before:].decode(errors="replace")


def test_a_registration_that_cannot_be_made_leaves_nobody_in_the_log(logged: Callable[[], str]) -> None:
    cast = world()
    register_temporarily(actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk)
    moved = patient(cast.birch, "9000000009", "Janet", "Secretname", date(1980, 4, 12))
    with pytest.raises(HeldForAnotherPractice):
        register_temporarily(actor=cast.efe, now=NOW, hub_id=cast.hub.pk, practice_patient_id=moved.pk)
    assert "Secretname" not in logged()
    assert "9000000009" not in logged()


def test_a_row_that_the_table_refuses_is_not_written_down(logged: Callable[[], str]) -> None:
    """Whatever future statement is refused: the server itself writes neither its values nor the row's."""
    cast = world()
    with unit_of_work(system_for(cast.ash)):
        twin = Patient.objects.get(pk=cast.patient_of_ash.pk)
        twin.pk, twin.family_name = None, "Secretname"
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save(force_insert=True)
    assert "duplicate key" in logged(), "the log must say that it happened, or this test looks into the wrong one"
    assert "Secretname" not in logged()
    assert "9000000009" not in logged()


def test_the_roles_are_quiet_on_any_server(fresh_database: FreshDatabase) -> None:
    """`bootstrap` tells the roles themselves, so that a server with other settings is quiet for them too."""
    with psycopg.connect(fresh_database.superuser_url) as server:
        for role in (OWNER, APP):
            row = server.execute("select rolconfig from pg_roles where rolname = %s", [role]).fetchone()
            assert row
            assert {f"{setting}={value}" for setting, value in QUIET_LOG.items()} <= set(row[0])
